"""What becomes of memory that DuckDB has let go of."""

from __future__ import annotations

import ctypes
from typing import Final

_M_MMAP_THRESHOLD: Final = -3
"""mallopt(3): from this size on memory is mapped alone, and unmapped when it is freed."""
_THRESHOLD_BYTES: Final = 128 * 1024
"""What glibc begins with; DuckDB's blocks are 256 KiB."""


def give_freed_blocks_back() -> None:
    """Have each freed block leave the process from now on; harmless when repeated.

    glibc raises its threshold to the largest block freed so far, up to 32 MiB. From then on DuckDB's blocks come from a
    heap that small objects keep from shrinking, and a long build holds far more than DuckDB's own limit. Naming a
    threshold keeps it where it is. Other C libraries have nothing to name.
    """
    if hasattr(library := ctypes.CDLL(None), "mallopt"):
        library.mallopt(_M_MMAP_THRESHOLD, _THRESHOLD_BYTES)
