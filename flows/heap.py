"""What becomes of memory that nobody uses any more: blocks of DuckDB, objects of Python."""

from __future__ import annotations

import ctypes
import gc
from typing import Final

_M_MMAP_THRESHOLD: Final = -3
"""mallopt(3): from this size on memory is mapped alone, and unmapped when it is freed."""
_M_MMAP_MAX: Final = -4
"""mallopt(3): so many pieces are mapped alone at most."""
_BLOCK_BYTES: Final = 64 * 1024
"""A block of the build database (flows/warehouse.py); those in memory alone have 256 KiB."""
_BLOCKS_MOST: Final = 32_768
"""2 GiB of them. A process of Linux may have 65,530 mappings, and threads and libraries need some."""
_NEW_OBJECTS_PER_COLLECTION: Final = 50_000
_COLLECTIONS_PER_OLDER_ONE: Final = 20


def collect_garbage_seldom() -> None:
    """Have Python look for garbage in cycles after 50,000 new objects, not after 700; harmless when repeated.

    dbt and Great Expectations keep a million objects, and make and drop many more. To look through them again and again
    took a fifth of dbt's time in a process that lives on, and found next to nothing.
    """
    gc.set_threshold(_NEW_OBJECTS_PER_COLLECTION, _COLLECTIONS_PER_OLDER_ONE, _COLLECTIONS_PER_OLDER_ONE)


def give_freed_blocks_back() -> None:
    """Have each freed block leave the process from now on; harmless when repeated.

    glibc raises its threshold to the largest block freed so far, up to 32 MiB. From then on DuckDB's blocks come from a
    heap that small objects keep from shrinking, and a long build holds far more than DuckDB's own limit. Naming a
    threshold keeps it where it is. Other C libraries have nothing to name.
    """
    if hasattr(library := ctypes.CDLL(None), "mallopt"):
        library.mallopt(_M_MMAP_THRESHOLD, _BLOCK_BYTES)
        library.mallopt(_M_MMAP_MAX, _BLOCKS_MOST)
