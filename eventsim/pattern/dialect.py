"""Which event-pattern language does a service speak?

All speak one language, whose engine AWS has published; what differs between them is written here as data.
"""

import enum

import msgspec

_OPERATORS = frozenset(
    {"anything-but", "cidr", "equals-ignore-case", "exactly", "exists", "numeric", "prefix", "suffix", "wildcard"}
)

POLLER_PATTERN_CHARS_MAX = 4_096
"""Longest pattern of a mapping's filter (documented)."""
POLLER_FILTERS_MAX = 5
"""Filters of one mapping (documented; AWS raises it to 10 on request)."""
TOPIC_KEYS_MAX = 5
"""Keys of a filter policy; nested ones count once, through their parent (recorded)."""
TOPIC_COMBINATIONS_MAX = 150
"""Product of a filter policy's value counts, each multiplied by its depth (recorded)."""


class Reading(enum.Enum):
    """How an event is given."""

    DOCUMENT = "a JSON object"
    ATTRIBUTES = "message attributes, as they were published"


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """One service's form of the pattern language.

    Attributes:
        operators: what may stand in `{"operator": argument}`.
        anything_but: the operators that `anything-but` may contain.
        ignores_case_inside: `prefix` and `suffix` may contain `equals-ignore-case`.
        compares_number_text: the numbers 300 and 300.0 differ.
        is_empty_allowed: the pattern `{}` is legal and matches everything.
        is_nesting_allowed: keys may lead to further keys.
        keys_max, combinations_max: bounds on the size of a pattern, None for no bound.
        message: AWS's words for a bad pattern; `{}` stands for the reason.
        json_message: the same where the pattern is not JSON at all.
    """

    name: str
    reading: Reading = Reading.DOCUMENT
    operators: frozenset[str] = _OPERATORS
    anything_but: frozenset[str] = frozenset({"prefix", "suffix", "equals-ignore-case", "wildcard"})
    ignores_case_inside: bool = True
    compares_number_text: bool = False
    is_empty_allowed: bool = False
    is_nesting_allowed: bool = True
    keys_max: int | None = None
    combinations_max: int | None = None
    message: str
    json_message: str


BUS = Dialect(
    name="event bus",
    message="Event pattern is not valid. Reason: {}",
    json_message="Event pattern is not valid. Reason: {}",
)

POLLER = Dialect(
    name="event source mapping",
    compares_number_text=True,  # documented: "300, 300.0 and 3.0e2 are not equal"
    message="Invalid filter pattern definition.",  # recorded: the reason is not told
    json_message="Invalid filter pattern definition.",
)

TOPIC_BODY = Dialect(
    name="topic subscription, message body",
    operators=_OPERATORS - {"wildcard", "exactly"},  # unconfirmed
    anything_but=frozenset({"prefix"}),  # recorded in 2024; may have widened since
    ignores_case_inside=False,
    is_empty_allowed=True,
    keys_max=TOPIC_KEYS_MAX,
    combinations_max=TOPIC_COMBINATIONS_MAX,
    message="FilterPolicy: {}",
    json_message="FilterPolicy: failed to parse JSON. {}",
)

TOPIC_ATTRIBUTES = msgspec.structs.replace(
    TOPIC_BODY,
    name="topic subscription, message attributes",
    reading=Reading.ATTRIBUTES,
    is_nesting_allowed=False,
)
