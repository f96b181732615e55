"""How does Step Functions learn that a job has ended? By a rule of its own, which the role must let it make."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from eventsim import ApiError, Caller, World

_RULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "batch:submitJob.sync": "StepFunctionsGetEventsForBatchJobsRule",
        "codebuild:startBuild.sync": "StepFunctionsGetEventForCodeBuildStartBuildRule",
        "ecs:runTask.sync": "StepFunctionsGetEventsForECSTaskRule",
        "states:startExecution.sync": "StepFunctionsGetEventsForStepFunctionsExecutionRule",
    }
)
"""Integrations that wait for the end of a job → the rule that tells of it (documented)."""


def check_managed_rules(world: World, definition: str, caller: Caller) -> None:
    """See that a machine's role lets Step Functions make the rules that a definition needs.

    Raises:
        ApiError: it does not.
    """
    for resource, rule in _RULES.items():
        if f"arn:aws:states:::{resource}" not in definition:
            continue
        try:
            for operation, member in (("PutTargets", "Rule"), ("PutRule", "Name"), ("DescribeRule", "Name")):
                world.authorize("events", operation, {member: rule}, caller)
        except ApiError as error:
            message = f"'{caller.role_arn}' is not authorized to create managed-rule."
            raise ApiError("AccessDeniedException", message) from error
