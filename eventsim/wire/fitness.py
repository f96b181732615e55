"""Does a value meet every constraint of its shape? The quick answer; `validate` tells which one it does not meet.

Calls are checked far more often than they are refused, so each shape has a test that says yes or no and builds nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from eventsim.wire.models import Shape
from eventsim.wire.pattern import fits

Test = Callable[[Any], bool]

_NUMBERS = ("integer", "long", "float", "double")


def test_of(shape: Shape) -> Test:
    """Return the test of a shape; it is made once."""
    test: Test | None = shape.test
    if test is None:
        test = shape.test = _make(shape)
    return test


def _make(shape: Shape) -> Test:
    match shape.kind:
        case "structure" if not shape.is_document and not shape.is_event_stream:
            return _structure(shape)
        case "string":
            return _string(shape)
        case kind if kind in _NUMBERS:
            return _bounded(shape, lambda value: value)
        case "list":
            return _both(_bounded(shape, len), _elements(shape.member))
        case "map":
            return _both(_both(_bounded(shape, len), _values(shape.value)), _keys(shape))
        case "blob":
            return _bounded(shape, lambda value: len(value) if isinstance(value, bytes) else None)
        case _:
            return _always


def _always(_: Any) -> bool:
    return True


def _both(first: Test, second: Test | None) -> Test:
    if second is None:
        return first
    return second if first is _always else lambda value: first(value) and second(value)


def _structure(shape: Shape) -> Test:
    """Return the test of a structure; those of its members are made for the first value: it may hold itself."""
    required = shape.required
    constrained = {name: each for name, each in shape.members.items() if each.is_constrained}
    tests: dict[str, Test] = {}

    def test(values: Mapping[str, Any]) -> bool:
        for name in required:
            if values.get(name) is None:
                return False
        for name, value in values.items():
            if value is not None:
                of_member = tests.get(name)
                if of_member is None:
                    if name not in constrained:
                        continue
                    of_member = tests[name] = test_of(constrained[name])
                if not of_member(value):
                    return False
        return True

    return test


def _elements(shape: Shape) -> Test | None:
    if not shape.is_constrained:
        return lambda values: None not in values
    of_element = test_of(shape)
    return lambda values: all(value is not None and of_element(value) for value in values)


def _values(shape: Shape) -> Test | None:
    if not shape.is_constrained:
        return lambda values: all(value is not None for value in values.values())
    of_value = test_of(shape)
    return lambda values: all(value is not None and of_value(value) for value in values.values())


def _keys(shape: Shape) -> Test | None:
    if not shape.has_limited_keys:
        return None
    of_key = test_of(shape.key)
    return lambda values: all(of_key(key) for key in values)


def _bounded(shape: Shape, size_of: Callable[[Any], float | None]) -> Test:
    least, most = shape.minimum, shape.maximum
    if least is None and most is None:
        return _always

    def test(value: Any) -> bool:
        size = size_of(value)
        return size is None or ((least is None or size >= least) and (most is None or size <= most))

    return test


def _string(shape: Shape) -> Test:
    values, pattern = frozenset(shape.enum), shape.pattern
    of_size = _bounded(shape, _units)
    if not values and not pattern:
        return of_size

    def test(value: Any) -> bool:
        if values and value not in values:
            return False
        return of_size(value) and (not pattern or not isinstance(value, str) or fits(pattern, value))

    return test


def _units(text: Any) -> int | None:
    """Return the length of a text in UTF-16 units, as Java counts."""
    if not isinstance(text, str):
        return None
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
