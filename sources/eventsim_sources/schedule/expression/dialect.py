"""Which schedule expressions does a service read?"""

from msgspec import Struct

EXPRESSION_CHARS_MAX = 256
"""Longest expression, of a rule and of a schedule (documented)."""


class Dialect(Struct, frozen=True, kw_only=True):
    """One service's form of the language.

    Attributes:
        kinds: the words that an expression may begin with.
        is_number_checked: the unit must agree with the number: `1 minute`, `2 minutes` (recorded for rules).
    """

    kinds: tuple[str, ...]
    is_number_checked: bool


RULE = Dialect(kinds=("rate", "cron"), is_number_checked=True)
"""Rules of a bus."""

SCHEDULER = Dialect(kinds=("rate", "cron", "at"), is_number_checked=False)  # unconfirmed: never seen refused
"""EventBridge Scheduler."""
