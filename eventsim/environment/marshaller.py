"""How does a result become JSON? As AWS's runtime does it: simplejson's manners, from python3.12 on without escapes."""

import decimal
import json
import json.encoder
import math
import re
from collections.abc import Callable, Iterable
from typing import Any

from eventsim.environment.error_object import ErrorObject, Fault
from eventsim.function.runtime import RUNTIMES_WITH_ESCAPES

_DECIMAL = re.compile(r'"\\u0000decimal (.*?)\\u0000"')


class Marshaller:
    """Puts the results and errors of one runtime into JSON."""

    def __init__(self, runtime: str) -> None:
        self._encode = _encoder(is_ascii=runtime in RUNTIMES_WITH_ESCAPES)

    def encode(self, value: Any) -> str:
        """Return a handler's result as JSON text.

        Raises:
            Fault: it cannot be put into JSON.
        """
        if value is None:
            return "null"
        if isinstance(value, bytes):
            return value.decode("utf-8", "replace")
        try:
            text = self._encode(_with_objects(value) if _has_named_tuple(value) else value)
        except RecursionError:
            raise Fault("Runtime.MarshalError", "Unable to marshal response: Circular reference detected") from None
        except Exception as error:  # noqa: BLE001 - user code may run in here, and the runtime catches all the same
            raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from None
        return _DECIMAL.sub(r"\1", text) if "\\u0000decimal " in text else text

    def error_payload(self, error: ErrorObject) -> str:
        """Return the payload that reports an error, its members in AWS's order."""
        members = {
            "errorMessage": error.message,
            "errorType": error.error_type,
            "requestId": error.request_id,
            "stackTrace": error.stack_trace,
        }
        return self._encode(members)


def _encoder(*, is_ascii: bool) -> Callable[[object], str]:
    """Return an encoder made once: `json.dumps` makes a new one for each call, which costs as much again."""
    quote = json.encoder.encode_basestring_ascii if is_ascii else json.encoder.encode_basestring
    encode = json.encoder.c_make_encoder(None, _default, quote, None, ": ", ", ", False, False, True)  # type: ignore[attr-defined]

    def text_of(value: object) -> str:
        text = "".join(encode(value, 0))
        if not text.isascii() and not is_ascii:
            try:
                text.encode()
            except UnicodeEncodeError:  # half of a surrogate pair has no bytes; escaped it has (unconfirmed)
                return _encoder(is_ascii=True)(value)
        return text

    return text_of


def _default(value: object) -> object:
    """Encode what JSON has no word for: decimals digit by digit, bytes as text."""
    if isinstance(value, decimal.Decimal):
        return math.nan if value.is_nan() else f"\0decimal {value}\0"
    if isinstance(value, bytes):
        return value.decode()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _with_objects(value: Any) -> Any:
    """Return a copy with objects in place of named tuples, as simplejson writes them."""
    if isinstance(value, dict):
        return {key: _with_objects(inner) for key, inner in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _with_objects(value._asdict())
    if isinstance(value, list | tuple):
        return [_with_objects(inner) for inner in value]
    return value


def _has_named_tuple(value: Any) -> bool:
    if isinstance(value, dict):
        inners: Iterable[Any] = value.values()
    elif isinstance(value, list | tuple):
        if hasattr(value, "_asdict"):
            return True
        inners = value
    else:
        return False
    for inner in inners:  # noqa: SIM110 - `any` over a generator costs a microsecond more
        if type(inner) not in _ATOMS and _has_named_tuple(inner):
            return True
    return False


_ATOMS = frozenset({str, int, float, bool, type(None)})
