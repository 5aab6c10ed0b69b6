"""The dashboard: which pages there are."""

from __future__ import annotations

import streamlit as st

from dashboard.frame import ICON, framed

st.set_page_config(page_icon=str(ICON), layout="wide")
page = st.navigation(
    [
        st.Page("views/overview.py", title="Book", icon=":material/dashboard:", default=True),
        st.Page("views/account.py", title="Account", icon=":material/account_balance_wallet:"),
        st.Page("views/risk.py", title="Risk", icon=":material/show_chart:"),
        st.Page("views/quality.py", title="Data quality", icon=":material/fact_check:"),
        st.Page("views/travel.py", title="Time travel", icon=":material/history:"),
    ],
    position="top",
)
st.set_page_config(page_title=f"{page.title} - navlog")
with framed():
    page.run()
