"""CloudFormation as its clients know it: which operation is carried out where."""

from collections.abc import Mapping
from typing import cast

from eventsim.api import Operation
from eventsim.calls.inert import Inert, offer
from eventsim.calls.inert import operations as offered
from eventsim.source import World
from eventsim.template import api_change_sets as change_sets
from eventsim.template import api_drift as drift
from eventsim.template import api_reading as reading
from eventsim.template import api_stacks as stacks
from eventsim.template.api_service import Service
from eventsim.template.site import Ground

_WITHOUT_EFFECT = {
    "ClientToken": "requests are carried out once",
    "ImportExistingResources": "a stack has what it makes",
    "NotificationARNs": "nobody is told of events of stacks",
    "ResourceTypes": "permissions are not checked",
    "RoleARN": "permissions are not checked",
    "RollbackConfiguration": "alarms do nothing",
    "StackPolicyBody": "it is kept, and updates are not refused",
    "StackPolicyURL": "permissions are not checked",
    "TimeoutInMinutes": "resources are made at once",
}
_REQUEST = "ClientRequestToken"
_SOURCE = "TemplateBody TemplateURL"
_WANTED = (
    f"StackName {_SOURCE} Parameters Capabilities Tags UsePreviousTemplate DisableRollback OnFailure OnStackFailure "
    f"DeploymentConfig DisableValidation EnableTerminationProtection RetainExceptOnCreate {_REQUEST}"
)

_OFFERS = {
    "CancelUpdateStack": offer(stacks.cancel_update_stack, f"StackName {_REQUEST}"),
    "ContinueUpdateRollback": offer(
        stacks.continue_update_rollback, f"StackName ResourcesToSkip ForceRollback {_REQUEST}"
    ),
    "CreateChangeSet": offer(
        change_sets.create_change_set, f"{_WANTED} ChangeSetName ChangeSetType Description IncludeNestedStacks"
    ),
    "CreateStack": offer(stacks.create_stack, _WANTED),
    "DeleteChangeSet": offer(change_sets.delete_change_set, "ChangeSetName StackName"),
    "DeleteStack": offer(stacks.delete_stack, f"StackName RetainResources DeletionMode DeploymentConfig {_REQUEST}"),
    "DescribeAccountLimits": offer(reading.describe_account_limits, "NextToken"),
    "DescribeChangeSet": offer(
        change_sets.describe_change_set, "ChangeSetName StackName NextToken IncludePropertyValues"
    ),
    "DescribeEvents": offer(change_sets.describe_events, "ChangeSetName StackName Filters NextToken"),
    "DescribeStackDriftDetectionStatus": offer(drift.describe_stack_drift_detection_status, "StackDriftDetectionId"),
    "DescribeStackEvents": offer(reading.describe_stack_events, "StackName NextToken"),
    "DescribeStackResource": offer(reading.describe_stack_resource, "StackName LogicalResourceId"),
    "DescribeStackResourceDrifts": offer(
        drift.describe_stack_resource_drifts, "StackName StackResourceDriftStatusFilters NextToken MaxResults"
    ),
    "DescribeStackResources": offer(reading.describe_stack_resources, "StackName LogicalResourceId PhysicalResourceId"),
    "DescribeStacks": offer(reading.describe_stacks, "StackName NextToken"),
    "DetectStackDrift": offer(drift.detect_stack_drift, "StackName LogicalResourceIds"),
    "DetectStackResourceDrift": offer(drift.detect_stack_resource_drift, "StackName LogicalResourceId"),
    "EstimateTemplateCost": offer(reading.estimate_template_cost, f"{_SOURCE} Parameters"),
    "ExecuteChangeSet": offer(
        change_sets.execute_change_set, f"ChangeSetName StackName DisableRollback RetainExceptOnCreate {_REQUEST}"
    ),
    "GetStackPolicy": offer(reading.get_stack_policy, "StackName"),
    "GetTemplate": offer(change_sets.get_template, "StackName ChangeSetName TemplateStage"),
    "GetTemplateSummary": offer(reading.get_template_summary, f"StackName {_SOURCE}"),
    "ListChangeSets": offer(change_sets.list_change_sets, "StackName NextToken"),
    "ListExports": offer(reading.list_exports, "NextToken"),
    "ListImports": offer(reading.list_imports, "ExportName NextToken"),
    "ListStackResources": offer(reading.list_stack_resources, "StackName NextToken"),
    "ListStacks": offer(reading.list_stacks, "StackStatusFilter NextToken"),
    "RollbackStack": offer(stacks.rollback_stack, f"StackName RetainExceptOnCreate DeploymentConfig {_REQUEST}"),
    "SetStackPolicy": offer(stacks.set_stack_policy, "StackName"),
    "SignalResource": offer(stacks.signal_resource, "StackName LogicalResourceId UniqueId Status"),
    "UpdateStack": offer(stacks.update_stack, _WANTED),
    "UpdateTerminationProtection": offer(stacks.update_termination_protection, "StackName EnableTerminationProtection"),
    "ValidateTemplate": offer(reading.validate_template, _SOURCE),
}


def operations(world: World) -> Mapping[str, Operation]:
    """Return CloudFormation's operations for one simulation."""
    service = Service(cast("Ground", world))
    return offered(service, _OFFERS, Inert(world.trace, _WITHOUT_EFFECT))
