"""The imperative shell: Prefect flows, the steps they run, and the `navlog` command."""
