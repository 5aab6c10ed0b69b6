"""How flows are run on one machine: server, worker and dashboard, started and ended together."""
