"""The gate with the real Great Expectations: one run of good rows, one run of planted faults."""

import gc
import math
import re
import socket
import weakref

import pandas as pd
import pytest
from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult

from expectations import checkpoint, suites
from expectations.checkpoint import Batch, UnknownBatchError, verify
from expectations.rules import Suite
from expectations.suites import SUITES
from expectations.verdict import suite_verdict
from tests.unit.expectations.good_frames import good_frame, typed_event

LOADED = re.compile(r"<(?:script|link|img|iframe|source|object|embed)\b|\bsrc\s*=|url\(|@import", re.IGNORECASE)
ADDRESS = re.compile(r"https?://|//[a-z0-9.-]+\.[a-z]{2,}/", re.IGNORECASE)


def planted(name, **columns):
    """Good rows with the first row's values replaced."""
    rows = good_frame(name).copy()
    for column, value in columns.items():
        rows[column] = [value, *rows[column].astype(object)[1:]]
        if not isinstance(value, str):
            rows[column] = pd.to_numeric(rows[column])
    return rows


def verified(folder, batches, run_name="test"):
    return verify(batches, folder / "context", folder / "docs", run_name)


@pytest.fixture(scope="module")
def calls():
    """Every address that was connected to while this module ran."""
    made = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", lambda _, address: made.append(address))
        patch.setattr(socket, "getaddrinfo", lambda host, *_, **__: made.append(host))
        yield made


@pytest.fixture(scope="module")
def good(tmp_path_factory, calls):
    folder = tmp_path_factory.mktemp("good")
    return verified(folder, [Batch(name, good_frame(name), 3) for name in SUITES], "good <run>")


@pytest.fixture(scope="module")
def bad(tmp_path_factory, calls):
    """One planted fault, or few, in each batch."""
    folder = tmp_path_factory.mktemp("bad")
    twice = pd.concat([good_frame("fact_pnl_daily"), good_frame("fact_pnl_daily")])
    batches = [
        Batch("trades", typed_event("trades", side="HOLD", price=-5, symbol="<script>alert(1)</script>"), 1),
        Batch("cash_events", typed_event("cash_events", description="<script>alert(2)</script>", amount="2e9"), 1),
        Batch("corrections", typed_event("corrections", action="AMEND"), 1),
        Batch("prices", good_frame("prices").drop(columns="price"), 1),
        Batch("symbols", good_frame("symbols", 0), 0),
        Batch("accounts", good_frame("accounts", 0), 1),
        Batch("fx_rates", good_frame("fx_rates", 2), 3),
        Batch("fact_trades", planted("fact_trades", venue='<img src="http://a.example/">', side="<b>$CASH"), 1),
        Batch("fact_positions_daily", planted("fact_positions_daily", market_value=math.nan, cost_basis=math.inf), 1),
        Batch("fact_pnl_daily", twice, 1),
        Batch("fact_portfolio_value_daily", planted("fact_portfolio_value_daily", total_value=110.001), 1),
        Batch("fact_lots", good_frame("fact_lots").assign(closed_on=pd.NaT, close_reason="vanished"), 1),
        Batch("daily_returns", planted("daily_returns", daily_return_pct=60.0), 1),
        Batch("drawdown", planted("drawdown", drawdown_pct=0.5, max_drawdown_pct=-math.inf), 1),
        Batch("holdings_risk", planted("holdings_risk", reason="no_capital"), 1),
        Batch("holdings_value_at_risk", planted("holdings_value_at_risk", value_at_risk_pct=2.0), 1),
        Batch("stress_scenarios", planted("stress_scenarios", shock_pct=-101.0).assign(name="Energy"), 1),
        Batch("rolling_volatility", good_frame("rolling_volatility").assign(return_count="many"), 1),
    ]
    return verified(folder, batches, "bad")


@pytest.fixture(scope="module")
def odd(tmp_path_factory, calls):
    """Events that are odd or wrong beside what was known before them, and runs in which something is missing."""
    folder = tmp_path_factory.mktemp("odd")
    law_breaks = good_frame("law_breaks").assign(
        break_count=[3.0, math.nan, 0.0], account_id=["A", None, None], day=pd.Timestamp("2024-01-04")
    )
    batches = [
        Batch("trades", typed_event("trades", quantity_to_usual=500), 1),
        Batch("effective_trades", planted("effective_trades", price_to_last_close=0.01), 0),
        Batch("effective_prices", planted("effective_prices", price_to_close_before=2), 0),
        Batch("cash_events", typed_event("cash_events", days_until_recorded=4000, amount_to_usual=101), 1),
        Batch("law_breaks", law_breaks, 3),
        Batch("price_feed", good_frame("price_feed", 1).assign(priced_symbols=0, priced_share=0.0, waiting_days=11), 0),
        Batch("held_symbols", planted("held_symbols", price_age_days=6, is_priced=0).astype({"is_priced": bool}), 0),
        Batch("new_references", good_frame("new_references", 1).assign(is_inferred=True), 0),
    ]
    return verified(folder, batches, "odd")


def severities(verdict, suite):
    """Column and severity of each finding of one suite."""
    return {(finding.column, finding.severity) for finding in verdict.findings if finding.suite == suite}


def found(verdict, suite):
    """Kind, column and count of each finding of one suite."""
    kinds = [finding for finding in verdict.findings if finding.suite == suite]
    return {
        (finding.expectation.removeprefix("expect_"), finding.column, finding.unexpected_count) for finding in kinds
    }


def pages(verdict):
    return {path.name: path.read_text() for path in verdict.docs_index.parent.rglob("*") if path.is_file()}


def test_good_rows_of_every_suite_pass(good):
    assert good.findings == ()
    assert good.is_passed
    assert good.evaluated_count > 10 * len(SUITES)


def test_planted_faults_fail(bad):
    assert not bad.is_passed


def test_broken_declaration_is_found(bad):
    assert found(bad, "trades") == {
        ("column_values_to_match", "symbol", 1),
        ("column_values_to_be_one_of", "side", 1),
        ("column_values_to_be_within", "price", 1),
        ("column_median_to_be_within", "price", 0),
    }


def test_broken_law_of_a_stream_is_found(bad):
    """An AMEND of a trade must state the whole trade."""
    assert found(bad, "corrections") == {("column_values_to_be_one_of", "laws_hold", 1)}


@pytest.mark.parametrize(
    ("suite", "expected"),
    [
        ("trades", {("quantity_to_usual", "warning")}),
        ("effective_trades", {("price_to_last_close", "warning"), ("price_to_last_close", "critical")}),
        ("effective_prices", {("price_to_close_before", "warning")}),
        ("cash_events", {("days_until_recorded", "warning"), ("amount_to_usual", "warning")}),
        ("price_feed", {("is_feed_there", "critical"), ("priced_share", "warning"), ("waiting_days", "critical")}),
        ("held_symbols", {("has_price", "warning"), ("price_age_days", "warning")}),
        ("new_references", {("is_described", "warning")}),
        ("law_breaks", {("break_count", "critical"), ("is_kept", "critical")}),
    ],
)
def test_what_is_odd_is_a_warning_and_what_would_lie_closes_the_gate(odd, suite, expected):
    assert severities(odd, suite) == expected


@pytest.mark.parametrize(("amount", "is_passed"), [("9999999999.99999999", True), ("10000000000.00001", False)])
def test_the_greatest_number_of_the_contract_passes(tmp_path, calls, amount, is_passed):
    """Intake takes it, the gate sees it as a double, and it would close the gate for ever: it stays a new event."""
    stated = {"trades": ("quantity", "price", "fee"), "prices": ("price",), "cash_events": ("amount",)}
    batches = [
        Batch(stream, typed_event(stream).assign(**dict.fromkeys(fields, float(amount))), 1)
        for stream, fields in stated.items()
    ]

    assert verified(tmp_path, batches).is_passed is is_passed


@pytest.mark.parametrize(("denominator", "is_passed"), [("24.74763801", True), ("24.74763800", False)])
def test_the_greatest_split_of_the_contract_passes(tmp_path, calls, denominator, is_passed):
    """As doubles, 247476.3801 is more than ten thousand times 24.74763801, and the gate would be closed for ever."""
    split = typed_event("corporate_actions", numerator="247476.3801", denominator=denominator)

    assert verified(tmp_path, [Batch("corporate_actions", split, 1)]).is_passed is is_passed


def test_a_broken_law_is_told_with_its_place_and_one_not_asked_is_a_failure(odd):
    told = {finding.column: finding for finding in odd.findings if finding.suite == "law_breaks"}

    assert told["is_kept"].examples == ("law 0, A, 2024-01-04",)
    assert told["is_kept"].rows == ({"law": "law 0", "account_id": "A", "day": "2024-01-04"},)
    assert told["break_count"].unexpected_count == 1


def test_great_expectations_that_raises_is_a_verdict_with_a_page(tmp_path, calls, monkeypatch):
    monkeypatch.setattr(checkpoint, "Checks", lambda *_: (_ for _ in ()).throw(RuntimeError("<b>broken</b>")))

    verdict = verified(tmp_path, [Batch("symbols", good_frame("symbols"), 1)])

    assert not verdict.is_passed
    assert verdict.evaluated_count == 0
    assert "&lt;b&gt;broken&lt;/b&gt;" in verdict.page_of(verdict.findings[0].suite).read_text()


def test_a_batch_is_asked_for_when_the_one_before_it_is_done(tmp_path, calls, monkeypatch):
    """Of a long history a batch is large; Great Expectations keeps the last one, and nothing keeps those before."""
    checked, kept_frames = [], []
    safe_frame = checkpoint.safe_frame

    def watched(*arguments):
        frame = safe_frame(*arguments)
        checked.append(weakref.ref(frame))
        return frame

    def batches():
        for name in ("symbols", "accounts", "prices", "trades"):
            gc.collect()
            kept_frames.append(sum(frame() is not None for frame in checked))
            yield Batch(name, good_frame(name), 1)

    monkeypatch.setattr(checkpoint, "safe_frame", watched)
    verified(tmp_path, batches())

    assert len(checked) == 4
    assert kept_frames == [0, 1, 1, 1]


def test_missing_column_is_named_once(bad):
    messages = [finding.message for finding in bad.findings if finding.suite == "prices"]

    assert messages == [
        "table should have exact columns: missing price",
        "expectations about these columns had no column: price",
    ]


def test_rows_that_were_due_and_did_not_come_fail(bad):
    assert found(bad, "accounts") == {("table_to_have_rows", None, 0)}
    assert found(bad, "fx_rates") == {("table_to_have_rows", None, 0)}


def test_no_rows_pass_where_none_were_due(bad):
    assert found(bad, "symbols") == set()


def test_nan_and_infinity_are_found(bad):
    assert found(bad, "fact_positions_daily") == {
        ("rows_to_state_columns", "market_value", 1),
        ("rows_to_hold_numbers_within", "cost_basis", 1),
        ("column_values_to_be_one_of", "market_value_agrees", 1),
        ("column_values_to_be_one_of", "unrealized_pnl_agrees", 1),
    }
    assert ("column_values_to_be_within", "max_drawdown_pct", 1) in found(bad, "drawdown")


def test_of_many_columns_those_that_are_wrong_are_named_with_what_they_hold(bad):
    told = {finding.expectation: finding for finding in bad.findings if finding.suite == "fact_positions_daily"}
    stated, finite = told["expect_rows_to_state_columns"], told["expect_rows_to_hold_numbers_within"]

    assert stated.message.startswith("every row states market_value: not so in 1 of ")
    assert stated.examples[0].endswith(": market_value missing")
    assert finite.message.startswith("every row has cost_basis finite: not so in 1 of ")
    assert finite.examples[0].endswith(": cost_basis inf")


@pytest.mark.parametrize(("fee", "is_found"), [(-0.01, True), (0, False), (None, False), (1e20, False), (1e21, True)])
def test_numbers_of_many_columns_keep_to_their_bounds(tmp_path, calls, fee, is_found):
    """What is missing is not out of bounds; bounds themselves are in."""
    rows = good_frame("fact_lots").assign(exit_fee=fee)

    verdict = verified(tmp_path, [Batch("fact_lots", rows, 1)])

    named = {
        finding.column for finding in verdict.findings if finding.expectation == "expect_rows_to_hold_numbers_within"
    }
    assert named == ({"exit_fee"} if is_found else set())


def test_duplicate_key_is_found(bad):
    assert found(bad, "fact_pnl_daily") == {("compound_columns_to_differ", "account_id, symbol, value_date", 6)}


def test_identity_within_a_row_is_found(bad):
    assert found(bad, "fact_portfolio_value_daily") == {
        ("column_values_to_be_one_of", "total_value_agrees", 1),
        ("column_values_to_be_one_of", "value_is_explained", 1),
    }


def test_half_closed_slice_is_found(bad):
    assert ("column_values_to_be_one_of", "closing_agrees", 3) in found(bad, "fact_lots")


def test_risk_without_its_reason_and_shocks_of_nothing_are_found(bad):
    assert ("column_values_to_be_one_of", "reason_agrees", 1) in found(bad, "holdings_risk")
    assert ("column_values_to_be_one_of", "reason_agrees", 1) in found(bad, "holdings_value_at_risk")
    assert ("column_values_to_be_within", "shock_pct", 1) in found(bad, "stress_scenarios")
    assert ("column_values_to_be_one_of", "is_named", 1) in found(bad, "stress_scenarios")


def test_drawdown_above_zero_is_found(bad):
    assert ("column_values_to_be_within", "drawdown_pct", 1) in found(bad, "drawdown")


def test_text_where_numbers_are_due_fails(bad):
    """Great Expectations raises on it; what was not evaluated counts as failed."""
    findings = [finding for finding in bad.findings if finding.suite == "rolling_volatility"]

    assert any("could not be evaluated" in finding.message for finding in findings)
    assert {finding.severity for finding in findings} == {"critical"}


def test_warning_is_reported_and_fails_nothing(tmp_path, calls):
    verdict = verified(tmp_path, [Batch("cash_events", typed_event("cash_events", amount="2e9"), 1)])

    assert [(finding.severity, finding.column) for finding in verdict.findings] == [("warning", "amount")]
    assert verdict.is_passed


def test_suite_without_expectations_fails(tmp_path, calls, monkeypatch):
    monkeypatch.setitem(suites.SUITES, "symbols", lambda: Suite("symbols", ("symbol",), ()))

    verdict = verified(tmp_path, [Batch("symbols", good_frame("symbols"), 1)])

    assert not verdict.is_passed
    assert [finding.expectation for finding in verdict.findings] == ["empty_suite"]


def test_batch_without_suite_is_refused(tmp_path):
    with pytest.raises(UnknownBatchError, match="no suite for batch 'fact_rumours'"):
        verified(tmp_path, [Batch("fact_rumours", good_frame("fact_trades"), 1)])

    assert list(tmp_path.iterdir()) == []


def test_nothing_to_verify_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no batches to verify"):
        verified(tmp_path, [])


def test_two_batches_of_one_name_are_refused(tmp_path):
    batch = Batch("symbols", good_frame("symbols"), 1)

    with pytest.raises(ValueError, match="two batches of one name: symbols"):
        verified(tmp_path, [batch, batch])


def test_event_text_is_shown_and_not_run(bad):
    site = "".join(pages(bad).values())

    assert "<script" not in site
    assert "<img" not in site
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in site
    assert "&lt;b&gt;$CASH" in site
    assert "&amp;lt;" not in site


def test_examples_of_a_finding_are_plain_text_with_the_key_of_the_row(bad):
    examples = [finding.examples for finding in bad.findings if finding.column == "symbol"]

    assert examples == [("e0: <script>alert(1)</script>",)]


@pytest.mark.parametrize("run", ["good", "bad"])
def test_site_loads_nothing(run, request):
    for name, text in pages(request.getfixturevalue(run)).items():
        assert LOADED.findall(text) == [], name
        assert ADDRESS.findall(text) == [], name
        assert 'http-equiv="Content-Security-Policy" content="default-src &#x27;none&#x27;' in text.replace(
            "'", "&#x27;"
        )


def test_every_link_of_the_site_leads_to_a_page(good, bad):
    for verdict in (good, bad):
        for path in verdict.docs_index.parent.rglob("*.html"):
            for link in re.findall(r'href="([^"#]+)"', path.read_text()):
                assert (path.parent / link).is_file(), (path, link)


def test_index_tells_the_run_without_scripts(good, bad):
    good_index, bad_index = good.docs_index.read_text(), bad.docs_index.read_text()

    assert good.docs_index.name == "index.html"
    assert "good &lt;run&gt;" in good_index
    assert "failed" not in re.sub(r"(?s)<header>.*</header>", "", good_index.partition("<body>")[2])
    assert all(f">{name}</a>" in good_index for name in SUITES)
    assert '<span class="mark fail">failed</span> <strong>bad</strong>' in bad_index


def test_page_tells_every_expectation(good):
    page = pages(good)["fact_positions_daily.html"]

    assert "None: every expectation is met." in page
    assert "unrealized_pnl = market_value - cost_basis" in page
    assert "every row has avg_cost_per_share, price_age_days, fees, open_lot_count &gt;= 0 and finite" in page
    assert "close_price is &gt; 0 and finite" in page


def test_nothing_was_connected_to(good, bad, calls):
    assert calls == []


def test_an_expectation_without_a_result_is_a_failure():
    """Given two expectations were handed over, when nothing came back of them, then the batch does not pass."""
    nothing = ExpectationSuiteValidationResult(
        success=True, results=[], suite_name="fact_trades", statistics={}, meta={}
    )

    verdict = suite_verdict("fact_trades", pd.DataFrame({"trade_id": ["t1"]}), 2, nothing, ())

    assert [finding.message for finding in verdict.findings] == ["2 expectations were due and 0 have a result"]
