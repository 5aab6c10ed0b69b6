"""Great Expectations suites as code, the checkpoint that runs them, and the Data Docs site; its only importer."""
