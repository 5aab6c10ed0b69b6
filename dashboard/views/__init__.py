"""The pages, one script each: what is asked stands in dashboard/queries, here is only how it is shown.

The folder is not called pages: Streamlit would run what lies in a folder of that name without the app around it.
"""
