"""Freed blocks leave the process, also after a large one was freed; garbage in cycles is looked for seldom."""

import gc
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from flows.heap import collect_garbage_seldom

PROJECT = Path(__file__).resolve().parents[3]
FREED_BETWEEN_SMALL_OBJECTS = """
import ctypes, psutil, sys
from flows.heap import give_freed_blocks_back

library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
library.free.argtypes = [ctypes.c_void_p]

def block(size):
    address = library.malloc(ctypes.c_size_t(size))
    ctypes.memset(address, 1, size)
    return address

if sys.argv[1] == "given back":
    give_freed_blocks_back()
library.free(block(30_000_000))
blocks_and_small_objects = [(block(65_536), block(5_000)) for _ in range(1_600)]
for address, _ in blocks_and_small_objects:
    library.free(address)
print(psutil.Process().memory_info().rss)
"""


def held_bytes(what):
    """Memory of a process that has freed 105 MB in blocks of DuckDB's size."""
    command = [sys.executable, "-c", FREED_BETWEEN_SMALL_OBJECTS, what]
    return int(subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps them")
def test_freed_blocks_leave_the_process():
    assert held_bytes("given back") + 90_000_000 < held_bytes("kept")


def test_garbage_is_looked_for_seldom():
    """Given what a test run keeps, when 40,000 objects are made, then all of it is looked through once at most."""
    collect_garbage_seldom()
    before = sum(generation["collections"] for generation in gc.get_stats())

    made = [[] for _ in range(40_000)]

    assert len(made) == 40_000
    assert sum(generation["collections"] for generation in gc.get_stats()) - before <= 1
