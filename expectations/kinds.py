"""The kinds of expectation that suites are made of: Great Expectations' own, extended in the way it documents.

While it evaluates an expectation, Great Expectations asks it ninety times for its configuration, and the expectation
writes that out anew each time: a fifth of the gate. These write it out once (docs/decisions/0031).
"""

from __future__ import annotations

import copy
from typing import Any

import great_expectations.expectations as gxe
from great_expectations.compatibility import pydantic
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration


class StatedOnce(Expectation):
    """An expectation that writes its configuration out when it is first asked, and again only if it has changed."""

    _stated: ExpectationConfiguration | None = pydantic.PrivateAttr(default=None)

    @property
    def configuration(self) -> ExpectationConfiguration:
        """Each time a copy with parameters of its own, for who evaluates an expectation adds to them."""
        if self._stated is None:
            self._stated = super().configuration
        stated = copy.copy(self._stated)
        stated.kwargs = dict(self._stated.kwargs)
        stated.meta = dict(self._stated.meta)
        return stated

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401 - as pydantic has it
        """Forget what was written out, since it says something else now."""
        super().__setattr__(name, value)
        if name != "_stated":
            super().__setattr__("_stated", None)


class ExpectTableToHaveExactColumns(StatedOnce, gxe.ExpectTableColumnsToMatchOrderedList):
    """These columns in this order and no others."""


class ExpectTableToHaveColumns(StatedOnce, gxe.ExpectTableColumnsToMatchSet):
    """These columns, in any order."""


class ExpectTableToHaveRows(StatedOnce, gxe.ExpectTableRowCountToBeBetween):
    """So many rows."""


class ExpectColumnValuesToBeStated(StatedOnce, gxe.ExpectColumnValuesToNotBeNull):
    """Neither NULL nor NaN."""


class ExpectColumnValuesToDiffer(StatedOnce, gxe.ExpectColumnValuesToBeUnique):
    """No two values alike."""


class ExpectCompoundColumnsToDiffer(StatedOnce, gxe.ExpectCompoundColumnsToBeUnique):
    """No two rows alike in these columns."""


class ExpectColumnValuesToBeWithin(StatedOnce, gxe.ExpectColumnValuesToBeBetween):
    """Values within bounds."""


class ExpectColumnValuesToBeOneOf(StatedOnce, gxe.ExpectColumnValuesToBeInSet):
    """Values out of a set."""


class ExpectColumnValuesToBeNoneOf(StatedOnce, gxe.ExpectColumnValuesToNotBeInSet):
    """Values that are not in a set."""


class ExpectColumnValuesToMatch(StatedOnce, gxe.ExpectColumnValuesToMatchRegex):
    """Texts that match a pattern."""


class ExpectColumnPairValuesToBeInOrder(StatedOnce, gxe.ExpectColumnPairValuesAToBeGreaterThanB):
    """One column at or after another."""


class ExpectColumnMedianToBeWithin(StatedOnce, gxe.ExpectColumnMedianToBeBetween):
    """A median within bounds."""
