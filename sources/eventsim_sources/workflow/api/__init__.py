"""Step Functions as its clients know it: one function for each operation."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from eventsim import About, Operation, Request, Result, World
from eventsim_sources.without_effect import check_heeded
from eventsim_sources.workflow.api import activities, executions, machines, map_runs, tasks, trials, versions
from eventsim_sources.workflow.machine import Machines

_Operation = Callable[[Machines, Request], Result | Awaitable[Result]]

_INERT: Mapping[str, str] = {
    "encryptionConfiguration": "nothing is encrypted",
    "maxConcurrency": "the children that run at once are those that the run began with",
    "revealSecrets": "there are no secrets in what a trial shows",
}
"""What is kept and told, and changes nothing."""

_OPERATIONS: Mapping[str, tuple[_Operation, str]] = {
    "CreateActivity": (activities.create_activity, "name tags encryptionConfiguration"),
    "CreateStateMachineAlias": (versions.create_state_machine_alias, "name description routingConfiguration"),
    "CreateStateMachine": (
        machines.create_state_machine,
        "name definition roleArn type loggingConfiguration tags tracingConfiguration encryptionConfiguration publish "
        "versionDescription",
    ),
    "DeleteActivity": (activities.delete_activity, "activityArn"),
    "DeleteStateMachine": (machines.delete_state_machine, "stateMachineArn"),
    "DeleteStateMachineAlias": (versions.delete_state_machine_alias, "stateMachineAliasArn"),
    "DeleteStateMachineVersion": (versions.delete_state_machine_version, "stateMachineVersionArn"),
    "DescribeActivity": (activities.describe_activity, "activityArn"),
    "DescribeExecution": (executions.describe_execution, "executionArn includedData"),
    "DescribeMapRun": (map_runs.describe_map_run, "mapRunArn"),
    "DescribeStateMachine": (machines.describe_state_machine, "stateMachineArn includedData"),
    "DescribeStateMachineAlias": (versions.describe_state_machine_alias, "stateMachineAliasArn"),
    "DescribeStateMachineForExecution": (executions.describe_state_machine_for_execution, "executionArn includedData"),
    "GetActivityTask": (activities.get_activity_task, "activityArn workerName"),
    "GetExecutionHistory": (
        executions.get_execution_history,
        "executionArn maxResults reverseOrder nextToken includeExecutionData",
    ),
    "ListActivities": (activities.list_activities, "maxResults nextToken"),
    "ListExecutions": (
        executions.list_executions,
        "stateMachineArn mapRunArn statusFilter redriveFilter maxResults nextToken",
    ),
    "ListMapRuns": (map_runs.list_map_runs, "executionArn maxResults nextToken"),
    "ListStateMachineAliases": (versions.list_state_machine_aliases, "stateMachineArn maxResults nextToken"),
    "ListStateMachineVersions": (versions.list_state_machine_versions, "stateMachineArn maxResults nextToken"),
    "ListStateMachines": (machines.list_state_machines, "maxResults nextToken"),
    "ListTagsForResource": (machines.list_tags_for_resource, "resourceArn"),
    "PublishStateMachineVersion": (versions.publish_state_machine_version, "stateMachineArn revisionId description"),
    "RedriveExecution": (executions.redrive_execution, "executionArn clientToken"),
    "SendTaskFailure": (tasks.send_task_failure, "taskToken error cause"),
    "SendTaskHeartbeat": (tasks.send_task_heartbeat, "taskToken"),
    "SendTaskSuccess": (tasks.send_task_success, "taskToken output"),
    "StartExecution": (executions.start_execution, "stateMachineArn name input traceHeader"),
    "StartSyncExecution": (executions.start_sync_execution, "stateMachineArn name input traceHeader includedData"),
    "StopExecution": (executions.stop_execution, "executionArn error cause"),
    "TagResource": (machines.tag_resource, "resourceArn tags"),
    "TestState": (
        trials.test_state,
        "definition roleArn input inspectionLevel revealSecrets variables stateName mock stateConfiguration context",
    ),
    "UntagResource": (machines.untag_resource, "resourceArn tagKeys"),
    "UpdateMapRun": (
        map_runs.update_map_run,
        "mapRunArn maxConcurrency toleratedFailureCount toleratedFailurePercentage",
    ),
    "UpdateStateMachineAlias": (
        versions.update_state_machine_alias,
        "stateMachineAliasArn description routingConfiguration",
    ),
    "UpdateStateMachine": (
        machines.update_state_machine,
        "stateMachineArn definition roleArn loggingConfiguration tracingConfiguration encryptionConfiguration publish "
        "versionDescription",
    ),
    "ValidateStateMachineDefinition": (machines.validate_definition, "definition type severity maxResults"),
}
"""Operation → its function, and the parameters that it heeds. Any other parameter is refused by name."""

_OF_EXECUTIONS = (
    *("RedriveExecution", "StartExecution", "StartSyncExecution", "StopExecution", "UpdateMapRun"),
    *("SendTaskFailure", "SendTaskHeartbeat", "SendTaskSuccess"),
)
"""What does not outlive a server: executions end with it."""

_MACHINE, _VERSION = "stateMachine:stateMachineArn", "stateMachine:stateMachineVersionArn"
_ALIAS = "stateMachine:stateMachineAliasArn"
_ABOUT: Mapping[str, About] = {
    "CreateActivity": About("activity:activityArn"),
    "CreateStateMachine": About(_MACHINE),
    "CreateStateMachineAlias": About(_ALIAS),
    "DeleteActivity": About("activity:activityArn", ends=True),
    "DeleteStateMachine": About(_MACHINE, ends=True),
    "DeleteStateMachineAlias": About(_ALIAS, ends=True),
    "DeleteStateMachineVersion": About(_MACHINE),
    "PublishStateMachineVersion": About(_VERSION),
    "TagResource": About("stateMachine:resourceArn"),
    "UntagResource": About("stateMachine:resourceArn"),
    "UpdateStateMachine": About("stateMachine:stateMachineVersionArn|stateMachineArn", part=""),
    "UpdateStateMachineAlias": About(_ALIAS, part=""),
}
"""Numbers of versions are not used twice, so that one that is deleted counts still."""


def operations(world: World) -> Mapping[str, Operation]:
    """Return Step Functions' operations for one simulation."""
    shared = world.share(Machines)
    made = {name: partial(_checked, shared, *entry) for name, entry in _OPERATIONS.items()}
    return world.lasting(made, but=_OF_EXECUTIONS, about=_ABOUT)


def _checked(shared: Machines, operation: _Operation, takes: str, request: Request) -> Result | Awaitable[Result]:
    shared.bring_back()
    check_heeded(shared.world, request, takes, inert=_INERT)
    return operation(shared, request)
