"""What becomes of a process whose parent has ended? It ends with it, even while stopped or busy."""

import ctypes
import signal
import sys

_SET_PARENT_DEATH_SIGNAL = 1
"""Linux's `PR_SET_PDEATHSIG`."""


def die_with_parent() -> None:
    """Be killed with the parent; elsewhere than on Linux the closed socket to it must do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
