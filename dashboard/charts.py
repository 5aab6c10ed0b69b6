"""The charts, in one calm style. Text and grid follow the theme of the page; no text of an event stands in them.

Colours are told apart with every kind of colour vision, on white and on black (after Okabe and Ito): gains are blue and
losses orange, and the sign says it too.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import words

BLUE: Final = "#2a7fc4"
ORANGE: Final = "#e08214"
GREY: Final = "#8c8c8c"
BLUE_AREA: Final = "rgba(42, 127, 196, 0.12)"
ORANGE_AREA: Final = "rgba(224, 130, 20, 0.18)"
HEIGHT: Final = 300
_MONTHS_NAMED: Final = 6
_YOUNG_DAYS: Final = 6
_DAY_IN_MILLISECONDS: Final = 24 * 60 * 60 * 1000
"""How Plotly counts the distance of dates."""
_MARGIN_OF_BRIDGE: Final = 0.12

Figure = Any
"""A plotly.graph_objects.Figure; Plotly ships no types."""


def show(figure: Figure, key: str, name: str) -> None:
    """Draw a chart over the width of its column; fingers scroll the page, not the chart. Readers may hear its name."""
    st.plotly_chart(figure, key=key, width="stretch", alt=name, config={"displayModeBar": False, "scrollZoom": False})


def values_and_deposits(days: pd.DataFrame) -> Figure:
    """Total value over what was paid in: the gap is what was earned.

    An area says how much by its height, so there is none above an axis that is cut off below.
    """
    y_range = _range_of(days[["total_value", "net_deposits"]])
    area = {"fill": "tozeroy", "fillcolor": BLUE_AREA} if y_range is None else {}
    figure = go.Figure(
        [
            _line(days, "total_value", "Total value", BLUE, **area),
            _line(days, "net_deposits", "Net deposits", GREY, line={"dash": "dot", "width": 1.5, "shape": "hv"}),
        ]
    )
    return _styled(figure, y_range=y_range)


def flows(days: pd.DataFrame) -> Figure:
    """Deposits up, withdrawals down, by month."""
    months = days.set_index("value_date")[["inflow", "outflow"]].resample("MS").sum().reset_index()
    figure = go.Figure(
        [
            go.Bar(x=months["value_date"], y=months["inflow"], name="Deposits", marker_color=BLUE),
            go.Bar(x=months["value_date"], y=-months["outflow"], name="Withdrawals", marker_color=ORANGE),
        ]
    )
    figure.update_traces(hovertemplate="%{y:+,.2f}", xhoverformat="%B %Y")
    figure.update_layout(barmode="relative", bargap=0.35)
    month_by_month = "M1" if len(months) <= _MONTHS_NAMED else None
    return _styled(figure, height=220).update_xaxes(tickformat="%b %Y", dtick=month_by_month)


def cumulative_return(days: pd.DataFrame) -> Figure:
    """Cumulative return in percent."""
    figure = go.Figure([_line(days, "cumulative_return_pct", "Return", BLUE, template="%{y:+,.2f} %")])
    figure.add_hline(y=0, line={"color": GREY, "width": 1})
    return _styled(figure, y_suffix=" %")


def underwater(days: pd.DataFrame) -> Figure:
    """Drawdown below the highest point so far, which is the top of the chart."""
    drawdown = _line(
        days, "drawdown_pct", "Drawdown", ORANGE, template="%{y:,.2f} %", fill="tozeroy", fillcolor=ORANGE_AREA
    )
    deepest = float(days["drawdown_pct"].min())
    y_range = [1.05 * deepest, 0.0] if deepest < 0 else [-1.0, 0.0]
    return _styled(go.Figure([drawdown]), y_suffix=" %", y_range=y_range, height=220)


def volatility(days: pd.DataFrame) -> Figure:
    """Rolling volatility."""
    line = _line(days, "annualized_volatility_pct", "Volatility", BLUE, template="%{y:,.2f} %")
    return _styled(go.Figure([line]), y_suffix=" %", y_from_zero=True)


def exceptions(days: pd.DataFrame) -> Figure:
    """Daily returns over the loss that the day before foresaw; days below it stand out."""
    above, below = days[~days["is_exception"]], days[days["is_exception"]]
    figure = go.Figure(
        [
            _points(above, "Return", GREY, 3),
            _points(below, "Exception", ORANGE, 8),
            _line(days, "floor_pct", "Value at risk", BLUE, template="%{y:,.2f} %", line={"width": 1.5, "shape": "hv"}),
        ]
    )
    return _styled(figure, y_suffix=" %", hovermode="closest")


def distribution(returns: pd.DataFrame) -> Figure:
    """How often which daily return came: losses orange, gains blue; no bar stands on both sides of zero.

    Days on which nothing changed are neither: they have a narrow bar of their own.
    """
    values = returns["daily_return_pct"].to_numpy(dtype=float)
    spread = max(float(np.abs(values).max(initial=0.0)), 0.01)
    size = _round_step(spread / 15)
    edge = np.ceil(spread / size) * size
    figure = go.Figure(
        [
            _histogram(values[values < 0], -edge, 0.0, size, "Losses", ORANGE),
            _histogram(values[values > 0], 0.0, edge + size, size, "Gains", BLUE),
            _histogram(values[values == 0], -size / 8, size / 8, size / 4, "No change", GREY),
        ]
    )
    figure.update_layout(barmode="overlay", bargap=0.06)
    styled = _styled(figure, hovermode="closest")
    return styled.update_xaxes(ticksuffix=" %").update_yaxes(title_text="days")


def bridge(steps: list[tuple[str, float, bool]]) -> Figure:
    """From one value to another; a step is its name, its amount, and whether it is a total. It reads from the top.

    The amounts stand under the names: inside or beside the bars there is no room for them on a phone.
    """
    names, amounts, totals = zip(*steps, strict=True)
    written = [words.money(amount) if is_total else words.signed_money(amount) for _name, amount, is_total in steps]
    figure = go.Figure(
        go.Waterfall(
            orientation="h",
            y=[f"{name}<br><b>{amount}</b>" for name, amount in zip(names, written, strict=True)],
            x=amounts,
            measure=["absolute" if is_total else "relative" for is_total in totals],
            hoverinfo="skip",
            increasing={"marker": {"color": BLUE}},
            decreasing={"marker": {"color": ORANGE}},
            totals={"marker": {"color": GREY}},
            connector={"line": {"color": GREY, "width": 1, "dash": "dot"}},
        )
    )
    styled = _styled(figure, height=48 * len(steps) + 40)
    styled.update_xaxes(range=_range_of_steps(amounts, totals), showgrid=True)
    return styled.update_yaxes(autorange="reversed", showgrid=False)


def differences(restated: pd.DataFrame) -> Figure:
    """By how much a value was restated, day by day."""
    difference = restated["difference"]
    bars = go.Bar(
        x=restated["value_date"],
        y=difference,
        marker_color=[BLUE if one > 0 else ORANGE for one in difference],
        hovertemplate="%{y:+,.2f}<extra></extra>",
        xhoverformat="%-d %b %Y",
    )
    return _styled(go.Figure(bars), height=220)


def _points(days: pd.DataFrame, name: str, colour: str, size: int) -> Figure:
    return go.Scatter(
        x=days["value_date"], y=days["daily_return_pct"], name=name, mode="markers",
        marker={"color": colour, "size": size}, hovertemplate="%{x|%-d %b %Y}: %{y:+,.2f} %",
    )  # fmt: skip


def _line(
    days: pd.DataFrame,
    column: str,
    name: str,
    colour: str,
    template: str = "%{y:,.2f}",
    **options: Any,  # noqa: ANN401
) -> Figure:
    line = {"color": colour, "width": 2, **options.pop("line", {})}
    return go.Scatter(
        x=days["value_date"], y=days[column], name=name, mode="lines", line=line, hovertemplate=template, **options
    )


def _histogram(values: np.ndarray, start: float, end: float, size: float, name: str, colour: str) -> Figure:
    return go.Histogram(
        x=values,
        xbins={"start": start, "end": end, "size": size},
        name=name,
        marker_color=colour,
        hovertemplate="%{x}: %{y} days<extra></extra>",
    )


def _round_step(least: float) -> float:
    """The next of 1, 2, 5 x 10^n."""
    power = 10.0 ** np.floor(np.log10(least))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= least * 0.999))


def _range_of(values: pd.DataFrame) -> list[float] | None:
    """The range to show: from zero, unless all values are far from it and their changes would be a flat line."""
    low, high = float(values.min().min()), float(values.max().max())
    margin = (high - low) * 0.1
    return [low - margin, high + margin] if low > (high - low) else None


def _range_of_steps(amounts: tuple[float, ...], totals: tuple[bool, ...]) -> list[float] | None:
    """The range of a waterfall, cut off below where its changes are small against its totals."""
    reached = [amounts[0]]
    for amount, is_total in zip(amounts[1:], totals[1:], strict=True):
        reached.append(amount if is_total else reached[-1] + amount)
    low, high = min(reached), max(reached)
    margin = max(high - low, abs(high) * 0.001) * _MARGIN_OF_BRIDGE
    return [low - 3 * margin, high + 3 * margin] if low > (high - low) else None


def _styled(
    figure: Figure,
    y_suffix: str = "",
    y_range: list[float] | None = None,
    height: int = HEIGHT,
    hovermode: str = "x unified",
    *,
    y_from_zero: bool = False,
) -> Figure:
    """The template of all charts: no frame, few lines, a legend on top only where there is more than one series."""
    figure.update_layout(
        height=height,
        margin={"l": 0, "r": 8, "t": 28 if len(figure.data) > 1 else 8, "b": 0},
        hovermode=hovermode,
        dragmode=False,
        showlegend=len(figure.data) > 1,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
    )
    figure.update_xaxes(showgrid=False, title_text=None, fixedrange=True, automargin=True, **_day_ticks(figure))
    figure.update_yaxes(
        title_text=None, fixedrange=True, automargin=True, separatethousands=True, ticksuffix=y_suffix,
        range=y_range, rangemode="tozero" if y_from_zero else "normal", zeroline=False,
    )  # fmt: skip
    return figure


def _day_ticks(figure: Figure) -> dict[str, Any]:
    """A tick for each day of a young account: Plotly would put hours between them, and no figure is of an hour."""
    drawn = [pd.Series(trace.x) for trace in figure.data]
    dated = [values for values in drawn if pd.api.types.is_datetime64_any_dtype(values)]
    if not dated:
        return {}
    days = pd.concat(dated)
    first, last = days.min(), days.max()
    if last - first > pd.Timedelta(days=_YOUNG_DAYS):
        return {}
    ticks = {"dtick": _DAY_IN_MILLISECONDS, "tickformat": "%-d %b %Y"}
    if any(trace.type == "bar" for trace in figure.data):  # it is as wide as a day, which is room enough
        return ticks
    beside = pd.Timedelta(hours=12)
    return ticks | {"range": [first - beside, last + beside]}
