"""An expectation writes its configuration out once, and that is the one that Great Expectations would write."""

from __future__ import annotations

import pytest
from great_expectations.expectations.expectation import Expectation

from expectations.kinds import StatedOnce
from expectations.rules import between, rows_due
from expectations.suites import SUITES, suite_for


def written_anew(expectation: Expectation) -> dict[str, object]:
    """What Great Expectations itself writes out."""
    configuration: dict[str, object] = Expectation.configuration.fget(expectation).to_json_dict()
    return configuration


@pytest.mark.parametrize("name", SUITES)
def test_every_expectation_of_a_suite_states_what_great_expectations_writes(name: str) -> None:
    expectations = (rows_due(1), *suite_for(name).expectations)

    for expectation in expectations:
        assert isinstance(expectation, StatedOnce), "it would be written out some ninety times"
        first, second = expectation.configuration, expectation.configuration
        assert first.to_json_dict() == second.to_json_dict() == written_anew(expectation)


def test_what_is_added_to_a_configuration_is_not_of_the_expectation() -> None:
    """Great Expectations adds the batch to the configuration that it was given."""
    expectation = between("price", 0, 10)
    configuration = expectation.configuration
    configuration.kwargs["batch_id"] = "b"
    configuration.meta["seen"] = True

    assert expectation.configuration.to_json_dict() == written_anew(expectation)
    assert "batch_id" not in expectation.configuration.kwargs


def test_an_expectation_that_was_changed_says_so() -> None:
    expectation = between("price", 0, 10)
    assert expectation.configuration.kwargs["max_value"] == 10

    expectation.max_value = 20

    assert expectation.configuration.kwargs["max_value"] == 20


def test_an_expectation_made_from_a_configuration_is_of_the_same_kind() -> None:
    """Great Expectations makes a new object of each configuration, twice."""
    expectation = between("price", 0, 10)

    again = expectation.configuration.to_domain_obj()

    assert type(again) is type(expectation)
    assert again == expectation
