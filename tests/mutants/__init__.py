"""Seeded bugs: each is put into a copy of the project, and a test that it names must then fail (`make mutants`)."""
