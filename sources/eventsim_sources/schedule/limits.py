"""AWS's numbers for EventBridge Scheduler, with units (documented)."""

from typing import Final

RETRIES_MAX: Final = 185  # and so by default
AGE_MIN_S: Final = 60
AGE_MAX_S: Final = 86_400  # and so by default
WINDOW_MIN_MAX: Final = 1_440  # of a flexible time window, in minutes
INPUT_BYTES_MAX: Final = 262_144
RETRY_DELAY_MAX_US: Final = 600_000_000  # AWS publishes no curve: a draw from 0 to 2ⁿ s, at most so much (ours)
PAGE_MAX: Final = 100

SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
