"""What does a schedule expression say?"""

import re
from typing import TypeAlias

from eventsim_sources.schedule.expression.at import At, parse_at
from eventsim_sources.schedule.expression.cron import Cron
from eventsim_sources.schedule.expression.cron_fields import parse_cron
from eventsim_sources.schedule.expression.dialect import EXPRESSION_CHARS_MAX, Dialect
from eventsim_sources.schedule.expression.fault import ExpressionError
from eventsim_sources.schedule.expression.rate import Rate, parse_rate

Expression: TypeAlias = Rate | Cron | At
"""What fires: `next_after(instant, zone)` gives the first instant after another, or None if there is none."""

_FORM = re.compile(r"([a-z]+)\((.*)\)", re.ASCII | re.DOTALL)


def parse_expression(text: str, *, dialect: Dialect) -> Expression:
    """Read a schedule expression.

    Raises:
        ExpressionError: the dialect does not know it.
    """
    if len(text) > EXPRESSION_CHARS_MAX:
        raise ExpressionError(f"an expression has at most {EXPRESSION_CHARS_MAX} characters, not {len(text)}")
    form = _FORM.fullmatch(text)
    if form is None or form[1] not in dialect.kinds:
        kinds = " or ".join(f"`{kind}(…)`" for kind in dialect.kinds)
        raise ExpressionError(f"{text!r} is not {kinds}, in lower case and without blanks around it")
    kind, inner = form[1], form[2]
    if kind == "rate":
        return parse_rate(inner, is_number_checked=dialect.is_number_checked)
    return parse_at(inner) if kind == "at" else parse_cron(inner)
