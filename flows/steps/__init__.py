"""The steps of a run as plain functions: usable alone, by the command, and as Prefect tasks."""
