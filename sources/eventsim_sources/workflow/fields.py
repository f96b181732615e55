"""Which fields may a state have, and what may stand in them? Said as pairs of what is wrong, and where in the state."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from eventsim_sources.json_path import PathError, parse_path
from eventsim_sources.workflow import query
from eventsim_sources.workflow.choice import timestamp
from eventsim_sources.workflow.intrinsics import FUNCTIONS

Fault = tuple[str, str]

_OF_ALL = "Type Comment QueryLanguage"
_ON = "Next End Assign"
_PATHS = "InputPath OutputPath"
_HANDLERS = "Retry Catch"
_OF_MAP = (
    "ItemProcessor Iterator ItemSelector ItemReader ItemBatcher ResultWriter Label MaxConcurrency "
    "ToleratedFailureCount ToleratedFailurePercentage"
)
_FIELDS: Mapping[str, Mapping[str, str]] = {
    "JSONPath": {
        "Pass": f"{_ON} {_PATHS} Parameters Result ResultPath",
        "Task": f"{_ON} {_PATHS} {_HANDLERS} Parameters ResultSelector ResultPath Resource Credentials TimeoutSeconds "
        "TimeoutSecondsPath HeartbeatSeconds HeartbeatSecondsPath",
        "Choice": f"{_PATHS} Assign Choices Default",
        "Wait": f"{_ON} {_PATHS} Seconds SecondsPath Timestamp TimestampPath",
        "Succeed": _PATHS,
        "Fail": "Error ErrorPath Cause CausePath",
        "Parallel": f"{_ON} {_PATHS} {_HANDLERS} Branches Parameters ResultSelector ResultPath",
        "Map": f"{_ON} {_PATHS} {_HANDLERS} {_OF_MAP} Parameters ResultSelector ResultPath ItemsPath "
        "MaxConcurrencyPath ToleratedFailureCountPath ToleratedFailurePercentagePath",
    },
    "JSONata": {
        "Pass": f"{_ON} Output",
        "Task": f"{_ON} {_HANDLERS} Output Arguments Resource Credentials TimeoutSeconds HeartbeatSeconds",
        "Choice": "Assign Output Choices Default",
        "Wait": f"{_ON} Output Seconds Timestamp",
        "Succeed": "Output",
        "Fail": "Error Cause",
        "Parallel": f"{_ON} {_HANDLERS} Output Branches Arguments",
        "Map": f"{_ON} {_HANDLERS} {_OF_MAP} Output Items",
    },
}
"""Language → type of a state → what it may have beside what all have (documented)."""
_OF_RETRIER = "ErrorEquals IntervalSeconds MaxAttempts BackoffRate MaxDelaySeconds JitterStrategy Comment".split()  # noqa: SIM905
_OF_CATCHER = "ErrorEquals Next ResultPath Assign Output Comment".split()  # noqa: SIM905

_S_MAX, _DELAY_S_MAX = 99_999_999, 31_622_400
_WHOLE: Mapping[str, tuple[int, int]] = {
    "Seconds": (0, _S_MAX),
    "TimeoutSeconds": (1, _S_MAX),
    "HeartbeatSeconds": (1, _S_MAX),
    "MaxConcurrency": (0, _S_MAX),
    "ToleratedFailureCount": (0, _S_MAX),
    "IntervalSeconds": (1, _S_MAX),
    "MaxAttempts": (0, _S_MAX),
    "MaxDelaySeconds": (1, _DELAY_S_MAX),
}
"""Whole numbers, with the least and the largest (documented)."""
_JSON_PATHS = ("InputPath", "OutputPath", "ItemsPath", "SecondsPath", "TimestampPath", "TimeoutSecondsPath")
_MORE_JSON_PATHS = ("HeartbeatSecondsPath", "MaxConcurrencyPath", "ToleratedFailureCountPath")
_TEMPLATES = ("Parameters", "ResultSelector", "ItemSelector", "Assign")
_CALL = re.compile(r"(States\.\w+)\(.*\)", re.DOTALL)
_VARIABLE = re.compile(r"\$[A-Za-z_]\w*")
_VARIABLE_LETTERS_MAX = 80
_RESERVED = "states"
"""What `$states` stands for cannot be assigned to (documented)."""


def is_allowed(field: str, kind: str, language: str) -> bool:
    """Tell whether a state of a type may have a field in a language."""
    return field in f"{_OF_ALL} {_FIELDS[language][kind]}".split()


def faults(state: Mapping[str, Any], language: str) -> Iterator[Fault]:
    """Yield what is wrong with the fields of a state whose type there is."""
    for field in state:
        if not is_allowed(field, state["Type"], language):
            yield "Field is not supported", f"/{field}"
    yield from _of_numbers(state)
    yield from _of_alternatives(state)
    yield from _of_timestamp(state)
    yield from _of_variables(state, language)
    if language == "JSONPath":
        yield from _of_paths(state)
    yield from _of_retriers(state.get("Retry"), language)
    yield from _of_catchers(state.get("Catch"), language)


# --- numbers and alternatives ------------------------------------------------------------------------------


def _of_numbers(given: Mapping[str, Any]) -> Iterator[Fault]:
    for field, (least, most) in _WHOLE.items():
        value = given.get(field)
        if value is None or query.is_expression(value):
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            yield f"The value is not a whole number between {least} and {most}", f"/{field}"
    percentage = given.get("ToleratedFailurePercentage")
    if isinstance(percentage, int | float) and not 0 <= percentage <= 100:
        yield "The value is not a number between 0 and 100", "/ToleratedFailurePercentage"


def _of_alternatives(state: Mapping[str, Any]) -> Iterator[Fault]:
    for field in state:
        if f"{field}Path" in state and field not in ("Result", "Input", "Output"):
            yield f"Only one of these fields is allowed: [{field}, {field}Path]", ""
    if "ItemProcessor" in state and "Iterator" in state:
        yield "Only one of these fields is allowed: [ItemProcessor, Iterator]", ""
    timeout_s, heartbeat_s = state.get("TimeoutSeconds"), state.get("HeartbeatSeconds")
    if isinstance(timeout_s, int) and isinstance(heartbeat_s, int) and heartbeat_s >= timeout_s:
        yield "The value of HeartbeatSeconds must be smaller than that of TimeoutSeconds", "/HeartbeatSeconds"


def _of_variables(state: Mapping[str, Any], language: str) -> Iterator[Fault]:
    """Yield which variables that a state, its catchers or its rules assign have names that variables cannot have."""
    entries = *_entries(state.get("Catch"), "/Catch"), *_entries(state.get("Choices"), "/Choices")
    for each, place in (state, ""), *entries:
        given = each.get("Assign", {})
        if not isinstance(given, dict):
            yield "The field 'Assign' is an object", f"{place}/Assign"
            continue
        for field in given:
            name = field.removesuffix(".$") if language == "JSONPath" else field
            if not name.isidentifier() or len(name) > _VARIABLE_LETTERS_MAX or name == _RESERVED:
                message = f"'{name}' is no name of a variable: it has a letter first, then letters, digits and '_', "
                yield f"{message}{_VARIABLE_LETTERS_MAX} at the most, and is not '{_RESERVED}'", f"{place}/Assign"


def _entries(given: Any, at: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield the objects in a list, each with its place."""
    for number, each in enumerate(given if isinstance(given, list) else ()):
        if isinstance(each, dict):
            yield each, f"{at}[{number}]"


def _of_timestamp(state: Mapping[str, Any]) -> Iterator[Fault]:
    value = state.get("Timestamp")
    if value is not None and not query.is_expression(value) and timestamp(value) is None:
        yield "The value is not a valid ISO-8601 date and time with an offset", "/Timestamp"


# --- paths -------------------------------------------------------------------------------------------------


def _of_paths(state: Mapping[str, Any]) -> Iterator[Fault]:
    for field in (*_JSON_PATHS, *_MORE_JSON_PATHS):
        value = state.get(field)
        if value is not None and not _is_path(value) and not _is_call(value):
            yield f"The value for the field '{field}' must be a valid JSONPath", f"/{field}"
    for field in ("ErrorPath", "CausePath"):
        if field in state and not (_is_path(state[field]) or _is_call(state[field])):
            yield _neither(field), f"/{field}"
    yield from _of_result_path(state)
    for field in _TEMPLATES:
        yield from _of_template(state.get(field), f"/{field}")


def _of_result_path(given: Mapping[str, Any]) -> Iterator[Fault]:
    path = given.get("ResultPath")
    if path is None:
        return
    if not isinstance(path, str) or not path.startswith("$"):
        yield "Value is not a Reference Path: The reference path must begin with '$'", "/ResultPath"
    elif path.startswith("$$") or not _is_reference(path):
        yield "Value is not a Reference Path: it must name one place in the input", "/ResultPath"


def _of_template(template: Any, at: str) -> Iterator[Fault]:
    """Yield which members of a payload template, whose names end in `.$`, are neither paths nor calls."""
    if isinstance(template, list):
        for number, each in enumerate(template):
            yield from _of_template(each, f"{at}[{number}]")
    elif isinstance(template, dict):
        for name, value in template.items():
            if not name.endswith(".$"):
                yield from _of_template(value, f"{at}/{name}")
            elif not (_is_path(value) or _is_call(value)):
                yield _neither(name), at


def _neither(field: str) -> str:
    return f"The value for the field '{field}' must be a valid JSONPath or a valid intrinsic function call"


def _is_path(value: Any) -> bool:
    if not isinstance(value, str) or not value.startswith("$"):
        return False
    try:
        parse_path(value[1:] if value.startswith("$$") else _VARIABLE.sub("$", value, count=1))
    except PathError:
        return False
    return True


def _is_reference(path: str) -> bool:
    try:
        return all(segment.kind in ("name", "index") for segment in parse_path(path).segments)
    except PathError:
        return False


def _is_call(value: Any) -> bool:
    found = _CALL.fullmatch(value.strip()) if isinstance(value, str) else None
    return found is not None and found[1] in FUNCTIONS


# --- retriers and catchers ---------------------------------------------------------------------------------


def _of_retriers(retriers: Any, language: str) -> Iterator[Fault]:
    yield from _of_handlers(retriers, "Retry", _OF_RETRIER, language)
    for each, at in _entries(retriers, "/Retry"):
        for message, place in _of_numbers(each):
            yield message, at + place
        rate, strategy = each.get("BackoffRate", 1), each.get("JitterStrategy", "NONE")
        if isinstance(rate, bool) or not isinstance(rate, int | float) or rate < 1:
            yield "The value is not a number of at least 1.0", f"{at}/BackoffRate"
        if strategy not in ("NONE", "FULL"):
            yield "The value is not one of [FULL, NONE]", f"{at}/JitterStrategy"
        most_s, first_s = each.get("MaxDelaySeconds"), each.get("IntervalSeconds", 1)
        if isinstance(most_s, int) and isinstance(first_s, int) and most_s <= first_s:
            yield "The value of MaxDelaySeconds must be larger than that of IntervalSeconds", f"{at}/MaxDelaySeconds"


def _of_catchers(catchers: Any, language: str) -> Iterator[Fault]:
    yield from _of_handlers(catchers, "Catch", _OF_CATCHER, language)
    for each, at in _entries(catchers, "/Catch"):
        if "Next" not in each:
            yield "These fields are required: [Next]", at
        if language == "JSONPath":
            for message, place in (*_of_result_path(each), *_of_template(each.get("Assign"), "/Assign")):
                yield message, at + place


def _of_handlers(handlers: Any, field: str, allowed: list[str], language: str) -> Iterator[Fault]:
    if handlers is None:
        return
    if not isinstance(handlers, list):
        yield f"'{field}' is a list of objects", f"/{field}"
        return
    foreign = "Output" if language == "JSONPath" else "ResultPath"
    for number, each in enumerate(handlers):
        at = f"/{field}[{number}]"
        errors = each.get("ErrorEquals") if isinstance(each, dict) else None
        if not isinstance(errors, list) or not errors:
            yield "The field 'ErrorEquals' is required", at
            continue
        for name in each:
            if name not in allowed or name == foreign:
                yield "Field is not supported", f"{at}/{name}"
        if "States.ALL" in errors and len(errors) > 1:
            yield "'States.ALL' must stand alone", f"{at}/ErrorEquals"
        elif "States.ALL" in errors and number < len(handlers) - 1:
            yield f"'States.ALL' must stand in the last entry of '{field}'", f"{at}/ErrorEquals"
