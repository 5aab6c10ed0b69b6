"""The opponent of a full rebuild (benchmarks/replay/peer) makes what it says it makes, or its time says nothing."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from benchmarks.replay.history import lay_history
from benchmarks.replay.peer import UnequalTablesError, build_by_hand, require_equal, tables_by_hand
from benchmarks.replay.world import World
from eventlog.settings import settings_for
from flows import warehouse


def test_the_script_by_hand_makes_the_same_tables(tmp_path: Path) -> None:
    """Given one world, built by navlog and by hand, then the tables are equal; changed rows are noticed."""
    settings, by_hand = settings_for(tmp_path / "home"), tmp_path / "by_hand.duckdb"
    lay_history(settings, World(10_000))
    warehouse.build(settings)

    build_by_hand(settings, by_hand)

    tables = tables_by_hand(settings)
    assert len(tables) == 13
    require_equal(settings, tables, by_hand)
    with duckdb.connect(str(by_hand)) as database:
        database.execute("update main_metrics.drawdown set drawdown_pct = drawdown_pct + 1e-12 where drawdown_pct < 0")
    with pytest.raises(UnequalTablesError, match=r"main_metrics\.drawdown"):
        require_equal(settings, tables, by_hand)
