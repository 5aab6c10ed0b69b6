"""A column has room for what stands in it."""

import pandas as pd
import pytest

from dashboard import tables


@pytest.mark.parametrize(
    ("quantities", "written"),
    [
        ([10.0, 20.0], "%,.0f"),
        ([-12345.5, 0.00012345], "%,.8f"),
        ([], "%,.0f"),
    ],
)
def test_a_quantity_keeps_its_decimals(quantities, written):
    assert written == tables.quantity("Quantity", pd.Series(quantities, dtype=float))["type_config"]["format"]


def test_a_long_quantity_widens_its_column():
    """-12,345.50000000 has 16 characters of 8 pixels."""
    short, long = (tables.quantity("Quantity", pd.Series(held)) for held in ([1.0], [-12345.5, 0.00012345]))

    assert short["width"] < 16 * 8 < long["width"]
