"""How does data flow through a state? One answer for JSONPath, one for JSONata; a definition says which it speaks.

Both are asked the same: what the work gets, what a setting comes to, which rule holds, what the output is.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from msgspec import Struct

from eventsim_sources.json_text import json_text
from eventsim_sources.workflow import choice
from eventsim_sources.workflow.failure import RUNTIME, StateFailed
from eventsim_sources.workflow.payload import Luck, assigned, chosen, evaluated_text, filled, merged
from eventsim_sources.workflow.query import Queries, misfit
from eventsim_sources.workflow.scope import Scope

State = Mapping[str, Any]

_OF_WAIT = ("Seconds", "Timestamp")

Seen = Callable[[str, Any], None]
"""Shown what data becomes on its way through a state: `afterInputPath`, …"""


class Passed(Struct, frozen=True, gc=False):
    """What leaves a state: its output, and the variables that it assigns."""

    output: Any
    variables: Mapping[str, Any]


class Flow(Protocol):
    """The data flow of one language. A scope's `value` is the state's input as it came."""

    def misfit(self, state: State, field: str, wanted: str, value: Any) -> StateFailed:
        """Return the failure of a setting that comes to something else than what is wanted: a type of JSON."""

    def input(self, state: State, scope: Scope) -> Any:
        """Return what the state works on."""

    def arguments(self, state: State, value: Any, scope: Scope) -> Any:
        """Return what the work gets."""

    def role(self, state: State, scope: Scope) -> str:
        """Return the role that `Credentials` names, "" where there are none."""

    def setting(self, state: State, field: str, scope: Scope) -> Any:
        """Return what a field such as `TimeoutSeconds` comes to, None where it is not given."""

    def result(self, state: State, value: Any, scope: Scope) -> Any:
        """Return the result of a Pass."""

    def items(self, state: State, value: Any, scope: Scope) -> list[Any]:
        """Return what a Map goes over."""

    def item(self, state: State, value: Any, scope: Scope, item: Any) -> Any:
        """Return what an iteration gets."""

    def rule(self, state: State, value: Any, scope: Scope) -> State | None:
        """Return the rule of a Choice that holds first, None where none does."""

    def passed(self, state: State, taken: State, value: Any, scope: Scope) -> Passed:
        """Return what leaves a state that does no work; `taken` is the state, or its rule."""

    def worked(self, state: State, result: Any, scope: Scope) -> Passed:
        """Return what leaves a state whose work has a result."""

    def caught(self, catcher: State, error: Any, scope: Scope) -> Passed:
        """Return what leaves a state whose failure is caught."""


def number_setting(flow: Flow, state: State, field: str, scope: Scope) -> float | None:
    """Return what a field such as `TimeoutSeconds` comes to, None where it is not given.

    Raises:
        StateFailed: it is no number, or below zero.
    """
    value = flow.setting(state, field, scope)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise flow.misfit(state, field, "number", value)
    return float(value)


class PathFlow:
    """JSONPath: `InputPath`, `Parameters`, `ResultSelector`, `ResultPath`, `OutputPath`."""

    def __init__(self, luck: Luck, seen: Seen) -> None:
        self._luck = luck
        self._seen = seen

    def misfit(self, state: State, field: str, wanted: str, value: Any) -> StateFailed:
        """Return the failure of a field or of what its path leads to (wording of Wait states recorded)."""
        path = state.get(f"{field}Path")
        name = field if path is None else f"{field}Path"
        shown = value if isinstance(value, str) else json_text(value)
        if wanted != "number":
            told = f"does not reference a valid {wanted}"
        elif isinstance(value, int | float) and value < 0:
            told = "references a negative value"
        else:
            told = "cannot be parsed as a long value"
        return StateFailed(RUNTIME, f"The {name} parameter {told}: {path or field} == {shown}")

    def input(self, state: State, scope: Scope) -> Any:
        """Return what `InputPath` chooses."""
        value = chosen(state.get("InputPath", "$"), scope)
        self._seen("afterInputPath", value)
        return value

    def arguments(self, state: State, value: Any, scope: Scope) -> Any:
        """Return `Parameters`, filled in."""
        if "Parameters" in state:
            value = filled(state["Parameters"], scope.of(value), self._luck)
        self._seen("afterParameters", value)
        return value

    def role(self, state: State, scope: Scope) -> str:
        """Return the role of `Credentials`, filled in."""
        return str(filled(state.get("Credentials", {}), scope, self._luck).get("RoleArn") or "")

    def setting(self, state: State, field: str, scope: Scope) -> Any:
        """Return a field, or what its path leads to."""
        path = state.get(f"{field}Path")
        if path is None:
            return state.get(field)
        try:
            return evaluated_text(f"{field}Path", str(path), scope, self._luck)
        except StateFailed as failure:
            if field not in _OF_WAIT:
                raise
            cause = f"The {field}Path parameter does not reference an input value: {path}"
            raise StateFailed(RUNTIME, cause) from failure

    def result(self, state: State, value: Any, scope: Scope) -> Any:
        """Return `Result`, or the parameters."""
        value = self.arguments(state, value, scope)
        return state.get("Result", value)

    def items(self, state: State, value: Any, scope: Scope) -> list[Any]:
        """Return what `ItemsPath` chooses."""
        path = state.get("ItemsPath", "$")
        items = chosen(path, scope.of(value))
        if not isinstance(items, list):
            shown = json_text(items)
            raise StateFailed(RUNTIME, f'Reference path "{path}" must point to array. It points to: {shown}')
        return items

    def item(self, state: State, value: Any, scope: Scope, item: Any) -> Any:
        """Return `ItemSelector`, filled in."""
        template = state.get("ItemSelector", state.get("Parameters"))
        return item if template is None else filled(template, scope.of(value), self._luck)

    def rule(self, state: State, value: Any, scope: Scope) -> State | None:
        """Return the first rule that compares well."""
        found: State | None = next((each for each in state["Choices"] if choice.holds(each, scope.of(value))), None)
        return found

    def passed(self, state: State, taken: State, value: Any, scope: Scope) -> Passed:
        """Return what `OutputPath` chooses."""
        of_value = scope.of(value)
        variables = assigned(taken.get("Assign", {}), of_value, self._luck)
        return Passed(chosen(state.get("OutputPath", "$"), of_value), variables)

    def worked(self, state: State, result: Any, scope: Scope) -> Passed:
        """Return what the result becomes on its way out."""
        of_result = scope.of(result)
        if "ResultSelector" in state:
            result = filled(state["ResultSelector"], of_result, self._luck)
        self._seen("afterResultSelector", result)
        variables = assigned(state.get("Assign", {}), of_result, self._luck)
        output = merged(scope.value, state.get("ResultPath", "$"), result)
        self._seen("afterResultPath", output)
        return Passed(chosen(state.get("OutputPath", "$"), scope.of(output)), variables)

    def caught(self, catcher: State, error: Any, scope: Scope) -> Passed:
        """Return the input with the error where `ResultPath` says."""
        variables = assigned(catcher.get("Assign", {}), scope.of(error), self._luck)
        return Passed(merged(scope.value, catcher.get("ResultPath", "$"), error), variables)


class QueryFlow:
    """JSONata: `Arguments`, `Output`, and `{% … %}` wherever a value may stand."""

    def __init__(self, queries: Queries, seen: Seen) -> None:
        self._queries = queries
        self._seen = seen

    def misfit(self, state: State, field: str, wanted: str, value: Any) -> StateFailed:
        """Return the failure of a field, which may be an expression."""
        return misfit(state.get(field), field, wanted, value)

    def input(self, state: State, scope: Scope) -> Any:  # noqa: ARG002 - a door
        """Return the input: it is used as it came."""
        return scope.value

    def arguments(self, state: State, value: Any, scope: Scope) -> Any:
        """Return `Arguments`, evaluated."""
        if "Arguments" in state:
            value = self._filled(state["Arguments"], "Arguments", scope)
        self._seen("afterArguments", value)
        return value

    def role(self, state: State, scope: Scope) -> str:
        """Return the role of `Credentials`, evaluated."""
        return str(self._filled(state.get("Credentials", {}), "Credentials", scope).get("RoleArn") or "")

    def setting(self, state: State, field: str, scope: Scope) -> Any:
        """Return a field, evaluated."""
        return self._filled(state[field], field, scope) if field in state else None

    def result(self, state: State, value: Any, scope: Scope) -> Any:  # noqa: ARG002 - a door
        """Return the input: a Pass has no result but its `Output`."""
        return value

    def items(self, state: State, value: Any, scope: Scope) -> list[Any]:
        """Return `Items`, evaluated."""
        items = self._filled(state["Items"], "Items", scope) if "Items" in state else value
        if not isinstance(items, list):
            raise self.misfit(state, "Items", "array", items)
        return items

    def item(self, state: State, value: Any, scope: Scope, item: Any) -> Any:  # noqa: ARG002 - a door
        """Return `ItemSelector`, evaluated."""
        return self._filled(state["ItemSelector"], "ItemSelector", scope) if "ItemSelector" in state else item

    def rule(self, state: State, value: Any, scope: Scope) -> State | None:  # noqa: ARG002 - a door
        """Return the first rule whose `Condition` is true."""
        for number, each in enumerate(state["Choices"]):
            field = f"Choices[{number}]/Condition"
            verdict = self._filled(each["Condition"], field, scope)
            if not isinstance(verdict, bool):
                raise misfit(each["Condition"], field, "boolean", verdict)
            if verdict:
                found: State = each
                return found
        return None

    def passed(self, state: State, taken: State, value: Any, scope: Scope) -> Passed:  # noqa: ARG002 - a door
        """Return `Output`, evaluated."""
        return self._out(taken, value, scope)

    def worked(self, state: State, result: Any, scope: Scope) -> Passed:
        """Return `Output`, evaluated; the result is `$states.result`."""
        return self._out(state, result, scope, result=result)

    def caught(self, catcher: State, error: Any, scope: Scope) -> Passed:
        """Return the catcher's `Output`, evaluated; the error is `$states.errorOutput`."""
        return self._out(catcher, error, scope, errorOutput=error)

    def _out(self, given: State, value: Any, scope: Scope, **more: Any) -> Passed:
        variables = self._filled(given.get("Assign", {}), "Assign", scope, **more)
        output = self._filled(given["Output"], "Output", scope, **more) if "Output" in given else value
        return Passed(output, variables)

    def _filled(self, template: Any, field: str, scope: Scope, **more: Any) -> Any:
        states = {"input": scope.value, "context": scope.context, **more}
        return self._queries.filled(template, field, states, scope.variables)
