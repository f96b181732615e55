"""How does data flow through a state? `InputPath`, templates whose keys end in `.$`, `ResultPath`, `OutputPath`."""

from collections.abc import Callable, Mapping
from random import Random  # noqa: TID251 - the type of a stream; streams come from chance
from typing import Any

from msgspec import Struct

from eventsim_sources.json_path import PathError
from eventsim_sources.json_text import json_text
from eventsim_sources.workflow import intrinsics
from eventsim_sources.workflow.failure import DATA_LIMIT, RESULT_PATH, RUNTIME, StateFailed
from eventsim_sources.workflow.limits import DATA_BYTES_MAX
from eventsim_sources.workflow.paths import placed
from eventsim_sources.workflow.scope import Scope

_DYNAMIC = ".$"


class Luck(Struct, frozen=True):
    """What intrinsic functions draw: ids and numbers."""

    uuid: Callable[[], str]
    random: Random


def chosen(path: Any, scope: Scope) -> Any:
    """Return what `InputPath` or `OutputPath` chooses; null chooses an empty object.

    Raises:
        StateFailed: it leads nowhere.
    """
    if path is None:
        return {}
    if path == "$":
        return scope.value
    try:
        return scope.find(str(path))
    except PathError as error:
        raise StateFailed(RUNTIME, str(error)) from error


def filled(template: Any, scope: Scope, luck: Luck) -> Any:
    """Return a payload template with its dynamic fields filled in.

    Raises:
        StateFailed: a path leads nowhere, or an intrinsic function failed.
    """
    if isinstance(template, list):
        return [filled(each, scope, luck) for each in template]
    if not isinstance(template, dict):
        return template
    made: dict[str, Any] = {}
    for key, value in template.items():
        if key.endswith(_DYNAMIC):
            made[key.removesuffix(_DYNAMIC)] = _evaluated(key, value, scope, luck)
        else:
            made[key] = filled(value, scope, luck)
    return made


def _evaluated(key: str, value: Any, scope: Scope, luck: Luck) -> Any:
    text = str(value)
    try:
        if intrinsics.is_call(text):
            return intrinsics.evaluate(text, scope, luck.uuid, luck.random)
        return scope.find(text)
    except PathError as reason:
        shown = json_text(scope.value)
        cause = f"The JSONPath '{text}' specified for the field '{key}' could not be found in the input '{shown}'"
        raise StateFailed(RUNTIME, cause) from reason


def evaluated_text(field: str, text: str, scope: Scope, luck: Luck) -> Any:
    """Return the value of a field such as `SecondsPath` or `ErrorPath`: a path or a call.

    Raises:
        StateFailed: it leads nowhere.
    """
    return _evaluated(field, text, scope, luck)


def merged(raw: Any, path: Any, result: Any) -> Any:
    """Return the raw input with a result where `ResultPath` says; null drops the result.

    Raises:
        StateFailed: it does not fit there.
    """
    if path is None:
        return raw
    if path == "$":
        return result
    try:
        return placed(raw, str(path), result)
    except PathError as error:
        raise StateFailed(RESULT_PATH, str(error)) from error


def assigned(template: Mapping[str, Any], scope: Scope, luck: Luck) -> dict[str, Any]:
    """Return the variables that a state assigns.

    Raises:
        StateFailed: a path leads nowhere.
    """
    made: dict[str, Any] = filled(dict(template), scope, luck)
    return made


def check_size(value: Any, state: str, what: str) -> str:
    """Return a value as JSON text.

    Raises:
        StateFailed: it is too large to go from state to state.
    """
    text = json_text(value)
    if len(text.encode()) > DATA_BYTES_MAX:
        whose = (
            f"The state/task '{state}' returned a result with a size"
            if what == "result"
            else f"The {what} of state '{state}' has a size"
        )
        cause = f"{whose} exceeding the maximum number of bytes service limit."
        raise StateFailed(DATA_LIMIT, cause)
    return text
