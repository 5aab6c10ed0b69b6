"""The charts of a sheet as Plotly reads them, in one calm style. Whatever an event may have named is escaped.

Colours are told apart with every kind of colour vision and on a grey print (after Okabe and Ito), and what colour says
is said by sign or by name too.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final

import numpy as np

from measures.exposure import Exposure
from measures.measured import Column
from reports import words
from reports.performance import Performance
from reports.portfolio import DayColumn, Portfolio
from reports.risk import Forecast, RiskPath, Rolling

BLUE: Final = "#1f6fb2"
ORANGE: Final = "#c8660a"
GREEN: Final = "#00795a"
GREY: Final = "#6f7780"
INK: Final = "#1d2733"
_PALE_BLUE: Final = "rgba(31, 111, 178, 0.10)"
_PALE_ORANGE: Final = "rgba(200, 102, 10, 0.16)"
_STALE: Final = "rgba(111, 119, 128, 0.17)"
_GRID: Final = "#e4e8ec"
_FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_SIGNIFICANT: Final = 9
_DAY_MS: Final = 86_400_000
_WEEK: Final = np.timedelta64(7, "D")
_MONTHS: Final = {"tickformatstops": [{"dtickrange": ["M1", "M6"], "value": "%b\n%Y"}]}
"""A month over its year, which is named when it changes: on one line they run into each other in a narrow chart."""
_EVERY_DAY: Final = {"dtick": _DAY_MS, "tickformat": "%-d %b"}
"""So few days that Plotly would count hours."""
_MONEY: Final = "%{y:,.2f}"
_PERCENT: Final = "%{y:+,.2f} %"

Chart = dict[str, Any]
Shades = Sequence[tuple[np.datetime64, np.datetime64]]
"""First and last day of what is shaded."""


def value_and_deposits(portfolio: Portfolio, shades: Shades) -> Chart:
    """Value over what was paid in: the gap is what was earned. An area stands on zero, or growth looks like more."""
    near = _near(portfolio.total_value, portfolio.net_deposits)
    area = {} if near else {"fill": "tozeroy", "fillcolor": _PALE_BLUE}
    value = _line(portfolio.days, portfolio.total_value, "Value", BLUE, _MONEY) | area
    paid = _line(portfolio.days, portfolio.net_deposits, "Net deposits", GREY, _MONEY, dash="dot", shape="hv")
    return _chart([value, paid], portfolio.days, shades, 300, exponentformat="B", range=near)


def growth(portfolio: Portfolio, performance: Performance, shades: Shades) -> Chart:
    """Cumulative return, beside that of the benchmark if there is one."""
    lines = [_line(portfolio.days, 100 * (performance.growth - 1), "Return", BLUE, _PERCENT)]
    if portfolio.benchmark and performance.benchmark_growth is not None:
        own = 100 * (performance.benchmark_growth - 1)
        lines.append(_line(portfolio.days, own, escape(portfolio.benchmark.name), GREY, _PERCENT, dash="dash"))
    return _chart(lines, portfolio.days, shades, 260, ticksuffix=" %", zeroline=True)


def underwater(portfolio: Portfolio, performance: Performance, shades: Shades) -> Chart:
    """Drawdown below the highest point so far."""
    line = _line(
        portfolio.days, 100 * performance.drawdown, "Drawdown", ORANGE, "%{y:,.2f} %", fill="tozeroy",
        fillcolor=_PALE_ORANGE,
    )  # fmt: skip
    lowest = float(performance.drawdown.min())
    return _chart(
        [line], portfolio.days, shades, 200, ticksuffix=" %", rangemode="tozero", range=None if lowest < 0 else [-1, 0]
    )


def rolling_volatility(portfolio: Portfolio, path: RiskPath) -> Chart:
    """Volatility of windows of several lengths."""
    columns = [(one, 100 * one.volatility) for one in path.rolling]
    lines = _rolling_lines(path, columns, "%{y:,.2f} %")
    return _chart(lines, portfolio.days, (), 220, ticksuffix=" %", rangemode="tozero")


def rolling_sharpe(portfolio: Portfolio, path: RiskPath) -> Chart:
    """Sharpe ratio of windows of several lengths."""
    columns = [(one, one.sharpe) for one in path.rolling]
    lines = _rolling_lines(path, columns, "%{y:,.2f}")
    return _chart(lines, portfolio.days, (), 220, zeroline=True)


def daily_returns(portfolio: Portfolio, path: RiskPath, forecasts: Sequence[Forecast], shades: Shades) -> Chart:
    """Every day's return over the loss that was forecast for it, and the days that lost more than the first says."""
    bars = {
        "type": "bar", "name": "Daily return", "x": words.iso(path.days), "y": _points(100 * path.returns),
        "marker": {"color": "#9fb3c5", "line": {"width": 0}}, "width": _DAY_MS, "hovertemplate": _PERCENT,
    }  # fmt: skip
    styles = {"historical": (INK, "solid"), "ewma": (BLUE, "dot")}
    lines = [
        _line(
            path.days, -100 * one.value_at_risk, f"{METHODS[one.method]} VaR {words.confidence(one.confidence)}",
            styles[one.method][0], _PERCENT, dash=styles[one.method][1], shape="hv", width=1.4,
        )
        for one in forecasts
        if np.isfinite(one.value_at_risk).any()
    ]  # fmt: skip
    hit = forecasts[0].is_exception if forecasts else np.zeros(len(path.days), np.bool_)
    marks = {
        "type": "scatter", "mode": "markers", "name": "Exception", "x": words.iso(path.days[hit]),
        "y": _points(100 * path.returns[hit]), "hovertemplate": _PERCENT,
        "marker": {"color": ORANGE, "size": 7, "symbol": "diamond-open", "line": {"width": 1.6}},
    }  # fmt: skip
    drawn = [bars, *lines, marks] if hit.any() else [bars, *lines]
    return _chart(drawn, portfolio.days, shades, 280, ticksuffix=" %", zeroline=True)


def exposure_over_time(portfolio: Portfolio, path: Exposure, *, is_ever_short: bool) -> Chart:
    """Long, short, gross and net; one line and the value where nothing was ever short."""
    if is_ever_short:
        columns = [
            ("Long", path.long, BLUE, "solid"),
            ("Short", path.short, ORANGE, "solid"),
            ("Gross", path.gross, GREY, "dot"),
            ("Net", path.net, INK, "dash"),
        ]
    else:
        columns = [("Long = gross = net", path.long, BLUE, "solid")]
    lines = [_line(portfolio.days, column, name, colour, _MONEY, dash=dash) for name, column, colour, dash in columns]
    lines.append(_line(portfolio.days, portfolio.total_value, "Value", GREEN, _MONEY, width=1.2))
    return _chart(lines, portfolio.days, (), 260, exponentformat="B", zeroline=True)


METHODS: Final = {
    "historical": "Historical",
    "normal": "Normal",
    "cornish_fisher": "Cornish-Fisher",
    "ewma": "EWMA",
    "monte_carlo": "Monte Carlo",
}
"""Names of the methods for value at risk."""


def _rolling_lines(path: RiskPath, columns: Sequence[tuple[Rolling, Column]], template: str) -> list[Chart]:
    """One line for each length that has a full window."""
    styles = ((BLUE, "solid"), (ORANGE, "dash"), (GREEN, "dot"))
    return [
        _line(path.days, column, f"{rolling.length} days", colour, template, dash=dash, width=1.6)
        for (rolling, column), (colour, dash) in zip(columns, styles, strict=True)
        if np.isfinite(column).any()
    ]


def _line(
    days: DayColumn,
    column: Column,
    name: str,
    colour: str,
    template: str,
    dash: str = "solid",
    shape: str = "linear",
    width: float = 2.0,
    **options: str,
) -> Chart:
    """A single day is a point: no line can be drawn through it."""
    return {
        "type": "scatter",
        "mode": "lines" if np.isfinite(column).sum() > 1 else "markers",
        "name": name,
        "x": words.iso(days),
        "y": _points(column),
        "line": {"color": colour, "width": width, "dash": dash, "shape": shape},
        "marker": {"color": colour, "size": 7},
        "hovertemplate": template,
        **options,
    }


def _points(column: Column) -> list[float | None]:
    """Numbers as JSON can say them: none where there is none, and no more digits than anyone can see."""
    return [float(f"{one:.{_SIGNIFICANT}g}") if np.isfinite(one) else None for one in column]


def _near(*columns: Column) -> list[float] | None:
    """The range to show: from zero, unless all values are far from it and their changes would be a flat line."""
    low, high = min(float(one.min()) for one in columns), max(float(one.max()) for one in columns)
    margin = (high - low) * 0.1
    return [low - margin, high + margin] if low > (high - low) > 0 else None


def _chart(
    traces: list[Chart],
    days: DayColumn,
    shades: Shades,
    height: int,
    **y_axis: Any,  # noqa: ANN401 - options of Plotly
) -> Chart:
    """No frame, few lines, all days whatever has a value, and a legend only where there is more than one series."""
    has_legend = len(traces) > 1
    layout = {
        "height": height,
        "margin": {"l": 4, "r": 10, "t": 34 if has_legend else 10, "b": 4},
        "font": {"family": _FONT, "size": 12, "color": "#48535f"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "x unified",
        "dragmode": False,
        "showlegend": has_legend,
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
        "xaxis": {
            "type": "date", "showgrid": False, "fixedrange": True, "automargin": True, "hoverformat": "%-d %b %Y",
            "range": _reach(days[0], days[-1]), **(_EVERY_DAY if days[-1] - days[0] < _WEEK else {}),
            "linecolor": _GRID, "ticks": "outside", "tickcolor": _GRID, "tickangle": 0, **_MONTHS,
        },
        "yaxis": {
            "fixedrange": True, "automargin": True, "gridcolor": _GRID, "zeroline": False, "zerolinecolor": "#9aa4ae",
            "nticks": 6, **{name: option for name, option in y_axis.items() if option is not None},
        },
        "shapes": [_shade(first, last) for first, last in shades],
    }  # fmt: skip
    return {"data": traces, "layout": layout}


def _reach(first: np.datetime64, last: np.datetime64) -> list[str]:
    """From the middle of the night before to that after."""
    half_a_day = np.timedelta64(12, "h")
    return [str(first.astype("datetime64[h]") - half_a_day), str(last.astype("datetime64[h]") + half_a_day)]


def _shade(first: np.datetime64, last: np.datetime64) -> Chart:
    begin, end = _reach(first, last)
    return {
        "type": "rect", "xref": "x", "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "line": {"width": 0},
        "x0": begin, "x1": end, "fillcolor": _STALE,
    }  # fmt: skip
