"""Seeded bugs (`make mutants`) keep up with the code that they change."""

import pytest

from tests.mutants.bugs import MUTANTS
from tests.tidy.tree import ROOT


def test_there_are_enough_and_each_has_a_name_of_its_own():
    names = {mutant.name for mutant in MUTANTS}

    assert len(names) == len(MUTANTS) >= 40


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_code_that_a_mutant_changes_is_there_once(mutant):
    text = (ROOT / mutant.file).read_text()

    assert (text.count(mutant.right), mutant.wrong != mutant.right) == (1, True)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_tests_of_a_mutant_are_there(mutant):
    files = [argument.partition("::")[0] for argument in mutant.caught_by]

    assert [file for file in files if not (ROOT / file).exists()] == []
