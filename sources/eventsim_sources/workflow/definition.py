"""Is this a state machine? Definitions are read and checked once, when they are given."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from eventsim import ApiError, json_fault, load_json
from eventsim_sources.workflow import choice, fields, query
from eventsim_sources.workflow.choice import OPERATORS
from eventsim_sources.workflow.limits import DEFINITION_CHARACTERS_MAX, NAME_CHARACTERS_MAX
from eventsim_sources.workflow.resource import is_known, missing_parameters

States = Mapping[str, Mapping[str, Any]]

_TYPES = ("Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")
_ENDS = ("Succeed", "Fail", "Choice")
_WAITS = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")
_SCHEMA, _TARGET = "SCHEMA_VALIDATION_FAILED", "MISSING_TRANSITION_TARGET"
_LANGUAGES = ("JSONPath", "JSONata")
_NO_WAY_BACK = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
_NO_LIBRARY = "JSONata needs a library that is not installed: pip install 'eventsim[jsonata]'"
_UNRECOGNIZED = "The value is not a valid resource ARN, or the resource is not available in this region."
_OF_MACHINE = ("Comment", "StartAt", "States", "Version", "TimeoutSeconds", "QueryLanguage", "ProcessorConfig")
_READER = {
    "InputType": ("CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"),
    "CSVHeaderLocation": ("FIRST_ROW", "GIVEN"),
    "CSVDelimiter": ("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
}
"""What a `ReaderConfig` may say where it chooses (documented)."""
_WRITER = {"Transformation": ("NONE", "COMPACT", "FLATTEN"), "OutputType": ("JSON", "JSONL")}
"""What a `WriterConfig` may say."""
_OF_RULE = ("Next", "Variable", "Assign", "Comment")


class Diagnostic(Struct, frozen=True):
    """One thing that is wrong, and where: `/States/Wait/Next`, "" for what is no JSON."""

    code: str
    message: str
    location: str

    def __str__(self) -> str:
        where = f" at {self.location}" if self.location else ""
        return f"{self.code}: {self.message}{where}"


class Definition(Struct, frozen=True, kw_only=True):
    """A checked definition.

    Attributes:
        text: as it was given.
        timeout_s: how long an execution may take, None for as long as it likes.
        language: what states speak that do not say: `JSONPath` or `JSONata`.
    """

    text: str
    start_at: str
    states: States
    timeout_s: float | None = None
    language: str = "JSONPath"


NOWHERE = Definition(text="{}", start_at="", states={})
"""No definition at all."""


def check_state(name: str, state: Any) -> list[Diagnostic]:
    """Return what is wrong with a state on its own, wherever it leads."""
    reading = _Reading(is_express=False, language=_LANGUAGES[0])
    found = _of_machine({"StartAt": name, "States": {name: state}}, "", reading)
    return [each for each in found if each.code != _TARGET]


def read(text: str, *, is_express: bool = False) -> Definition:
    """Read a definition.

    Raises:
        ApiError: it is none; `InvalidDefinition` says what is wrong where.
    """
    found = diagnostics(text, is_express=is_express)
    if found:
        raise ApiError("InvalidDefinition", f"Invalid State Machine Definition: '{', '.join(map(str, found))}'")
    document = load_json(text)
    return Definition(
        text=text,
        start_at=document["StartAt"],
        states=document["States"],
        timeout_s=document.get("TimeoutSeconds"),
        language=document.get("QueryLanguage", "JSONPath"),
    )


def diagnostics(text: str, *, is_express: bool = False) -> list[Diagnostic]:
    """Return what is wrong with a definition; nothing if it can run."""
    if len(text) > DEFINITION_CHARACTERS_MAX:
        return [Diagnostic(_SCHEMA, f"The definition is longer than {DEFINITION_CHARACTERS_MAX} characters", "/")]
    fault = json_fault(text)
    if fault:
        return [Diagnostic("INVALID_JSON_DESCRIPTION", fault, "")]
    document = load_json(text)
    if not isinstance(document, dict):
        return [Diagnostic(_SCHEMA, "The definition is not an object", "/")]
    language = document.get("QueryLanguage", _LANGUAGES[0])
    return list(_of_machine(document, "", _Reading(is_express=is_express, language=language)))


class _Reading(Struct, kw_only=True):
    """What is known of a whole machine while its states are read: their names so far, and how it works."""

    is_express: bool
    language: str
    names: set[str] = set()


def _of_machine(machine: Mapping[str, Any], at: str, reading: _Reading) -> Iterator[Diagnostic]:
    states = machine.get("States")
    if not isinstance(states, dict) or not states:
        yield Diagnostic(_SCHEMA, "The field 'States' is required and holds at least one state", f"{at}/States")
        return
    for name in machine:
        if name not in _OF_MACHINE:
            yield Diagnostic(_SCHEMA, "Field is not supported", f"{at}/{name}")
    if machine.get("Version", "1.0") != "1.0":
        yield Diagnostic(_SCHEMA, "The value is not one of [1.0]", f"{at}/Version")
    timeout_s = machine.get("TimeoutSeconds", 1)
    if isinstance(timeout_s, bool) or not isinstance(timeout_s, int) or timeout_s < 1:
        yield Diagnostic(_SCHEMA, "The value is not a whole number of at least 1", f"{at}/TimeoutSeconds")
    start_at = machine.get("StartAt")
    if not isinstance(start_at, str) or start_at not in states:
        yield Diagnostic(_TARGET, f"Missing 'StartAt' target: {start_at}", f"{at}/StartAt")
    else:
        for name in sorted(set(states) - _reached(start_at, states)):
            yield Diagnostic(_TARGET, f'State "{name}" is not reachable.', f"{at}/States/{name}")
    for name, state in states.items():
        where = f"{at}/States/{name}"
        if len(name) > NAME_CHARACTERS_MAX:
            yield Diagnostic(_SCHEMA, f"State name is longer than {NAME_CHARACTERS_MAX} characters", where)
        if name in reading.names:
            yield Diagnostic("DUPLICATE_STATE_NAME", f"Duplicate state name: {name}", where)
        reading.names.add(name)
        if not isinstance(state, dict) or state.get("Type") not in _TYPES:
            kind = state.get("Type") if isinstance(state, dict) else None
            yield Diagnostic(_SCHEMA, f"'{kind}' is no type of a state; there are {', '.join(_TYPES)}", f"{where}/Type")
            continue
        yield from _of_state(state, states, where, reading)


def _reached(start_at: str, states: States) -> set[str]:
    """Return the states to which transitions lead."""
    reached, waiting = set[str](), [start_at]
    while waiting:
        name = waiting.pop()
        state = states.get(name)
        if name in reached or not isinstance(state, dict):
            continue
        reached.add(name)
        entries = [each for field in ("Choices", "Catch") for each in _objects(state.get(field))]
        waiting += [each for each in (state.get("Next"), state.get("Default")) if isinstance(each, str)]
        waiting += [each["Next"] for each in entries if isinstance(each.get("Next"), str)]
    return reached


def _objects(given: Any) -> list[Mapping[str, Any]]:
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []


def _of_state(state: Mapping[str, Any], states: States, at: str, reading: _Reading) -> Iterator[Diagnostic]:
    kind, language = state["Type"], state.get("QueryLanguage", reading.language)
    if language == "JSONPath" and reading.language == "JSONata":
        yield Diagnostic(_SCHEMA, _NO_WAY_BACK, f"{at}/QueryLanguage")
    yield from _of_language(state, language, at)
    if kind not in _ENDS and ("Next" in state) == (state.get("End") is True):
        yield Diagnostic(_SCHEMA, "These fields are required, one of them: [End, Next]", at)
    yield from _of_targets(state, states, at)
    match kind:
        case "Task":
            yield from _of_task(state, at, is_express=reading.is_express)
        case "Choice":
            of_rule = _of_rule if language == "JSONPath" else _of_condition
            yield from _of_rules(state.get("Choices"), f"{at}/Choices", of_rule)
        case "Wait" if sum(name in state for name in _WAITS) != 1:
            yield Diagnostic(_SCHEMA, f"Exactly one of {', '.join(_WAITS)} is required", at)
        case "Parallel":
            yield from _of_branches(state.get("Branches"), at, reading)
        case "Map":
            yield from _of_map(state, at, reading)


def _of_language(state: Mapping[str, Any], language: str, at: str) -> Iterator[Diagnostic]:
    if language not in _LANGUAGES:
        yield Diagnostic(_SCHEMA, f"'{language}' is no query language; there are {', '.join(_LANGUAGES)}", at)
        return
    for message, place in fields.faults(state, language):
        yield Diagnostic(_SCHEMA, message, at + place)
    if language == "JSONPath":
        return
    if not query.is_available():
        yield Diagnostic(_SCHEMA, _NO_LIBRARY, f"{at}/QueryLanguage")
        return
    for field, value in state.items():
        if field not in ("Branches", "ItemProcessor", "Iterator"):
            yield from _of_expressions(value, f"{at}/{field}")


def _of_expressions(value: Any, at: str) -> Iterator[Diagnostic]:
    """Yield which expressions in a value cannot be read."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _of_expressions(each, f"{at}/{name}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _of_expressions(each, f"{at}[{number}]")
    elif query.is_expression(value):
        fault = query.fault(value)
        if fault:
            yield Diagnostic(_SCHEMA, f"The JSONata expression '{value}' cannot be read: {fault}", at)


def _of_targets(state: Mapping[str, Any], states: States, at: str) -> Iterator[Diagnostic]:
    targets = [("Next", state.get("Next")), ("Default", state.get("Default"))]
    for field in ("Choices", "Catch"):
        entries = _objects(state.get(field))
        targets += [(f"{field}[{number}]/Next", each.get("Next")) for number, each in enumerate(entries)]
    for place, target in targets:
        if target is not None and (not isinstance(target, str) or target not in states):
            yield Diagnostic(_TARGET, f"Missing 'Next' target: {target}", f"{at}/{place}")


def _of_task(state: Mapping[str, Any], at: str, *, is_express: bool) -> Iterator[Diagnostic]:
    resource = state.get("Resource")
    if not isinstance(resource, str):
        yield Diagnostic(_SCHEMA, "The field 'Resource' is required", at)
    elif not resource.startswith("arn:"):
        yield Diagnostic(_SCHEMA, "Value is not a valid resource ARN", f"{at}/Resource")
    elif not is_known(resource):
        message = f"The resource provided {resource} is not recognized. {_UNRECOGNIZED}"
        yield Diagnostic(_SCHEMA, message, f"{at}/Resource")
    else:
        yield from _of_parameters(state, resource, at)
    if is_express and str(resource).endswith((".sync", ".sync:2", ".waitForTaskToken")):
        message = "Express state machine does not support '.sync' and '.waitForTaskToken' service integrations"
        yield Diagnostic(_SCHEMA, message, f"{at}/Resource")


def _of_parameters(state: Mapping[str, Any], resource: str, at: str) -> Iterator[Diagnostic]:
    for field in ("Parameters", "Arguments"):
        given = state.get(field)
        for name in missing_parameters(resource, given) if isinstance(given, dict) else ():
            yield Diagnostic(_SCHEMA, f'The field "{name}" is required but was missing', f"{at}/{field}")


def _of_rules(rules: Any, at: str, of_rule: Callable[[Any, str], Iterator[Diagnostic]]) -> Iterator[Diagnostic]:
    if not isinstance(rules, list) or not rules:
        yield Diagnostic(_SCHEMA, "The field 'Choices' is required and holds at least one rule", at)
        return
    for number, rule in enumerate(rules):
        if not isinstance(rule, dict) or "Next" not in rule:
            yield Diagnostic(_SCHEMA, "A choice is an object with a field 'Next'", f"{at}[{number}]")
            continue
        yield from of_rule(rule, f"{at}[{number}]")


def _of_condition(rule: Any, at: str) -> Iterator[Diagnostic]:
    if "Condition" not in rule:
        yield Diagnostic(_SCHEMA, "The field 'Condition' is required", at)
    for name in rule:
        if name not in ("Condition", "Next", "Assign", "Output", "Comment"):
            yield Diagnostic(_SCHEMA, "Field is not supported", f"{at}/{name}")


def _of_rule(rule: Any, at: str, *, is_nested: bool = False) -> Iterator[Diagnostic]:
    operators = [name for name in rule if name in OPERATORS] if isinstance(rule, dict) else []
    if len(operators) != 1:
        yield Diagnostic(_SCHEMA, "A rule has exactly one operator", at)
        return
    name = operators[0]
    allowed = ("Variable", "Comment") if is_nested else _OF_RULE
    for field in rule:
        if field not in (name, *allowed):
            yield Diagnostic(_SCHEMA, "Field is not supported", f"{at}/{field}")
    if name in ("And", "Or"):
        for number, each in enumerate(rule[name] if isinstance(rule[name], list) else [None]):
            yield from _of_rule(each, f"{at}/{name}[{number}]", is_nested=True)
    elif name == "Not":
        yield from _of_rule(rule[name], f"{at}/Not", is_nested=True)
    elif not isinstance(rule.get("Variable"), str):
        yield Diagnostic(_SCHEMA, "The field 'Variable' is required", at)
    elif not choice.fits(name, rule[name]):
        yield Diagnostic(_SCHEMA, f"The value is none that '{name}' compares with", f"{at}/{name}")


def _of_branches(branches: Any, at: str, reading: _Reading) -> Iterator[Diagnostic]:
    if not isinstance(branches, list) or not branches or not all(isinstance(each, dict) for each in branches):
        yield Diagnostic(_SCHEMA, "The field 'Branches' is required and holds at least one branch", f"{at}/Branches")
        return
    for number, branch in enumerate(branches):
        yield from _of_machine(branch, f"{at}/Branches[{number}]", reading)


def _of_map(state: Mapping[str, Any], at: str, reading: _Reading) -> Iterator[Diagnostic]:
    field = "ItemProcessor" if "ItemProcessor" in state else "Iterator"
    processor = state.get(field)
    if not isinstance(processor, dict):
        yield Diagnostic(_SCHEMA, "The field 'ItemProcessor' is required", at)
        return
    config = processor.get("ProcessorConfig", {})
    if not isinstance(config, dict):
        yield Diagnostic(_SCHEMA, "The field 'ProcessorConfig' is an object", f"{at}/{field}/ProcessorConfig")
        return
    is_distributed = config.get("Mode") == "DISTRIBUTED"
    for name in ("ItemReader", "ItemBatcher", "ResultWriter"):
        if name in state and not is_distributed:
            yield Diagnostic(_SCHEMA, f"The field '{name}' is supported in distributed Map states only", f"{at}/{name}")
    yield from _of_reader(state.get("ItemReader"), f"{at}/ItemReader")
    yield from _of_writer(state.get("ResultWriter"), f"{at}/ResultWriter")
    if is_distributed and reading.is_express:
        yield Diagnostic(_SCHEMA, "Express state machines do not support distributed Map states", at)
    yield from _of_machine(processor, f"{at}/{field}", reading)


def _of_reader(reader: Any, at: str) -> Iterator[Diagnostic]:
    config = reader.get("ReaderConfig") if isinstance(reader, dict) else None
    for name, value in config.items() if isinstance(config, dict) else ():
        allowed = _READER.get(name, (value,))
        if value not in allowed:
            yield Diagnostic(_SCHEMA, f"The value is not one of [{', '.join(allowed)}]", f"{at}/ReaderConfig/{name}")


def _of_writer(writer: Any, at: str) -> Iterator[Diagnostic]:
    config = writer.get("WriterConfig") if isinstance(writer, dict) else None
    for name, value in config.items() if isinstance(config, dict) else ():
        allowed = _WRITER.get(name)
        if allowed is None:
            yield Diagnostic(_SCHEMA, "Field is not supported", f"{at}/WriterConfig/{name}")
        elif value not in allowed:
            yield Diagnostic(_SCHEMA, f"The value is not one of [{', '.join(allowed)}]", f"{at}/WriterConfig/{name}")
