"""Tear sheets: one HTML file that tells how some accounts have done, read from the published tables only."""
