"""Memory that nothing needs any more goes back to the system."""

import ctypes
import gc
from typing import Final

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""What glibc's `mallopt` knows, by its numbers."""
LARGE_BYTES: Final = 128 * 1024
"""Larger blocks, long answers above all, are mapped by themselves, and gone when they are freed.
Left to itself, glibc takes them from its heaps after the first one, where they leave holes."""
HEAPS: Final = 2
"""Left to itself, glibc gives almost every thread one of its own, each with holes of its own."""


def keep_flat() -> None:
    """Have the C library, if it is glibc, hold little more than what is in use.

    To be called before there are threads. An environment that says otherwise is overruled.
    """
    setting = getattr(ctypes.CDLL(None), "mallopt", None)
    if setting is not None:
        setting(_ARENA_MAX, HEAPS)
        setting(_MMAP_THRESHOLD, LARGE_BYTES)
        setting(_TRIM_THRESHOLD, LARGE_BYTES)


def give_back() -> None:
    """Collect garbage, and have the C library return pages that are free, where it can.

    Takes some hundredths of a second, in which all threads wait: to be called now and then. The
    collector by itself looks at what is old so seldom that months may pass (`__main__`), and pages
    between two that are in use are kept for later by glibc.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # not in every C library
    if trim is not None:
        trim(0)
