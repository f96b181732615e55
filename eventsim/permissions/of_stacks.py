"""What do calls of CloudFormation need? The action of the same name on the stack, whatever its id may be."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import Needs, Place, anywhere, on, passing, text_in, together, told, value_of

_OF_A_STACK: Final = (
    *("CancelUpdateStack", "DescribeStackEvents", "DescribeStackResource", "DescribeStackResourceDrifts"),
    *("DescribeStackResources", "DescribeStacks", "DetectStackDrift", "DetectStackResourceDrift", "GetStackPolicy"),
    *("GetTemplate", "ListChangeSets", "ListStackResources", "ListStacks", "SetStackPolicy", "SignalResource"),
    "UpdateTerminationProtection",
)
_BY_A_ROLE: Final = (
    *("ContinueUpdateRollback", "CreateChangeSet", "CreateStack", "DeleteStack", "RollbackStack", "UpdateStack"),
)
"""Those that a role may carry out, to which it has to be passed."""
_OF_A_CHANGE_SET: Final = ("DeleteChangeSet", "DescribeChangeSet", "DescribeEvents", "ExecuteChangeSet")
_OF_NO_STACK: Final = (
    *("DescribeAccountLimits", "DescribeStackDriftDetectionStatus", "EstimateTemplateCost", "ListExports"),
    *("ListImports", "ValidateTemplate"),
)
_KEYS: Final = told(
    {
        "cloudformation:ChangeSetName": "ChangeSetName",
        "cloudformation:ResourceTypes": "ResourceTypes",
        "cloudformation:RoleArn": "RoleARN",
        "cloudformation:StackPolicyUrl": "StackPolicyURL",
        "cloudformation:TemplateUrl": "TemplateURL",
    }
)


def _stack(given: Mapping[str, Any], place: Place) -> str:
    """Return the ARN of the stack that a call names, of all if it names none."""
    stack = text_in(given, "StackName")
    return stack if stack.startswith("arn:") else place.arn("cloudformation", f"stack/{stack or '*'}/*")


def _of_change_set(given: Mapping[str, Any], place: Place) -> str:
    """Return the ARN of the stack that is to be changed; that of a change set does not tell it."""
    is_hidden = not given.get("StackName") and text_in(given, "ChangeSetName").startswith("arn:")
    return "" if is_hidden else _stack(given, place)


def _summary(given: Mapping[str, Any], place: Place) -> str:
    return _stack(given, place) if given.get("StackName") else "*"


NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: on(_stack, f"cloudformation:{name}") for name in _OF_A_STACK},
        **{
            name: together(
                on(_stack, f"cloudformation:{name}", keys=_KEYS), passing("cloudformation", value_of("RoleARN"))
            )
            for name in _BY_A_ROLE
        },
        **{name: on(_of_change_set, f"cloudformation:{name}", keys=_KEYS) for name in _OF_A_CHANGE_SET},
        **{name: anywhere(f"cloudformation:{name}") for name in _OF_NO_STACK},
        "GetTemplateSummary": on(_summary, "cloudformation:GetTemplateSummary"),
    }
)
