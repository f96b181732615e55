"""Are stacks still what their templates say? The operations that look, and those that tell what was found."""

import json
from functools import partial
from typing import Any

from eventsim.api import Request, Result
from eventsim.errors import ApiError
from eventsim.template.api_service import Service, invalid, page
from eventsim.template.drift import Detection, Drifts, ResourceDrift, compared
from eventsim.template.live_state import READERS
from eventsim.template.site import asked
from eventsim.template.stack import Stack, StackResource
from eventsim.template.trouble import is_gone

_STATES = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED")
"""In which a stack can be looked at (documented)."""
_DRIFTED = ("MODIFIED", "DELETED")


async def detect_stack_drift(service: Service, request: Request) -> Result:
    """Look at the resources of a stack, as far as they can be looked at; it takes no time."""
    stack = _complete(service, request)
    wanted: Any = request.parameters.get("LogicalResourceIds")
    unknown = [name for name in wanted or () if name not in stack.resources]
    if unknown:
        raise invalid(f"Resources {unknown} do not exist for stack {stack.name}")  # unconfirmed wording
    drifts = service.ground.share(Drifts)
    found = [
        await _seen(service, drifts, stack, resource)
        for name, resource in stack.resources.items()
        if _can_be_seen(resource) and (not wanted or name in wanted)
    ]
    identifier = service.ground.chance.uuids("drift", stack.identifier, len(drifts.detections))()
    drifted_count = sum(each.status in _DRIFTED for each in found)
    drifts.add(
        Detection(identifier=identifier, stack=stack, at_us=service.ground.clock.now_us, drifted_count=drifted_count)
    )
    return {"StackDriftDetectionId": identifier}


async def detect_stack_resource_drift(service: Service, request: Request) -> Result:
    """Look at one resource."""
    stack = _complete(service, request)
    name = str(request.parameters["LogicalResourceId"])
    resource = stack.resources.get(name)
    if resource is None:
        raise invalid(f"Resource {name} does not exist for stack {stack.name}")
    if not _can_be_seen(resource):
        raise invalid(f"Drift detection is not supported for {resource.declared.type}.")  # unconfirmed wording
    found = await _seen(service, service.ground.share(Drifts), stack, resource)
    return {"StackResourceDrift": _told(service, stack, found)}


def describe_stack_drift_detection_status(service: Service, request: Request) -> Result:
    """Tell what came of looking at a stack; it is always done."""
    identifier = str(request.parameters["StackDriftDetectionId"])
    detection = service.ground.share(Drifts).detections.get(identifier)
    if detection is None:
        raise invalid(f"Drift detection operation [{identifier}] does not exist")  # unconfirmed wording
    return {
        "StackId": detection.stack.identifier,
        "StackDriftDetectionId": identifier,
        "StackDriftStatus": detection.status,
        "DetectionStatus": "DETECTION_COMPLETE",
        "DriftedStackResourceCount": detection.drifted_count,
        "Timestamp": service.ground.clock.date(detection.at_us),
    }


def describe_stack_resource_drifts(service: Service, request: Request) -> Result:
    """Tell what was found when the resources of a stack were last looked at."""
    stack = service.stack(request)
    wanted: Any = request.parameters.get("StackResourceDriftStatusFilters")
    seen = service.ground.share(Drifts).of(stack).resources
    told = [_told(service, stack, each) for _, each in sorted(seen.items()) if not wanted or each.status in wanted]
    count: Any = request.parameters.get("MaxResults")
    return page(told, request, "StackResourceDrifts", count=count)


def _complete(service: Service, request: Request) -> Stack:
    """Return the stack that a request names.

    Raises:
        ApiError: there is none, or it is in the wrong state.
    """
    stack = service.stack(request)
    if stack.status not in _STATES:
        raise invalid(
            f"Drift detection cannot be performed on stack [{stack.identifier}] while it is in [{stack.status}] state."
        )  # unconfirmed wording
    return stack


def _can_be_seen(resource: StackResource) -> bool:
    made = resource.made
    return resource.declared.type in READERS and made is not None and not made.problem and not made.is_inert


async def _seen(service: Service, drifts: Drifts, stack: Stack, resource: StackResource) -> ResourceDrift:
    """Look at a resource, and know what was found."""
    made, now_us = resource.made, service.ground.clock.now_us
    assert made is not None, "only what is made can be looked at"
    try:
        found = await READERS[resource.declared.type](partial(asked, service.ground), made, resource.properties)
    except ApiError as error:
        status = "DELETED" if is_gone(error) else "UNKNOWN"
        drift = ResourceDrift(logical_id=resource.logical_id, status=status, at_us=now_us)
    else:
        drift = compared(resource.logical_id, resource.properties, found, now_us)
    drifts.of(stack).resources[resource.logical_id] = drift
    return drift


def _told(service: Service, stack: Stack, drift: ResourceDrift) -> dict[str, Any]:
    resource = stack.resources.get(drift.logical_id)
    told: dict[str, Any] = {
        "StackId": stack.identifier,
        "LogicalResourceId": drift.logical_id,
        "PhysicalResourceId": "" if resource is None else resource.physical_id,
        "ResourceType": "" if resource is None else resource.declared.type,
        "StackResourceDriftStatus": drift.status,
        "Timestamp": service.ground.clock.date(drift.at_us),
    }
    if drift.status in ("IN_SYNC", "MODIFIED"):
        told["ExpectedProperties"] = json.dumps(drift.expected, default=str)
        told["ActualProperties"] = json.dumps(drift.actual, default=str)
        told["PropertyDifferences"] = [
            {
                "PropertyPath": each.path,
                "ExpectedValue": each.expected,
                "ActualValue": each.actual,
                "DifferenceType": each.kind,
            }
            for each in drift.differences
        ]
    return told
