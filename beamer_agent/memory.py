"""Memory that nothing needs any more goes back to the system."""

import ctypes
import gc


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
