"""AWS's numbers for EventBridge Scheduler, with units (documented)."""

from typing import Final

WINDOW_MIN_MAX: Final = 1_440  # of a flexible time window, in minutes
INPUT_BYTES_MAX: Final = 262_144
PAGE_MAX: Final = 100

SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
