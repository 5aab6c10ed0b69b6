"""The dashboard: Streamlit pages on the published tables, read-only. `streamlit run dashboard/app.py` starts it."""
