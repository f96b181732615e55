"""What is deployed, and what does a template say? The operations that change nothing."""

import json
from typing import Any

from eventsim.api import Request, Result
from eventsim.errors import ApiError
from eventsim.template.api_service import Service, invalid, needed_capability, page, parameters_told
from eventsim.template.document import Document
from eventsim.template.drift import Drifts
from eventsim.template.identifiers import identified
from eventsim.template.intrinsic import as_text
from eventsim.template.known_properties import REFUSED
from eventsim.template.known_types import is_unheard_of, mistake_in, refusal
from eventsim.template.sam import transforms_of
from eventsim.template.stack import Stack, StackResource


def describe_stacks(service: Service, request: Request) -> Result:
    """Describe one stack or all that are there."""
    if request.parameters.get("StackName"):
        return {"Stacks": [described(service, service.stack(request))]}
    return page([described(service, stack) for stack in service.stacks.all()], request, "Stacks")


def described(service: Service, stack: Stack) -> dict[str, Any]:
    """Return a stack as `DescribeStacks` tells of it."""
    clock = service.ground.clock
    told: dict[str, Any] = {
        "StackId": stack.identifier,
        "StackName": stack.name,
        "CreationTime": clock.date(stack.created_us),
        "RollbackConfiguration": stack.told.get("RollbackConfiguration", {}),
        "StackStatus": stack.status,
        "DisableRollback": stack.keeps_failures,
        "NotificationARNs": stack.told.get("NotificationARNs", []),
        "Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()],
        "EnableTerminationProtection": stack.is_protected,
        "DriftInformation": _drift_of(service, stack),
    }
    for name in ("Capabilities", "ChangeSetId", "DeletionMode", "RetainExceptOnCreate", "RoleARN", "TimeoutInMinutes"):
        if stack.told.get(name):
            told[name] = stack.told[name]
    if stack.description:
        told["Description"] = stack.description
    if stack.parameters:
        told["Parameters"] = parameters_told(stack)
    if stack.outputs:
        told["Outputs"] = [_output(stack, name) for name in stack.outputs]
    if stack.reason:
        told["StackStatusReason"] = stack.reason
    if stack.updated_us is not None:
        told["LastUpdatedTime"] = clock.date(stack.updated_us)
    if stack.deleted_us is not None:
        told["DeletionTime"] = clock.date(stack.deleted_us)
    if stack.parent:
        told |= {"ParentId": stack.parent, "RootId": _root_of(service, stack)}
    return told


def _root_of(service: Service, stack: Stack) -> str:
    """Return the ARN of the stack around all others that a nested one stands in."""
    parent = service.stacks.find(stack.parent)
    return _root_of(service, parent) if parent is not None and parent.parent else stack.parent


def _drift_of(service: Service, stack: Stack) -> dict[str, Any]:
    detection = service.ground.share(Drifts).of(stack).detection
    if detection is None:
        return {"StackDriftStatus": "NOT_CHECKED"}
    return {"StackDriftStatus": detection.status, "LastCheckTimestamp": service.ground.clock.date(detection.at_us)}


def _resource_drift(service: Service, stack: Stack, resource: StackResource) -> dict[str, Any]:
    seen = service.ground.share(Drifts).of(stack).resources.get(resource.logical_id)
    if seen is None:
        return {"StackResourceDriftStatus": "NOT_CHECKED"}
    return {"StackResourceDriftStatus": seen.status, "LastCheckTimestamp": service.ground.clock.date(seen.at_us)}


def _output(stack: Stack, name: str) -> dict[str, str]:
    output = stack.outputs[name]
    told = {"OutputKey": name, "OutputValue": output.value}
    if output.description:
        told["Description"] = output.description
    if output.export:
        told["ExportName"] = output.export
    return told


def list_stacks(service: Service, request: Request) -> Result:
    """List stacks, those that are no more as well."""
    wanted: Any = request.parameters.get("StackStatusFilter") or ()
    summaries = []
    for stack in (*service.stacks.all(), *service.stacks.deleted()):
        if wanted and stack.status not in wanted:
            continue
        told = described(service, stack)
        summary: dict[str, Any] = {
            name: told[name]
            for name in (
                *("StackId", "StackName", "CreationTime", "LastUpdatedTime", "DeletionTime", "StackStatus"),
                *("StackStatusReason", "ParentId", "RootId", "DriftInformation"),
            )
            if name in told
        }
        if stack.description:
            summary["TemplateDescription"] = stack.description
        summaries.append(summary)
    return page(summaries, request, "StackSummaries")


def list_stack_resources(service: Service, request: Request) -> Result:
    """List the resources of a stack."""
    stack = service.stack(request)
    summaries = []
    for resource in _sorted(stack):
        summary = _resource(service, stack, resource)
        summary["LastUpdatedTimestamp"] = summary.pop("Timestamp")
        summaries.append(summary)
    return page(summaries, request, "StackResourceSummaries")


def describe_stack_resources(service: Service, request: Request) -> Result:
    """Describe resources of a stack, found by its name or by what one of them is called."""
    wanted, physical_id = request.parameters.get("LogicalResourceId"), request.parameters.get("PhysicalResourceId")
    if physical_id:
        stacks = [stack for stack in service.stacks.all() if any(_has(each, physical_id) for each in _sorted(stack))]
        if not stacks:
            raise invalid(f"Stack for {physical_id} does not exist")
        stack = stacks[0]
    elif not request.parameters.get("StackName"):
        raise invalid("Either StackName or PhysicalResourceId must be specified")  # unconfirmed wording
    else:
        stack = service.stack(request)
    resources = [each for each in _sorted(stack) if wanted in (None, each.logical_id)]
    if wanted is not None and not resources:
        raise invalid(f"Resource {wanted} does not exist for stack {stack.name}")
    told = [
        {"StackName": stack.name, "StackId": stack.identifier, **_resource(service, stack, each)} for each in resources
    ]
    return {"StackResources": told}


def describe_stack_resource(service: Service, request: Request) -> Result:
    """Describe one resource of a stack."""
    stack = service.stack(request)
    name = str(request.parameters["LogicalResourceId"])
    resource = stack.resources.get(name)
    if resource is None:
        raise invalid(f"Resource {name} does not exist for stack {stack.name}")
    told = {"StackName": stack.name, "StackId": stack.identifier, **_resource(service, stack, resource)}
    told["LastUpdatedTimestamp"] = told.pop("Timestamp")
    told["Metadata"] = json.dumps(dict(resource.declared.metadata))
    return {"StackResourceDetail": told}


def _resource(service: Service, stack: Stack, resource: StackResource) -> dict[str, Any]:
    told: dict[str, Any] = {
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.declared.type,
        "Timestamp": service.ground.clock.date(resource.changed_us),
        "ResourceStatus": resource.status,
        "DriftInformation": _resource_drift(service, stack, resource),
    }
    if resource.reason:
        told["ResourceStatusReason"] = resource.reason
    return told


def _sorted(stack: Stack) -> list[StackResource]:
    return [stack.resources[name] for name in sorted(stack.resources)]


def _has(resource: StackResource, physical_id: object) -> bool:
    return resource.physical_id == physical_id


def describe_stack_events(service: Service, request: Request) -> Result:
    """Tell what happened to a stack, newest first."""
    stack = service.stack(request)
    events = []
    for event in reversed(stack.events):
        told: dict[str, Any] = {
            "StackId": stack.identifier,
            "EventId": event.identifier,
            "StackName": stack.name,
            "LogicalResourceId": event.logical_id,
            "PhysicalResourceId": event.physical_id,
            "ResourceType": event.type,
            "Timestamp": service.ground.clock.date(event.at_us),
            "ResourceStatus": event.status,
        }
        more = {
            "ResourceStatusReason": event.reason,
            "ResourceProperties": event.properties,
            "ClientRequestToken": event.token,
            "DetailedStatus": "VALIDATION_FAILED" if event.reason.startswith(REFUSED) else "",
        }
        events.append({**told, **{name: value for name, value in more.items() if value}})
    return page(events, request, "StackEvents")


def get_template(service: Service, request: Request) -> Result:
    """Give a stack's template, as it was given or as transforms left it."""
    stack = service.stack(request)
    is_processed = request.parameters.get("TemplateStage") == "Processed"
    body = json.dumps(stack.processed) if is_processed else stack.document.text
    return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}


async def validate_template(service: Service, request: Request) -> Result:
    """Tell what a template asks for."""
    document = await _document_with_resources(service, request)
    unrecognised = [each for each in _types(document) if mistake_in(each, is_sam=False) or is_unheard_of(each)]
    if unrecognised and not transforms_of(document.body):
        raise invalid(refusal(unrecognised))
    parameters = [
        {key: value for key, value in each.items() if key not in ("ParameterType", "ParameterConstraints")}
        for each in _parameters(document)
    ]
    return {"Parameters": parameters, **_about(document)}


async def _document_with_resources(service: Service, request: Request) -> Document:
    document = await service.document(request)
    if not document.resources:
        raise invalid("Template format error: At least one Resources member must be defined.")
    return document


async def estimate_template_cost(service: Service, request: Request) -> Result:
    """Give an address of AWS's calculator, which knows nothing of the template."""
    document = await _document_with_resources(service, request)
    text = service.ground.chance.uuids("estimate", document.text)()
    return {"Url": f"http://calculator.s3.amazonaws.com/calc5.html?key=cloudformation/{text}"}


async def get_template_summary(service: Service, request: Request) -> Result:
    """Tell what a template asks for and which types it has."""
    document = (
        service.stack(request).document
        if request.parameters.get("StackName")
        else await _document_with_resources(service, request)
    )
    told = {
        "Parameters": _parameters(document),
        "ResourceTypes": list(dict.fromkeys(_types(document))),
        "ResourceIdentifierSummaries": identified(_resources(document)),
    }
    more = {"Version": document.body.get("AWSTemplateFormatVersion"), "Metadata": document.body.get("Metadata")}
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in more.items() if value}
    return {**told, **_about(document), **texts}


def _types(document: Document) -> list[str]:
    return [kind for _, kind in _resources(document)]


def _resources(document: Document) -> list[tuple[str, str]]:
    """Return the logical ids of what is declared, each with its type."""
    declared = document.resources.items()
    return [(name, str(each["Type"])) for name, each in declared if isinstance(each, dict) and "Type" in each]


def _about(document: Document) -> dict[str, Any]:
    transforms = transforms_of(document.body)
    told: dict[str, Any] = {}
    if document.body.get("Description"):
        told["Description"] = str(document.body["Description"])
    capability, kinds = needed_capability(document)
    capabilities = [capability] if capability else []
    if transforms:
        told["DeclaredTransforms"] = transforms
        capabilities.append("CAPABILITY_AUTO_EXPAND")
    if capabilities:
        told["Capabilities"] = capabilities
        told["CapabilitiesReason"] = (
            f"The following resource(s) require capabilities: [{', '.join([*kinds, *transforms])}]"
        )
    return told


def _parameters(document: Document) -> list[dict[str, Any]]:
    told = []
    for name, about in (document.body.get("Parameters") or {}).items():
        about = about if isinstance(about, dict) else {}
        allowed = [as_text(each) for each in about.get("AllowedValues") or ()]
        entry: dict[str, Any] = {
            "ParameterKey": name,
            "ParameterType": str(about.get("Type", "String")),
            "NoEcho": str(about.get("NoEcho", "")).lower() == "true",
            "ParameterConstraints": {"AllowedValues": allowed} if allowed else {},
        }
        if "Default" in about:
            entry["DefaultValue"] = as_text(about["Default"])
        if about.get("Description"):
            entry["Description"] = str(about["Description"])
        told.append(entry)
    return told


def get_stack_policy(service: Service, request: Request) -> Result:
    """Give the policy of a stack, which is kept and not obeyed."""
    body = service.stack(request).told.get("StackPolicyBody")
    return {"StackPolicyBody": body} if body else {}


def describe_account_limits(_: Service, request: Request) -> Result:
    """Tell the quotas of an account, none of which can be used up here."""
    limits = [{"Name": name, "Value": value} for name, value in _ACCOUNT_LIMITS.items()]
    return page(limits, request, "AccountLimits")


_ACCOUNT_LIMITS = {"ConcurrentResourcesLimit": 2500, "StackLimit": 2000, "StackOutputsLimit": 200}
"""What an account has unless it asks for more (documented)."""


def list_exports(service: Service, request: Request) -> Result:
    """List what stacks export."""
    exports = sorted(service.stacks.exports().items())
    told = [{"ExportingStackId": stack.identifier, "Name": name, "Value": value} for name, (value, stack) in exports]
    return page(told, request, "Exports")


def list_imports(service: Service, request: Request) -> Result:
    """List the stacks that use an export."""
    name = str(request.parameters["ExportName"])
    users = service.stacks.importers(name)
    if not users:
        raise ApiError("ValidationError", f"Export '{name}' is not imported by any stack.")
    return page(users, request, "Imports")
