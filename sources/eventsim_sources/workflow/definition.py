"""Is this a state machine? Definitions are read and checked once, when they are given."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from eventsim import ApiError
from eventsim_sources.workflow.choice import OPERATORS
from eventsim_sources.workflow.limits import DEFINITION_CHARACTERS_MAX, NAME_CHARACTERS_MAX

States = Mapping[str, Mapping[str, Any]]

_TYPES = ("Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")
_ENDS = ("Succeed", "Fail", "Choice")
_WAITS = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")
_SCHEMA, _TARGET = "SCHEMA_VALIDATION_FAILED", "MISSING_TRANSITION_TARGET"
_LANGUAGE = (
    "a state in JSONata (QueryLanguage) is not simulated by eventsim; write it with JSONPath, or stub what it does"
)


class Diagnostic(Struct, frozen=True):
    """One thing that is wrong, and where: `/States/Wait/Next`."""

    code: str
    message: str
    location: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message} at {self.location}"


class Definition(Struct, frozen=True, kw_only=True):
    """A checked definition.

    Attributes:
        text: as it was given.
        timeout_s: how long an execution may take, None for as long as it likes.
    """

    text: str
    start_at: str
    states: States
    timeout_s: float | None = None


NOWHERE = Definition(text="{}", start_at="", states={})
"""No definition at all."""


def check_state(name: str, state: Any) -> list[Diagnostic]:
    """Return what is wrong with a state on its own, wherever it leads."""
    found = _of_machine({"StartAt": name, "States": {name: state}}, "", set(), is_express=False)
    return [each for each in found if each.code != _TARGET]


def read(text: str, *, is_express: bool = False) -> Definition:
    """Read a definition.

    Raises:
        ApiError: it is none; `InvalidDefinition` says what is wrong where.
    """
    found = diagnostics(text, is_express=is_express)
    if found:
        raise ApiError("InvalidDefinition", f"Invalid State Machine Definition: '{', '.join(map(str, found))}'")
    document = json.loads(text)
    return Definition(
        text=text,
        start_at=document["StartAt"],
        states=document["States"],
        timeout_s=document.get("TimeoutSeconds"),
    )


def diagnostics(text: str, *, is_express: bool = False) -> list[Diagnostic]:
    """Return what is wrong with a definition; nothing if it can run."""
    if len(text) > DEFINITION_CHARACTERS_MAX:
        return [Diagnostic(_SCHEMA, f"The definition is longer than {DEFINITION_CHARACTERS_MAX} characters", "/")]
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        return [Diagnostic("INVALID_JSON_DESCRIPTION", str(error) or "it nests too deeply", "/")]
    if not isinstance(document, dict):
        return [Diagnostic(_SCHEMA, "The definition is not an object", "/")]
    return list(_of_machine(document, "", set(), is_express=is_express))


def _of_machine(machine: Mapping[str, Any], at: str, names: set[str], *, is_express: bool) -> Iterator[Diagnostic]:
    states = machine.get("States")
    if machine.get("QueryLanguage", "JSONPath") != "JSONPath":
        yield Diagnostic(_SCHEMA, _LANGUAGE, f"{at}/QueryLanguage")
        return
    if not isinstance(states, dict) or not states:
        yield Diagnostic(_SCHEMA, "The field 'States' is required and holds at least one state", f"{at}/States")
        return
    if machine.get("StartAt") not in states:
        yield Diagnostic(_TARGET, f"Missing 'StartAt' target: {machine.get('StartAt')}", f"{at}/StartAt")
    for name, state in states.items():
        where = f"{at}/States/{name}"
        if len(name) > NAME_CHARACTERS_MAX:
            yield Diagnostic(_SCHEMA, f"State name is longer than {NAME_CHARACTERS_MAX} characters", where)
        if name in names:
            yield Diagnostic("DUPLICATE_STATE_NAME", f"Duplicate state name: {name}", where)
        names.add(name)
        if not isinstance(state, dict) or state.get("Type") not in _TYPES:
            kind = state.get("Type") if isinstance(state, dict) else None
            yield Diagnostic(_SCHEMA, f"'{kind}' is no type of a state; there are {', '.join(_TYPES)}", f"{where}/Type")
            continue
        yield from _of_state(state, states, where, names, is_express=is_express)


def _of_state(
    state: Mapping[str, Any], states: States, at: str, names: set[str], *, is_express: bool
) -> Iterator[Diagnostic]:
    kind = state["Type"]
    if state.get("QueryLanguage", "JSONPath") != "JSONPath":
        yield Diagnostic(_SCHEMA, _LANGUAGE, f"{at}/QueryLanguage")
    if kind not in _ENDS and ("Next" in state) == (state.get("End") is True):
        yield Diagnostic(_SCHEMA, "These fields are required, one of them: [End, Next]", at)
    yield from _of_targets(state, states, at)
    match kind:
        case "Task":
            yield from _of_task(state, at, is_express=is_express)
        case "Choice":
            yield from _of_rules(state.get("Choices"), f"{at}/Choices")
        case "Wait" if sum(name in state for name in _WAITS) != 1:
            yield Diagnostic(_SCHEMA, f"Exactly one of {', '.join(_WAITS)} is required", at)
        case "Parallel":
            yield from _of_branches(state.get("Branches"), at, names, is_express=is_express)
        case "Map":
            yield from _of_map(state, at, names, is_express=is_express)


def _of_targets(state: Mapping[str, Any], states: States, at: str) -> Iterator[Diagnostic]:
    targets = [("Next", state.get("Next")), ("Default", state.get("Default"))]
    for field in ("Choices", "Catch"):
        entries = state.get(field, [])
        if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
            yield Diagnostic(_SCHEMA, f"'{field}' is a list of objects", f"{at}/{field}")
            continue
        targets += [(f"{field}[{number}]/Next", each.get("Next")) for number, each in enumerate(entries)]
    for place, target in targets:
        if target is not None and target not in states:
            yield Diagnostic(_TARGET, f"Missing 'Next' target: {target}", f"{at}/{place}")
    for field in ("Retry", "Catch"):
        for number, each in enumerate(state.get(field, [])):
            errors = each.get("ErrorEquals") if isinstance(each, dict) else None
            if not isinstance(errors, list) or not errors:
                yield Diagnostic(_SCHEMA, "The field 'ErrorEquals' is required", f"{at}/{field}[{number}]")
            elif "States.ALL" in errors and len(errors) > 1:
                yield Diagnostic(_SCHEMA, "'States.ALL' must stand alone", f"{at}/{field}[{number}]/ErrorEquals")


def _of_task(state: Mapping[str, Any], at: str, *, is_express: bool) -> Iterator[Diagnostic]:
    resource = state.get("Resource")
    if not isinstance(resource, str):
        yield Diagnostic(_SCHEMA, "The field 'Resource' is required", at)
    elif not resource.startswith("arn:"):
        yield Diagnostic(_SCHEMA, f"Value is not a valid resource ARN: {resource}", f"{at}/Resource")
    elif is_express and resource.endswith((".sync", ".sync:2", ".waitForTaskToken")):
        message = "Express state machine does not support '.sync' and '.waitForTaskToken' service integrations"
        yield Diagnostic(_SCHEMA, message, f"{at}/Resource")


def _of_rules(rules: Any, at: str) -> Iterator[Diagnostic]:
    if not isinstance(rules, list) or not rules:
        yield Diagnostic(_SCHEMA, "The field 'Choices' is required and holds at least one rule", at)
        return
    for number, rule in enumerate(rules):
        if not isinstance(rule, dict) or "Next" not in rule:
            yield Diagnostic(_SCHEMA, "A choice is an object with a field 'Next'", f"{at}[{number}]")
            continue
        yield from _of_rule(rule, f"{at}[{number}]")


def _of_rule(rule: Any, at: str) -> Iterator[Diagnostic]:
    operators = [name for name in rule if name in OPERATORS] if isinstance(rule, dict) else []
    if len(operators) != 1:
        yield Diagnostic(_SCHEMA, "A rule has exactly one operator", at)
        return
    name = operators[0]
    if name in ("And", "Or"):
        for number, each in enumerate(rule[name] if isinstance(rule[name], list) else [None]):
            yield from _of_rule(each, f"{at}/{name}[{number}]")
    elif name == "Not":
        yield from _of_rule(rule[name], f"{at}/Not")
    elif not isinstance(rule.get("Variable"), str):
        yield Diagnostic(_SCHEMA, "The field 'Variable' is required", at)


def _of_branches(branches: Any, at: str, names: set[str], *, is_express: bool) -> Iterator[Diagnostic]:
    if not isinstance(branches, list) or not branches or not all(isinstance(each, dict) for each in branches):
        yield Diagnostic(_SCHEMA, "The field 'Branches' is required and holds at least one branch", f"{at}/Branches")
        return
    for number, branch in enumerate(branches):
        yield from _of_machine(branch, f"{at}/Branches[{number}]", names, is_express=is_express)


def _of_map(state: Mapping[str, Any], at: str, names: set[str], *, is_express: bool) -> Iterator[Diagnostic]:
    field = "ItemProcessor" if "ItemProcessor" in state else "Iterator"
    processor = state.get(field)
    if not isinstance(processor, dict):
        yield Diagnostic(_SCHEMA, "The field 'ItemProcessor' is required", at)
        return
    for name in ("ItemReader", "ItemBatcher", "ResultWriter"):
        if name in state:
            yield Diagnostic(_SCHEMA, f"{name} is not simulated by eventsim; give the items as input", f"{at}/{name}")
    yield from _of_machine(processor, f"{at}/{field}", names, is_express=is_express)
