"""What do intrinsic functions give? `States.Format('{} of {}', $.done, States.ArrayLength($.all))`."""

import base64
import hashlib
import math
import re
from collections.abc import Callable, Mapping
from random import Random  # noqa: TID251 - the type of a stream; streams come from chance
from typing import Any

from eventsim import json_fault, load_json
from eventsim_sources.json_path import PathError
from eventsim_sources.json_text import json_text
from eventsim_sources.workflow.failure import INTRINSIC, RUNTIME, StateFailed
from eventsim_sources.workflow.limits import ARRAY_LENGTH_MAX, INTRINSIC_CHARACTERS_MAX
from eventsim_sources.workflow.scope import Scope

_CALL = re.compile(r"\s*(States\.\w+)\s*\(")
_TEXT = re.compile(r"\s*'((?:[^'\\]|\\.)*)'", re.DOTALL)
_LITERAL = re.compile(r"\s*(true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=\s*[,)])")
_PATH = re.compile(r"\s*(\$(?:'(?:[^'\\]|\\.)*'|\[[^\]]*\]|[^,()\s\[])*(?:\(\))?)")
_NESTED_MAX = 10
_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def is_call(text: str) -> bool:
    """Tell whether the value of a field ending in `.$` is a call of an intrinsic function."""
    return text.startswith("States.")


def evaluate(text: str, scope: Scope, uuid: Callable[[], str], luck: Random) -> Any:
    """Return what a call gives.

    Args:
        uuid: gives `States.UUID`.
        luck: gives `States.MathRandom` where it has no seed of its own.

    Raises:
        StateFailed: `States.IntrinsicFailure`; `States.Runtime` where a path in it leads nowhere.
    """
    try:
        value, end = _call(text, 0, scope, {**_PLAIN, "States.UUID": uuid, **_of_luck(luck)}, 0)
        if text[end:].strip():
            raise _failed(f"cannot read it from position {end}")
    except StateFailed as failure:
        cause = f"The function '{text}' had the following error: {failure.cause}"
        raise StateFailed(failure.error, cause) from failure
    return value


def _call(text: str, at: int, scope: Scope, functions: Mapping[str, Callable[..., Any]], depth: int) -> tuple[Any, int]:
    head = _CALL.match(text, at)
    if head is None or depth > _NESTED_MAX:
        raise _failed("it nests too deeply, or is no call")
    function = functions.get(head[1])
    if function is None:
        raise _failed(f"there is no function {head[1]}")
    at, given = head.end(), []
    while True:
        if text[at:].lstrip().startswith(")"):
            at = text.index(")", at) + 1
            break
        value, at = _argument(text, at, scope, functions, depth)
        given.append(value)
        rest = text[at:].lstrip()
        if not rest.startswith((",", ")")):
            raise _failed(f"cannot read it from position {at}")
        at = text.index(rest[0], at) + (rest[0] == ",")
    try:
        return function(*given), at
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise _failed(f"{head[1]}: {error}") from error


def _argument(
    text: str, at: int, scope: Scope, functions: Mapping[str, Callable[..., Any]], depth: int
) -> tuple[Any, int]:
    quoted = _TEXT.match(text, at)
    if quoted is not None:
        return _Text(quoted[1]), quoted.end()
    literal = _LITERAL.match(text, at)
    if literal is not None:
        return load_json(literal[1]), literal.end()
    if _CALL.match(text, at) is not None:
        return _call(text, at, scope, functions, depth + 1)
    path = _PATH.match(text, at)
    if path is None:
        raise _failed(f"cannot read it from position {at}")
    try:
        return scope.find(path[1]), path.end()
    except PathError as error:
        reason = f"The JsonPath argument for the field '{path[1]}' could not be found in the input"
        raise StateFailed(RUNTIME, f"{reason} '{json_text(scope.value)}'") from error


class _Text(str):
    """A quoted argument; a backslash takes the next character as it is."""

    __slots__ = ("template",)

    template: str

    def __new__(cls, quoted: str) -> "_Text":
        text = super().__new__(cls, re.sub(r"\\(.)", r"\1", quoted))
        text.template = quoted
        return text


def _failed(reason: str) -> StateFailed:
    return StateFailed(INTRINSIC, reason)


# --- the functions -------------------------------------------------------------------------------------------


def _format(template: str, *values: Any) -> str:
    pieces = re.split(r"((?<!\\)\{\})", getattr(template, "template", template))
    if pieces.count("{}") != len(values):
        raise ValueError(f"{pieces.count('{}')} pairs of braces, {len(values)} values")
    given = iter(values)
    return "".join(_shown(next(given)) if piece == "{}" else re.sub(r"\\(.)", r"\1", piece) for piece in pieces)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json_text(value)


def _parsed(text: str) -> Any:
    _check_text(text)
    fault = json_fault(text)
    if fault:
        raise ValueError(fault)
    return load_json(text)


def _partition(array: list[Any], size: float) -> list[list[Any]]:
    _check_list(array)
    length = _whole(size)
    if length < 1:
        raise ValueError("the size of a part is at least 1")
    return [array[at : at + length] for at in range(0, len(array), length)]


def _range(first: float, last: float, step: float) -> list[int]:
    by = _whole(step)
    if not by:
        raise ValueError("the step must not be 0")
    made = range(_whole(first), _whole(last) + (1 if by > 0 else -1), by)
    if len(made) > ARRAY_LENGTH_MAX:
        raise ValueError(f"more than {ARRAY_LENGTH_MAX} elements")
    return list(made)


def _item(array: list[Any], index: int) -> Any:
    _check_list(array)
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(array):
        raise ValueError(f"there is no element {index}")
    return array[index]


def _length(array: list[Any]) -> int:
    _check_list(array)
    return len(array)


def _contains(array: list[Any], value: Any) -> bool:
    _check_list(array)
    return any(each == value and isinstance(each, bool) == isinstance(value, bool) for each in array)


def _unique(array: list[Any]) -> list[Any]:
    _check_list(array)
    return list({json_text(each): each for each in array}.values())


def _check_list(value: Any) -> None:
    if not isinstance(value, list):
        raise TypeError("an array is wanted")


def _check_text(value: Any) -> None:
    if not isinstance(value, str):
        raise TypeError("a text is wanted")


def _whole(value: Any) -> int:
    """Return the whole number that is nearest (documented)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a number is wanted")
    return math.floor(value + 0.5) if isinstance(value, float) else value


def _encode(text: str) -> str:
    _check_length(text)
    return base64.b64encode(text.encode()).decode()


def _decode(text: str) -> str:
    _check_length(text)
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError as error:
        raise ValueError("this is no text in Base64") from error


def _hash(value: Any, algorithm: str) -> str:
    text = _shown(value)
    _check_length(text)
    if algorithm not in _HASHES:
        raise ValueError(f"there is no algorithm {algorithm}; there are {', '.join(_HASHES)}")
    return hashlib.new(_HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def _check_length(text: str) -> None:
    _check_text(text)
    if len(text) > INTRINSIC_CHARACTERS_MAX:
        raise ValueError(f"more than {INTRINSIC_CHARACTERS_MAX} characters")


def _merge(first: dict[str, Any], second: dict[str, Any], deep: bool) -> dict[str, Any]:
    if deep is not False:
        raise ValueError("only a shallow merge is supported; the third argument must be false")
    if not isinstance(first, dict) or not isinstance(second, dict):
        raise TypeError("two objects are wanted")
    return {**first, **second}


def _add(first: float, second: float) -> int:
    return _whole(first) + _whole(second)


def _split(text: str, delimiters: str) -> list[str]:
    _check_text(text)
    _check_text(delimiters)
    return [part for part in re.split(f"[{re.escape(delimiters)}]", text) if part]


def _of_luck(luck: Random) -> dict[str, Callable[..., Any]]:
    def random(first: float, last: float, seed: float | None = None) -> int:
        least, end = _whole(first), _whole(last)
        if least >= end:
            raise ValueError("the first number must be less than the second")
        own = luck if seed is None else type(luck)(_whole(seed))
        return own.randrange(least, end)

    return {"States.MathRandom": random}


_PLAIN: Mapping[str, Callable[..., Any]] = {
    "States.Format": _format,
    "States.StringToJson": _parsed,
    "States.JsonToString": json_text,
    "States.Array": lambda *values: list(values),
    "States.ArrayPartition": _partition,
    "States.ArrayContains": _contains,
    "States.ArrayRange": _range,
    "States.ArrayGetItem": _item,
    "States.ArrayLength": _length,
    "States.ArrayUnique": _unique,
    "States.Base64Encode": _encode,
    "States.Base64Decode": _decode,
    "States.Hash": _hash,
    "States.JsonMerge": _merge,
    "States.MathAdd": _add,
    "States.StringSplit": _split,
}
FUNCTIONS = frozenset({*_PLAIN, "States.MathRandom", "States.UUID"})
"""The names of all functions."""
