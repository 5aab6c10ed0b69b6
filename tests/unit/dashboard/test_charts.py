"""Axes say what the figures are, and areas how much they are."""

import pandas as pd
import pytest

from dashboard import charts


def value_of(*values):
    days = pd.date_range("2024-01-02", periods=len(values))
    return pd.DataFrame({"value_date": days, "total_value": values, "net_deposits": values[0]})


def fallen(*drawdowns):
    return pd.DataFrame({"value_date": pd.date_range("2024-01-02", periods=len(drawdowns)), "drawdown_pct": drawdowns})


@pytest.mark.parametrize(
    ("values", "fill", "begins_at_zero"),
    [((100.0, 101.0, 102.0), None, False), ((10.0, 101.0, 102.0), "tozeroy", True)],
)
def test_an_area_stands_on_zero_only(values, fill, begins_at_zero):
    figure = charts.values_and_deposits(value_of(*values))

    assert figure.data[0].fill == fill
    assert (figure.layout.yaxis.range is None) == begins_at_zero


@pytest.mark.parametrize(("drawdowns", "lowest"), [((0.0, -10.0, -2.0), -10.5), ((0.0, 0.0), -1.0)])
def test_the_highest_point_is_the_top_of_the_drawdowns(drawdowns, lowest):
    assert (lowest, 0.0) == charts.underwater(fallen(*drawdowns)).layout.yaxis.range


def test_a_young_account_has_days_on_its_axis_and_no_hours():
    young, old = (charts.underwater(fallen(*[-1.0] * count)).layout.xaxis for count in (2, 30))

    assert (young.dtick, old.dtick) == (24 * 60 * 60 * 1000, None)
    assert (pd.Timestamp("2024-01-01 12:00"), pd.Timestamp("2024-01-03 12:00")) == tuple(map(pd.Timestamp, young.range))


def test_billions_are_not_called_giga():
    """Plotly's own format says k, M and B; the SI one of d3 would say G."""
    axis = charts.values_and_deposits(value_of(1e9, 5e9)).layout.yaxis

    assert (axis.tickformat, axis.exponentformat) == (None, None)


def test_the_flows_of_one_month_stand_on_that_month():
    days = pd.DataFrame({"value_date": pd.date_range("2024-01-02", periods=2), "inflow": [5.0, 0], "outflow": 0.0})

    axis = charts.flows(days).layout.xaxis

    assert (axis.tickformat, axis.dtick, axis.range) == ("%b %Y", "M1", None)


def test_the_bar_of_one_restated_day_has_the_room_that_it_takes():
    restated = pd.DataFrame({"value_date": pd.date_range("2024-01-02", periods=1), "difference": [5.0]})

    axis = charts.differences(restated).layout.xaxis

    assert (axis.dtick, axis.range) == (24 * 60 * 60 * 1000, None)
