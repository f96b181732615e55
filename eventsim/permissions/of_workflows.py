"""What do calls of Step Functions need? The action of the same name on the state machine, the execution, the activity.

A call that names a version or an alias is judged by the state machine; the qualifier is a condition key
(Step Functions Developer Guide, "Authorization in Step Functions for versions and aliases").
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import (
    Need,
    Needs,
    Place,
    anywhere,
    at,
    called,
    if_given,
    members,
    on,
    passing,
    text_in,
    together,
    unknown,
    value_of,
)

_OF_A_MACHINE: Final = (
    *("DeleteStateMachine", "DescribeStateMachine", "ListStateMachineAliases", "ListStateMachineVersions"),
    *("PublishStateMachineVersion", "StartExecution", "StartSyncExecution"),
)
_OF_AN_ALIAS: Final = ("DeleteStateMachineAlias", "DescribeStateMachineAlias", "UpdateStateMachineAlias")
_OF_AN_EXECUTION: Final = (
    *("DescribeExecution", "DescribeStateMachineForExecution", "GetExecutionHistory", "ListMapRuns"),
    *("RedriveExecution", "StopExecution"),
)
_OF_A_MAP_RUN: Final = ("DescribeMapRun", "UpdateMapRun")
_OF_AN_ACTIVITY: Final = ("DeleteActivity", "DescribeActivity", "GetActivityTask")
_OF_A_TASK: Final = ("SendTaskFailure", "SendTaskHeartbeat", "SendTaskSuccess")
"""Whose task it is, only the token tells."""
_OF_A_TAGGED: Final = ("ListTagsForResource", "TagResource", "UntagResource")

_QUALIFIER_AT: Final = 7
"""The place of the qualifier among the parts of a state machine's ARN."""

_new_machine = called("name", "states", "stateMachine:{}")


def _on_machine(find: Callable[[Mapping[str, Any]], str], *actions: str) -> Needs:
    """Return what needs actions on a state machine.

    Args:
        find: finds the ARN of the machine, of a version or of an alias.
    """

    def needs(given: Mapping[str, Any], _place: Place) -> Iterable[Need]:
        parts = find(given).split(":")
        qualifier = tuple(parts[_QUALIFIER_AT : _QUALIFIER_AT + 1])
        keys = {"states:StateMachineQualifier": qualifier} if qualifier else {}
        return [Need(action, ":".join(parts[:_QUALIFIER_AT]), keys) for action in actions]

    return needs


def _at(parameter: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda given: text_in(given, parameter)


def _new_alias(given: Mapping[str, Any]) -> str:
    """Return the ARN that an alias is going to have: its name stands where the version's number does."""
    routes = members(given.get("routingConfiguration"))
    begin = text_in(routes[0], "stateMachineVersionArn").rpartition(":")[0] if routes else ""
    return begin and f"{begin}:{text_in(given, 'name')}"


def _list_executions(given: Mapping[str, Any], place: Place) -> Iterable[Need]:
    if given.get("mapRunArn"):
        return [Need("states:ListExecutions", text_in(given, "mapRunArn"))]
    return _on_machine(_at("stateMachineArn"), "states:ListExecutions")(given, place)


NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: _on_machine(_at("stateMachineArn"), f"states:{name}") for name in _OF_A_MACHINE},
        **{name: _on_machine(_at("stateMachineAliasArn"), f"states:{name}") for name in _OF_AN_ALIAS},
        **{name: on(at("executionArn"), f"states:{name}") for name in _OF_AN_EXECUTION},
        **{name: on(at("mapRunArn"), f"states:{name}") for name in _OF_A_MAP_RUN},
        **{name: on(at("activityArn"), f"states:{name}") for name in _OF_AN_ACTIVITY},
        **{name: on(unknown, f"states:{name}") for name in _OF_A_TASK},
        **{name: on(at("resourceArn"), f"states:{name}") for name in _OF_A_TAGGED},
        "CreateActivity": on(called("name", "states", "activity:{}"), "states:CreateActivity"),
        "CreateStateMachine": together(
            on(_new_machine, "states:CreateStateMachine"),
            if_given("publish", on(_new_machine, "states:PublishStateMachineVersion")),
            passing("states", value_of("roleArn")),
        ),
        "CreateStateMachineAlias": _on_machine(_new_alias, "states:CreateStateMachineAlias"),
        "DeleteStateMachineVersion": _on_machine(_at("stateMachineVersionArn"), "states:DeleteStateMachineVersion"),
        "ListActivities": on(lambda _given, place: place.arn("states", "activity:*"), "states:ListActivities"),
        "ListExecutions": _list_executions,
        "ListStateMachines": on(
            lambda _given, place: place.arn("states", "stateMachine:*"), "states:ListStateMachines"
        ),
        "TestState": together(
            anywhere("states:TestState"),
            if_given("revealSecrets", anywhere("states:RevealSecrets")),
            passing("states", value_of("roleArn")),
        ),
        "UpdateStateMachine": together(
            _on_machine(_at("stateMachineArn"), "states:UpdateStateMachine"),
            if_given("publish", _on_machine(_at("stateMachineArn"), "states:PublishStateMachineVersion")),
            passing("states", value_of("roleArn")),
        ),
        "ValidateStateMachineDefinition": anywhere("states:ValidateStateMachineDefinition"),
    }
)
