"""What the pages ask: SQL on the public tables, a module for each page, without Streamlit."""
