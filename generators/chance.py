"""The only source of chance in this room."""

from __future__ import annotations

import zlib
from datetime import date

import numpy as np


def chance(seed: int, *purposes: date | str) -> np.random.Generator:
    """Return the generator that belongs to ``seed`` and these purposes, such as a day and the name of the drawer.

    Two drawers with different purposes never share a stream, so that one more draw in one of them moves no other.
    Source: counter-based Philox (Salmon et al. 2011), keyed by numpy's SeedSequence.

    Raises:
        ValueError: ``seed`` is negative.
    """
    words = [seed, *(_word(purpose) for purpose in purposes)]
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(words)))


def _word(purpose: date | str) -> int:
    # crc32 and not hash(): Python salts its hashes anew in every process.
    return purpose.toordinal() if isinstance(purpose, date) else zlib.crc32(purpose.encode())
