"""AWS's numbers for buses, with units."""

from typing import Final

ENTRIES_BYTES_MAX: Final = 1_048_576  # of all entries of one PutEvents together (documented; 262,144 until 2025)
TIME_BYTES: Final = 14  # what a Time counts in the size of an entry (documented)
DETAIL_TYPE_CHARS_MAX: Final = 128  # (documented; that a longer one is an entry's error is unconfirmed)
PATTERN_CHARS_MAX: Final = 2_048  # of a rule's pattern, by default quota (documented)
TARGETS_MAX: Final = 5  # of one rule (recorded)
TARGETS_PER_CALL_MAX: Final = 10  # of one PutTargets and one RemoveTargets (documented)
PAGE_MAX: Final = 100  # items of one page of a list, and the number given by default (documented)
POLICY_BYTES_MAX: Final = 10_240  # of the policy of a bus (documented)


INPUT_PATHS_MAX: Final = 100  # names of an input transformer (documented)
PATTERN_OF_ARCHIVE_CHARS_MAX: Final = 4_096  # (documented)
REPLAYS_ACTIVE_MAX: Final = 10  # (recorded)
REPLAY_START_US: Final = 1_000_000  # how long a replay is STARTING: AWS says minutes, no number (ours)
REPLAY_STEP_US: Final = 100_000  # from one minute of events to the next (ours)

RATE_MAX: Final = 300  # calls of an API destination a second, and so by default (documented)
HOPS_MAX: Final = 10  # buses that an event may come over, so that a ring of them ends (ours)
RETRY_AFTER_S_MAX: Final = 86_400  # so long an endpoint may ask to be left alone (unconfirmed)
HTTP_TIMEOUT_S: Final = 5  # how long an API destination may take (documented)

NAME: Final = r"[\.\-_A-Za-z0-9]+"

SECOND_US: Final = 1_000_000
DAY_US: Final = 86_400 * SECOND_US
