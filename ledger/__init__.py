"""The fold: events of one (account, symbol) in total order -> slices of its lots. Pure, exact, deterministic."""

from ledger.fold import replay
from ledger.lots import LotMethod, Slice, Split, Trade

__all__ = ["LotMethod", "Slice", "Split", "Trade", "replay"]
