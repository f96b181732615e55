"""When is a value of a request as a text of a policy wants it? What IAM's condition operators compare; pure."""

import base64
import binascii
import ipaddress
import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from eventsim.policy_text import Finding, Form, Lookup, every, form_of

Test = Callable[[str], Finding]
"""Tells whether one value of the request is as one text wants it."""
Read = Callable[[str, Lookup | None], Test | None]
"""Makes the test of a text; None if a variable of it has no value."""

_ARN_PARTS: Final = 6
_EPOCH: Final = re.compile(r"-?\d+(\.\d+)?")
_MONTH: Final = re.compile(r"\d{4}-\d\d")


class Comparison(Struct, frozen=True):
    """What an operator compares.

    Attributes:
        read: makes the tests of its texts.
        is_negated: holds where none of its texts is met.
    """

    read: Read
    is_negated: bool = False


def _string(text: str, variables: Lookup | None) -> Test | None:
    form = form_of(text, variables, is_wild=False)
    return None if form is None else form.fits


def _string_but_for_case(text: str, variables: Lookup | None) -> Test | None:
    form = form_of(text, variables, is_wild=False)
    if form is None:
        return None
    small = Form(form.pattern.lower(), form.is_certain)
    return lambda value: small.fits(value.lower())


def _like(text: str, variables: Lookup | None) -> Test | None:
    form = form_of(text, variables, is_wild=True)
    return None if form is None else form.fits


def _arn(text: str, variables: Lookup | None) -> Test | None:
    """Each of an ARN's six parts is compared for itself (documented); what is no ARN is compared as a whole."""
    form = form_of(text, variables, is_wild=True)
    if form is None:
        return None
    parts = [Form(part, form.is_certain) for part in _parts(form.pattern)]
    if len(parts) < _ARN_PARTS:
        return form.fits

    def is_met(value: str) -> Finding:
        given = _parts(value)
        return len(given) == len(parts) and every(part.fits(each) for part, each in zip(parts, given, strict=True))

    return is_met


def _parts(arn: str) -> list[str]:
    return arn.split(":", _ARN_PARTS - 1)


def _boolean(text: str, _: Lookup | None) -> Test:
    return lambda value: text.lower() in ("true", "false") and value.lower() == text.lower()


def _binary(text: str, _: Lookup | None) -> Test:
    wanted = _bytes(text)
    return lambda value: wanted is not None and _bytes(value) == wanted


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _address(text: str, _: Lookup | None) -> Test:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return lambda _value: False

    def is_met(value: str) -> Finding:
        try:
            return ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return is_met


def _ordered(parse: Callable[[str], Decimal | None], compare: Callable[[Decimal, Decimal], bool]) -> Read:
    """Return what compares what texts mean; what means nothing meets nothing."""

    def read(text: str, _: Lookup | None) -> Test:
        wanted = parse(text)

        def is_met(value: str) -> Finding:
            given = parse(value)
            return wanted is not None and given is not None and compare(given, wanted)

        return is_met

    return read


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _date(text: str) -> Decimal | None:
    """Return the seconds since 1970 of a date of ISO 8601 (in UTC unless it says otherwise), or of such seconds."""
    if _EPOCH.fullmatch(text):
        return _number(text)
    try:
        moment = datetime.fromisoformat(f"{text}-01" if _MONTH.fullmatch(text) else text)
    except ValueError:
        return None
    return Decimal(str((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()))


_ORDERS: Final[Mapping[str, tuple[Callable[[Any, Any], bool], bool]]] = {
    "Equals": (operator.eq, False),
    "NotEquals": (operator.eq, True),
    "LessThan": (operator.lt, False),
    "LessThanEquals": (operator.le, False),
    "GreaterThan": (operator.gt, False),
    "GreaterThanEquals": (operator.ge, False),
}


def _orders(kind: str, parse: Callable[[str], Decimal | None]) -> Mapping[str, Comparison]:
    return {
        f"{kind}{name}": Comparison(_ordered(parse, compare), is_negated)
        for name, (compare, is_negated) in _ORDERS.items()
    }


COMPARISONS: Final[Mapping[str, Comparison]] = MappingProxyType(
    {
        "StringEquals": Comparison(_string),
        "StringNotEquals": Comparison(_string, is_negated=True),
        "StringEqualsIgnoreCase": Comparison(_string_but_for_case),
        "StringNotEqualsIgnoreCase": Comparison(_string_but_for_case, is_negated=True),
        "StringLike": Comparison(_like),
        "StringNotLike": Comparison(_like, is_negated=True),
        **_orders("Numeric", _number),
        **_orders("Date", _date),
        "Bool": Comparison(_boolean),
        "BinaryEquals": Comparison(_binary),
        "IpAddress": Comparison(_address),
        "NotIpAddress": Comparison(_address, is_negated=True),
        "ArnEquals": Comparison(_arn),
        "ArnNotEquals": Comparison(_arn, is_negated=True),
        "ArnLike": Comparison(_arn),
        "ArnNotLike": Comparison(_arn, is_negated=True),
    }
)
"""All operators but `Null`, which compares nothing."""
