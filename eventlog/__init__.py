"""The append-only event log: what an event is, how one gets in, and the commits that hold it."""
