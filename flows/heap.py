"""What becomes of memory that nobody uses any more: blocks of DuckDB, objects of Python."""

from __future__ import annotations

import ctypes
import gc
from typing import Final

_M_MMAP_THRESHOLD: Final = -3
"""mallopt(3): from this size on memory is mapped alone, and unmapped when it is freed."""
_THRESHOLD_BYTES: Final = 128 * 1024
"""What glibc begins with; DuckDB's blocks are 256 KiB."""
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
        library.mallopt(_M_MMAP_THRESHOLD, _THRESHOLD_BYTES)
