"""What a step frees stays with the process, for the next step.

glibc hands free memory at the end of its heap back to the system at once, and gets it again page by page, each cleared
first: in training that takes as long as the arithmetic. Other C libraries are left alone.
"""

from __future__ import annotations

import ctypes
import sys

# From malloc.h. An array above the threshold of `mmap` is never kept; 32 MiB is the most that glibc takes.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_NEVER, _LARGEST_ARRAY, _OTHERWISE = 2**31 - 1, 32 << 20, 64 << 20

_mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
_keeps = False


def keep() -> None:
    """From now on, freed memory is kept."""
    _set(True)


def release() -> None:
    """From now on, it goes back to the system as soon as there are 64 MiB of it, what was kept included."""
    _set(False)


def _set(keeps: bool) -> None:
    global _keeps
    if _mallopt is None or keeps == _keeps:
        return
    _keeps = keeps
    _mallopt(_MMAP_THRESHOLD, _LARGEST_ARRAY)
    _mallopt(_TRIM_THRESHOLD, _NEVER if keeps else _OTHERWISE)
