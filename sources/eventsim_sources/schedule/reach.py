"""How does a schedule reach its target? By the target's own door, or by any operation of any service."""

import inspect
from collections.abc import Awaitable, Mapping
from typing import Any

from eventsim import ApiError, Caller, Envelope, World
from eventsim_sources.delegation import check_delivery
from eventsim_sources.job_target import job_of
from eventsim_sources.schedule.operation_target import PREFIX, operation_call


def send(world: World, *, arn: str, target: Mapping[str, Any], text: str, cause: int) -> Awaitable[object] | None:
    """Make one attempt; what takes time gives an awaitable.

    Args:
        arn: the schedule's.
        text: what the target gets.

    Raises:
        ApiError: it failed.
    """
    caller = Caller(arn=arn, cause=cause, role_arn=str(target.get("RoleArn") or ""))
    target_arn = str(target["Arn"])
    if target_arn.startswith(PREFIX):
        call = operation_call(target_arn, text)
        return _answer(world, call.service, call.operation, call.parameters, caller)
    if ":event-bus/" in target_arn:
        _put_event(world, target, text, caller)
        return None
    job = job_of(target, text)
    if job is not None:
        return _answer(world, job.service, job.operation, job.parameters, caller)
    found = world.target(target_arn)
    if found is None:
        raise ApiError("ResourceNotFoundException", f"there is no {target_arn}", status=404)
    group = target.get("SqsParameters", {}).get("MessageGroupId") or target.get("KinesisParameters", {}).get(
        "PartitionKey", ""
    )
    check_delivery(world, target_arn, caller)
    found.accept(Envelope(body=text, source_arn=arn, cause=cause, group=group))
    return None


def _put_event(world: World, target: Mapping[str, Any], text: str, caller: Caller) -> None:
    about = target.get("EventBridgeParameters", {})
    entry = {
        "EventBusName": str(target["Arn"]),
        "Source": about.get("Source", ""),
        "DetailType": about.get("DetailType", ""),
        "Detail": text,
    }
    result: Any = world.call("events", "PutEvents", {"Entries": [entry]}, caller=caller)
    (answer,) = result["Entries"]
    if "ErrorCode" in answer:
        raise ApiError(answer["ErrorCode"], answer["ErrorMessage"])


def _answer(
    world: World, service: str, operation: str, given: Mapping[str, Any], caller: Caller
) -> Awaitable[object] | None:
    answer = world.call(service, operation, given, caller=caller)
    return answer if not isinstance(answer, dict) and inspect.isawaitable(answer) else None
