"""How results become JSON: as awslambdaric and its simplejson do it."""

from collections import namedtuple
from decimal import Decimal
from typing import Any

import pytest

from eventsim.environment.error_object import ErrorObject, Fault
from eventsim.environment.marshaller import Marshaller

Point = namedtuple("Point", "x y")

RESULTS: dict[str, tuple[Any, str]] = {
    "none": (None, "null"),
    "text": ("a", '"a"'),
    "object": ({"statusCode": 200, "ok": True}, '{"statusCode": 200, "ok": true}'),
    "decimal": ({"price": Decimal("1.10")}, '{"price": 1.10}'),
    "large decimal": ([Decimal("12345678901234567890.123")], "[12345678901234567890.123]"),
    "decimal that is no number": (Decimal("NaN"), "NaN"),
    "nan": (float("nan"), "NaN"),
    "infinity": ([float("-inf")], "[-Infinity]"),
    "number as key": ({2: "a", None: "b", True: "c"}, '{"2": "a", "null": "b", "true": "c"}'),
    "tuple": ((1, 2), "[1, 2]"),
    "named tuple": ({"at": [Point(1, 2)]}, '{"at": [{"x": 1, "y": 2}]}'),
    "bytes inside": ({"a": b"x"}, '{"a": "x"}'),
    "bytes": (b'{"raw": 1}', '{"raw": 1}'),
    "control characters": ("a\u0000b\n", '"a\\u0000b\\n"'),
    "not ASCII": ("é€", '"é€"'),
}


@pytest.mark.parametrize(("result", "text"), RESULTS.values(), ids=RESULTS)
def test_a_result_becomes_json(result: Any, text: str) -> None:
    """Decimals digit by digit, NaN let through, named tuples as objects, spaces after `,` and `:`."""
    assert Marshaller("python3.12").encode(result) == text


def test_older_runtimes_escape_what_is_not_ascii() -> None:
    """Up to python3.11 (recorded); 3.9 is older than 3.12."""
    assert [Marshaller(runtime).encode("é") for runtime in ("python3.9", "python3.11")] == ['"\\u00e9"'] * 2


def test_half_of_a_surrogate_pair_is_escaped() -> None:
    """It has no bytes in UTF-8; escaped it can travel."""
    assert Marshaller("python3.12").encode("é\ud800") == '"\\u00e9\\ud800"'


def test_what_fails_once_does_not_harm_the_next() -> None:
    """A circle leaves nothing behind."""
    circle: list[Any] = []
    circle.append(circle)
    marshaller = Marshaller("python3.12")

    with pytest.raises(Fault, match="Unable to marshal response: Circular reference detected"):
        marshaller.encode(circle)

    circle.clear()
    assert marshaller.encode(circle) == "[]"


def test_an_error_has_its_members_in_order() -> None:
    """Message, type, request id, stack trace (recorded)."""
    error = ErrorObject(error_type="KeyError", message="'a'", request_id="1")

    assert Marshaller("python3.12").error_payload(error) == (
        '{"errorMessage": "\'a\'", "errorType": "KeyError", "requestId": "1", "stackTrace": []}'
    )
