"""Where does a list go on? Tokens that are good for five minutes."""

import base64
import binascii
from typing import Any, TypeVar

import msgspec

from eventsim import ApiError, Clock
from eventsim_sources.stream import errors
from eventsim_sources.stream.limits import TOKEN_AGE_MAX_US

T = TypeVar("T")


def write(clock: Clock, content: msgspec.Struct) -> str:
    """Return the token of some content."""
    return base64.urlsafe_b64encode(msgspec.json.encode([clock.epoch_ms(), content])).decode()


def read(clock: Clock, token: str, kind: type[T]) -> T:
    """Return the content of a token.

    Raises:
        ApiError: it is none, or too old.
    """
    try:
        issued_ms, content = msgspec.json.decode(base64.urlsafe_b64decode(token), type=tuple[int, Any])
        known = msgspec.convert(content, kind)
    except (binascii.Error, msgspec.MsgspecError, ValueError):
        raise _invalid() from None
    if clock.epoch_ms() - issued_ms > TOKEN_AGE_MAX_US // 1_000:
        raise errors.token_expired()
    return known


def _invalid() -> ApiError:
    return errors.argument_invalid("NextToken is invalid.")
