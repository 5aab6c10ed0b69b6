"""The seeded bugs: the mistakes that the field makes, and some that we could have made."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

IDENTITY: Final = ("tests/unit/eventlog/test_identity.py",)
INTAKE: Final = ("tests/unit/eventlog/test_reasons.py", "tests/unit/eventlog/test_formats.py")
LANDING: Final = ("tests/unit/eventlog/test_landing.py",)
CRASHES: Final = ("tests/unit/eventlog/test_crashes.py",)
FOLD: Final = ("tests/property/test_ledger_laws.py", "tests/unit/ledger")
LOOP: Final = ("tests/property/test_compiled_fold.py",)
MODELS: Final = ("tests/e2e/test_models.py",)
ACTIONS: Final = ("tests/e2e/test_corporate_actions.py",)
CASH: Final = ("tests/e2e/test_cash_ledger.py",)
CORRECTIONS: Final = ("tests/e2e/test_corrections.py",)
HISTORIES: Final = ("tests/property/test_warehouse_laws.py::test_batches_equal_rebuild_equal_slow_ledger",)
REFRESH: Final = ("tests/e2e/test_refresh.py",)
REPLAYED: Final = ("tests/e2e/test_replayed_rows.py",)
CLOSED_GATE: Final = ("tests/e2e/test_gate.py",)
GATE: Final = ("tests/unit/expectations/test_checkpoint.py",)
MEASURED: Final = ("tests/unit/measures",)
MEASURE_LAWS: Final = ("tests/property/test_measure_laws.py",)
RISK_TABLES: Final = ("tests/e2e/test_risk_tables.py",)
SHEET_FIGURES: Final = ("tests/unit/reports/test_figures.py",)
SHEET_PAGE: Final = ("tests/unit/reports/test_page.py",)

STAGING: Final = "dbt/macros/staging.sql"
STRATEGY: Final = "dbt/macros/replay_strategy.sql"
MONEY: Final = "dbt/macros/money.sql"
INTERMEDIATE: Final = "dbt/models/intermediate"
FACTS: Final = "dbt/models/facts"
METRICS: Final = "dbt/models/metrics"

LOG: Final = (
    Mutant("the same event counts again", "eventlog/intake.py",
           "not exists (select 1 from known_events where known_events.event_id = candidate.event_id)", "true",
           IDENTITY),
    Mutant("a duplicate inside a file counts twice", "eventlog/intake.py",
           "and candidate.row_number = firsts.row_number as is_new", "as is_new", IDENTITY),
    Mutant("a conflict is taken for a duplicate", "eventlog/intake.py", "({differs}) as is_conflict",
           "false as is_conflict", IDENTITY),
    Mutant("twins without an id are one event", "eventlog/intake.py", "cast(occurrence as varchar)", "'1'", IDENTITY),
    Mutant("known time runs backwards", "eventlog/intake.py", "if recorded_at < previous:",
           "if recorded_at > previous and not commits:", IDENTITY),
    Mutant("an exclusive bound is inclusive", "eventlog/checks.py", 'yield f"{field.name} <= {field.above:f}"',
           'yield f"{field.name} < {field.above:f}"', INTAKE),
    Mutant("more decimals than the log holds are cut off", "eventlog/checks.py",
           "<> {name}\", \"TOO_PRECISE\"", "< 0\", \"TOO_PRECISE\"", INTAKE),
    Mutant("an epoch in milliseconds is read as seconds", "eventlog/checks.py", "make_timestamp_ms(", "to_timestamp(",
           INTAKE),
    Mutant("a sale on a date alone comes before a purchase", "eventlog/events.py",
           "((\"side = 'BUY'\", 2), (\"side = 'SELL'\", 3))",
           "((\"side = 'BUY'\", 3), (\"side = 'SELL'\", 2))", INTAKE),
    Mutant("an amended correction is accepted and ignored", "eventlog/events.py",
           "action = 'AMEND' and corrects_stream = 'corrections'", "false", INTAKE),
    Mutant("a changed commit entry is believed", "eventlog/landing.py",
           "if commit.previous_sha256 != self._read_sha256:", "if not commit.previous_sha256:", LANDING),
    Mutant("a changed batch file is believed", "eventlog/landing.py",
           "if not file.is_file() or file_sha256(file) != commit.sha256:", "if not file.is_file():", LANDING),
    Mutant("a written file is written over", "eventlog/landing.py", "os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW",
           "os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW", LANDING),
    Mutant("what a killed writer left is in the way", "eventlog/landing.py",
           "        final.unlink(missing_ok=True)\n", "", CRASHES),
    Mutant("writers race for one number", "eventlog/landing.py", "fcntl.flock(lock, fcntl.LOCK_EX)",
           "fcntl.flock(lock, fcntl.LOCK_SH)", CRASHES),
)  # fmt: skip

LEDGER: Final = (
    Mutant("FIFO takes the newest lot", "ledger/lots.py", "    LotMethod.FIFO: in_order_of_acquisition,",
           "    LotMethod.FIFO: _newest_first,", FOLD),
    Mutant("lots of one instant in any order", "ledger/lots.py", "return (lot.acquired_at, lot.lot_id)",
           "return (lot.acquired_at, '')", FOLD),
    Mutant("HIFO breaks ties by the newest", "ledger/lots.py", "key=lambda lot: (-lot.unit_cost, *_oldest_first(lot))",
           "key=lambda lot: (lot.unit_cost, *_oldest_first(lot)), reverse=True", FOLD),
    Mutant("the residue is dropped", "ledger/rounding.py",
           "amount if quantity == whole_quantity else divide(amount * quantity, whole_quantity)",
           "divide(amount // whole_quantity * quantity, 1)", FOLD),
    Mutant("halves are rounded down", "ledger/rounding.py", "(2 * dividend + divisor) // (2 * divisor)",
           "dividend // divisor", FOLD),
    Mutant("a flip keeps the whole fee on its first leg", "ledger/fold.py",
           "fee = part_of(self.fee, quantity, whole)", "fee = self.fee", FOLD),
    Mutant("a sale through zero opens nothing", "ledger/fold.py", "    if rest.quantity == 0:\n",
           "    if rest.quantity == 0 or open_lots != [] or ended:\n", FOLD),
    Mutant("a split changes the cost", "ledger/fold.py",
           "begun.append(replace(lot, quantity=quantity,",
           "begun.append(replace(lot, cost=lot.cost * 2, quantity=quantity,", FOLD),
    Mutant("dust after a split stays for ever", "ledger/fold.py", "        if quantity == 0:\n            ended.append",
           "        if quantity is None:\n            ended.append", FOLD),
    Mutant("an average pool is not re-priced", "ledger/fold.py", "if method is LotMethod.AVERAGE and open_lots:",
           "if method is LotMethod.AVERAGE and not open_lots and ended:", FOLD),
    Mutant("a named lot is not looked for", "ledger/fold.py",
           "chosen.sort(key=lambda lot: lot.lot_id != trade.named_lot_id)",
           "chosen.sort(key=lambda lot: lot.acquired_at)", FOLD),
    Mutant("a lot that no sale named is not flagged", "ledger/fold.py",
           "is_fallback = method is LotMethod.SPECID and lot.lot_id != trade.named_lot_id", "is_fallback = False",
           FOLD),
    Mutant("parts of a carried lot are two lots", "ledger/fold.py",
           "part if whole is None else _joined(whole, part)", "part", FOLD),
)  # fmt: skip

COMPILED: Final = (
    Mutant("products lose their high word", "ledger/kernel.py", "    high, low = _product(left, right)\n",
           "    high, low = _NONE, left * right\n", LOOP),
    Mutant("an estimate that is too high is kept", "ledger/kernel.py",
           "    while estimate > _LOW_HALF or estimate * divisor_low > ((rest << _HALF_WORD) | next_half):\n",
           "    while estimate > _LOW_HALF:\n", LOOP),
    Mutant("the loop forgets lots that were pushed on the heap", "ledger/kernel.py",
           "if not _goes_before(lots, heap[place], heap[parent], method):",
           "if _goes_before(lots, heap[place], heap[parent], method):", LOOP),
    Mutant("numbers that do not fit wrap around", "ledger/matrix.py",
           "    methods[left_out | is_ambiguous] = kernel.LEFT_OUT\n", "", LOOP),
    Mutant("a stream is cut inside a key", "ledger/columns.py", "+ 1 - (joined.num_rows - batch.num_rows)",
           "- (joined.num_rows - batch.num_rows)", LOOP),
)  # fmt: skip

REPLAY: Final = (
    Mutant("replay is one day short", STRATEGY, "and {{ replay_date }} >= replay.replay_from",
           "and {{ replay_date }} > replay.replay_from", HISTORIES),
    Mutant("only the newest day of a late batch is replayed", f"{INTERMEDIATE}/int_replay_lots.sql",
           "    min(replay_from) as replay_from\nfrom touched\n", "    max(replay_from) as replay_from\nfrom touched\n",
           HISTORIES),
    Mutant("a lot that ends on the first replayed day is not carried", f"{INTERMEDIATE}/int_carried_lots.sql",
           ">= replay.replay_from", "> replay.replay_from", HISTORIES),
    Mutant("a lot that begins on the first replayed day is carried", f"{INTERMEDIATE}/int_carried_lots.sql",
           "lot.opened_on < replay.replay_from", "lot.opened_on <= replay.replay_from", HISTORIES),
    Mutant("a slice that is open through the replay is not read", f"{INTERMEDIATE}/int_touched_lots.sql",
           "coalesce(closing.value_date, {{ end_of_time() }}) >=", "closing.value_date >=", HISTORIES),
    Mutant("what was closed on a weekend is gone by Monday", f"{INTERMEDIATE}/int_touched_lots.sql",
           "coalesce(closing.value_date, {{ end_of_time() }}) >=", "coalesce(lot.closed_on, {{ end_of_time() }}) >=",
           REPLAYED),
    Mutant("a trade that settles on a replayed day is not read", f"{INTERMEDIATE}/int_touched_trades.sql",
           "where booked_on >= replay_from or settled_on >= replay_from", "where booked_on >= replay_from", HISTORIES),
    Mutant("rows that are not replaced are put in all the same", STRATEGY, "having count(*) > 0", "having count(*) < 0",
           REPLAYED),
    Mutant("the rows of the run before are shown", "dbt/macros/replayed_rows.sql",
           "create or replace table {{ kept }} as from {{ target }} limit 0", "select 1", REPLAYED),
    Mutant("two rows of one key are let in", "dbt/macros/grain.sql", "having count(*) > 1", "having count(*) > 2",
           REPLAYED),
    Mutant("a build from the start makes no views", "flows/warehouse.py",
           "goes_on = replay_after_seq != 0 and applied(settings).seq > 0", "goes_on = applied(settings).seq > 0",
           REPLAYED),
    Mutant("a new price touches nobody", f"{INTERMEDIATE}/int_replay_keys.sql", "    select * from held_when_priced\n",
           "    select * from held_when_priced where false\n", HISTORIES),
    Mutant("a declared dividend touches nobody", f"{INTERMEDIATE}/int_replay_keys.sql",
           "    select * from held_before_ex_date\n", "    select * from held_before_ex_date where false\n", ACTIONS),
    Mutant("a late split touches nobody", f"{INTERMEDIATE}/int_replay_lots.sql",
           "    select * from held_through_split\n", "    select * from held_through_split where false\n", ACTIONS),
    Mutant("a new method holds from now on only", f"{INTERMEDIATE}/int_replay_lots.sql",
           "    select * from held_in_account\n", "    select * from held_in_account where false\n", HISTORIES),
    Mutant("a new valuation day touches no account", f"{INTERMEDIATE}/int_replay_accounts.sql",
           "    union all\n    select account.account_id, new_day.replay_from",
           "    union all\n    select null as account_id, new_day.replay_from", CASH),
    Mutant("a correction that comes first is lost", STAGING,
           "correction.action is null as is_effective", "true as is_effective", CORRECTIONS),
    Mutant("a cancelled event still counts", STAGING, "correction.action is null as is_effective",
           "correction.action is distinct from 'AMEND' as is_effective", CORRECTIONS),
    Mutant("the lowest revision holds", STAGING, "order by revision desc nulls last",
           "order by revision asc nulls last",
           HISTORIES),
    Mutant("a withdrawn amendment holds", STAGING,
           "and not (action = 'AMEND' and event_id in (select event_id from withdrawn))", "", ACTIONS),
    Mutant("the fee that the broker keeps is lost", STAGING,
           "case when correction.action = 'CANCEL' then correction.fee_retained end",
           "cast(null as decimal(28, 8))", CORRECTIONS),
    Mutant("a corrected day is ignored", STAGING,
           "coalesce(amendment.stated_occurred_at, original.stated_occurred_at) as occurred_at",
           "original.stated_occurred_at as occurred_at", HISTORIES),
)  # fmt: skip

BOOKS: Final = (
    Mutant("money is a float", MONEY, "* cast({{ price }} as {{ number() }}) as {{ amount() }})",
           "* cast({{ price }} as double) as {{ amount() }})", MODELS),
    Mutant("a stated amount does not win", f"{FACTS}/fact_trades.sql",
           "coalesce(consideration, quantity_times_price) as consideration", "quantity_times_price as consideration",
           HISTORIES),
    Mutant("a split with no new price moves the value", f"{INTERMEDIATE}/int_closes_daily.sql",
           "coalesce(restated.close_price, carried_forward.close_price)", "carried_forward.close_price", ACTIONS),
    Mutant("a split on the day of a price restates it", f"{INTERMEDIATE}/int_closes_daily.sql",
           "and carried_forward.price_date < split.effective_date",
           "and carried_forward.price_date <= split.effective_date", MODELS),
    Mutant("who buys on the ex-date is entitled", f"{INTERMEDIATE}/int_dividends.sql",
           "and declared.ex_date > lot.opened_on", "and declared.ex_date >= lot.opened_on", MODELS),
    Mutant("who sells on the ex-date is not entitled", f"{INTERMEDIATE}/int_dividends.sql",
           "and declared.ex_date <= coalesce", "and declared.ex_date < coalesce", MODELS),
    Mutant("trades settle on their own day", "dbt/models/dimensions/dim_date.sql",
           "valuation_days.next_valuation_date as settlement_date", "valuation_days.calendar_date as settlement_date",
           CASH),
    Mutant("a stated settlement day is ignored", f"{INTERMEDIATE}/int_touched_trades.sql",
           "case when trade.settle_date is null then booked.settlement_date else stated.value_date end",
           "booked.settlement_date", CASH),
    Mutant("the journal forgets the gain", "dbt/macros/journal.sql", "'realized gains', -realized_pnl from lots",
           "'realized gains', 0 from lots", CASH),
    Mutant("withdrawals count from the start of the day", f"{METRICS}/daily_returns.sql",
           "ratio('total_value + outflow', '(value_before + inflow)')",
           "ratio('total_value', '(value_before + inflow - outflow)')", HISTORIES),
    Mutant("the first peak is the first value", f"{INTERMEDIATE}/int_wealth.sql",
           "greatest(coalesce(carried_peak_wealth, 1), max(wealth) over so_far)",
           "greatest(coalesce(carried_peak_wealth, 0), max(wealth) over so_far)", HISTORIES),
    Mutant("volatility divides by n", f"{METRICS}/rolling_volatility.sql", "list_stddev_samp(", "list_stddev_pop(",
           HISTORIES),
    Mutant("a window of 29", f"{METRICS}/rolling_volatility.sql", "rows between {{ window_returns - 1 }} preceding",
           "rows between {{ window_returns - 2 }} preceding", HISTORIES),
)  # fmt: skip

RUNS: Final = (
    Mutant("published before it is verified", "flows/pipeline.py",
           "        done.audit = _timed(done, \"verify\", run_step, verify, settings, done.run_id)\n",
           "        done.audit = Audit(0, ())\n", CLOSED_GATE),
    Mutant("two runs write at once", "flows/lock.py", "fcntl.LOCK_EX | fcntl.LOCK_NB", "fcntl.LOCK_SH | fcntl.LOCK_NB",
           REFRESH),
    Mutant("a stuck step outlives its run", "flows/step_process.py",
           "            os.killpg(self._process.pid, signal.SIGKILL)\n", "            pass\n",
           ("tests/unit/flows/test_step_process.py",)),
    Mutant("a step goes on when its run has died", "flows/step_process.py",
           "        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)\n", "        pass\n",
           ("tests/unit/flows/test_step_process.py",)),
    Mutant("the lock is not held by the process that writes", "flows/step_process.py", "*self._kept_open),", "),",
           ("tests/unit/flows/test_step_process.py",)),
    Mutant("a rebuild keeps the room of what it has replaced", "dbt/macros/event_log.sql",
           "{% do write_over_replaced_tables() %}", "", REFRESH),
    Mutant("a run that died is no closed gate", "flows/pipeline.py",
           "record_gate(settings, replace(gate, findings=(GateFinding(\"run\", None, CRITICAL, str(ended)),)))", "pass",
           CLOSED_GATE),
    Mutant("the process of the gate outlives its run", "flows/gate_aside.py", "            gate.end()\n",
           "            pass\n", REFRESH),
    Mutant("published rows are added and none replaced", "flows/steps/publish.py",
           "database.execute(f\"delete from {target} as published using {keys} as replay where {touched}\")", "pass",
           REFRESH),
    Mutant("a batch that came during a run is lost", "flows/steps/transform.py", "last_seq=pending.last_seq)",
           "last_seq=None)", REFRESH),
    Mutant("a closed gate lets through", "flows/steps/verify.py", "if not verdict.is_passed:",
           "if not verdict.is_passed and not verdict.findings:", CLOSED_GATE),
    Mutant("a Great Expectations that raises passes", "expectations/checkpoint.py",
           "return SuiteVerdict(ENGINE, 0, 0, (failure(ENGINE, \"not_evaluated\", message),))",
           "return SuiteVerdict(ENGINE, 0, 1, ())", CLOSED_GATE),
    Mutant("a law that was not asked is kept", "flows/laws.py",
           "return [(name, None, *nothing)]", "return [(name, 0, *nothing)]",
           ("tests/unit/flows/test_laws.py",)),
    Mutant("a law is asked and not counted", "flows/laws.py",
           "return [(name, count, *_place(row)) for row in first]",
           "return [(name, 0, *_place(row)) for row in first]", CLOSED_GATE),
    Mutant("a closed gate is not kept", "flows/pipeline.py",
           "record_gate(settings, replace(gate, findings=closed.findings, docs_page=closed.docs_page))", "pass",
           CLOSED_GATE),
    Mutant("a day without a feed passes", "expectations/whole_run.py",
           "(rows[\"held_symbols\"] < FEED_SYMBOLS_LEAST) |", "(rows[\"held_symbols\"] >= 0) |", CLOSED_GATE),
    Mutant("an expectation that raises passes", "expectations/verdict.py", "    reasons = _raised(outcome)\n",
           "    reasons: list[str] = []\n", GATE),
    Mutant("an expectation without a result passes", "expectations/verdict.py",
           "if len(result.results) != planned_count:", "if len(result.results) > planned_count:", GATE),
)  # fmt: skip

MEASURES: Final = (
    Mutant("volatility of a population", "measures/moments.py", "np.sqrt(self.squares / (self.count - 1))",
           "np.sqrt(self.squares / self.count)", MEASURED),
    Mutant("downside deviation over losing days alone", "measures/ratios.py",
           "np.sqrt(moments.below_squares / moments.count)", "np.sqrt(moments.below_squares / moments.down_count)",
           MEASURED),
    Mutant("noise of running sums is variation", "measures/moments.py", "squares=np.where(is_noise, 0.0, squares),",
           "squares=np.maximum(squares, 0.0),", MEASURE_LAWS),
    Mutant("the first peak is the first day's wealth", "measures/drawdowns.py",
           "np.maximum(np.maximum.accumulate(path, axis=1), 1.0)", "np.maximum.accumulate(path, axis=1)", MEASURE_LAWS),
    Mutant("the return at the boundary of the tail counts whole", "measures/value_at_risk.py",
           "np.clip(size[:, None] - np.arange(lowest.shape[1]), 0.0, 1.0)",
           "(np.arange(lowest.shape[1]) < size[:, None]).astype(float)", MEASURED),
    Mutant("a fat tail of Cornish-Fisher is never doubtful", "measures/value_at_risk.py",
           "(s**2 / 9 <= 4 * quadratic * constant)", "(s**2 >= 0)", MEASURED),
    Mutant("EWMA forgets the latest day", "measures/value_at_risk.py", "decay ** np.arange(later - 1, -1, -1)",
           "decay ** np.arange(later, 0, -1)", MEASURED),
    Mutant("a window reaches into the account before", "measures/panels.py",
           "panel[np.arange(self.length, 0, -1) > reach[:, None]] = np.nan", "pass", MEASURE_LAWS),
    Mutant("less than a year is annualised", "measures/returns.py", "np.asarray(days) < DAYS_OF_YEAR,",
           "np.asarray(days) < 1,", MEASURED),
    Mutant("the first of several rates is taken", "measures/money_weighted.py",
           "~(np.abs(rate - nearest_to) >= np.abs(best - nearest_to))", "np.isnan(best)", MEASURED),
    Mutant("exceptions after a day without forecast count as runs", "measures/backtest.py",
           "is_calm = has_both & ~is_exception", "is_calm = ~is_exception", MEASURED),
    Mutant("days are linked by adding up", "measures/attribution.py",
           "np.where(relative == 0, 1.0, np.log1p(safe) / safe) / (1 + benchmark)", "1.0 + 0.0 * safe", MEASURE_LAWS),
)  # fmt: skip

RISK: Final = (
    Mutant("a split is a loss of the benchmark", f"{METRICS}/index_returns.sql", "coalesce(split.units, 1)", "1",
           RISK_TABLES),
    Mutant("a benchmark's return of several days is one of a day", f"{INTERMEDIATE}/int_returns_to_date.sql",
           "benchmark.is_of_one_day", "true", RISK_TABLES),
    Mutant("a late price of the index touches nobody", f"{INTERMEDIATE}/int_replay_returns.sql",
           "inner join touched_indices on account.benchmark_symbol = touched_indices.symbol",
           "inner join touched_indices on false", RISK_TABLES),
    Mutant("a transfer within the book is a flow", f"{INTERMEDIATE}/int_book_values.sql", "greatest(net_flow, 0)",
           "abs(net_flow)", RISK_TABLES),
    Mutant("the value at risk knows the day that it is for", f"{METRICS}/value_at_risk_daily.sql",
           "lag(var_95_pct) over by_day", "var_95_pct", RISK_TABLES),
    Mutant("windows reach one return less far back", f"{INTERMEDIATE}/int_returns_to_measure.sql",
           "{% set returns_before = 252 %}", "{% set returns_before = 240 %}", RISK_TABLES),
    Mutant("a window need not be full", "measures/risk_rows.py", "(series.counts < length, Reason.TOO_FEW_RETURNS)",
           "(series.counts < 2, Reason.TOO_FEW_RETURNS)", RISK_TABLES),
    Mutant("an open drawdown begins with the replay", f"{METRICS}/drawdown_episodes.sql",
           "wealth.value_date >= first_days.peak_date", "wealth.value_date >= first_days.replay_from", RISK_TABLES),
    Mutant("a month begins with its own first close", f"{INTERMEDIATE}/int_calendar_periods.sql",
           "calendar_periods.first_date > before.value_date", "calendar_periods.first_date >= before.value_date",
           RISK_TABLES),
    Mutant("a backtest of eleven months", f"{INTERMEDIATE}/int_backtest_windows.sql", "interval 12 month",
           "interval 11 month", RISK_TABLES),
)  # fmt: skip

SHEETS: Final = (
    Mutant("a transfer between two accounts of a sheet is a flow", "reports/reading.py",
           "least(sum(inflow), sum(outflow))", "0", SHEET_FIGURES),
    Mutant("an account moves money to itself", "reports/reading.py",
           "len($accounts) > 1", "true", SHEET_FIGURES),
    Mutant("a forecast knows the day that it is for", "reports/risk.py", "np.append(np.nan, known.values[:-1])",
           "known.values", SHEET_FIGURES),
    Mutant("a sheet obeys what an event says", "reports/page.py", "autoescape=True", "autoescape=False", SHEET_PAGE),
)  # fmt: skip

MUTANTS: Final = (*LOG, *LEDGER, *COMPILED, *REPLAY, *BOOKS, *RUNS, *MEASURES, *RISK, *SHEETS)
