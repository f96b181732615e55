"""What does a list of traces tell of each? Its span, what went wrong, who took part, and the annotations."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from eventsim_sources.xray.whole import Entity, Service, Whole, below, ended_at_of, part, service_of


def summary_of(whole: Whole, account_id: str) -> dict[str, Any]:
    """Return a trace's summary, as GetTraceSummaries has it."""
    root = whole.root
    arns = dict.fromkeys(str(each["resource_arn"]) for each in whole.segments if each.get("resource_arn"))
    services = dict.fromkeys(map(service_of, whole.segments))
    return {
        "Id": whole.trace_id,
        "StartTime": instant(whole.started_at),
        "Duration": span_s(whole.started_at, whole.ended_at),
        "ResponseTime": took_s(root),
        "HasFault": bool(root.get("fault")),
        "HasError": bool(root.get("error")),
        "HasThrottle": any(each.get("throttle") for each in whole.segments),
        "IsPartial": whole.is_partial,
        "Http": http_of(root),
        "Annotations": _annotations(whole, account_id),
        "Users": _users(whole, account_id),
        "ServiceIds": [service_id(each, account_id) for each in services],
        "ResourceARNs": [{"ARN": arn} for arn in arns],
        "InstanceIds": [{"Id": each} for each in dict.fromkeys(of_machine(whole, "instance_id"))],
        "AvailabilityZones": [{"Name": each} for each in dict.fromkeys(of_machine(whole, "availability_zone"))],
        "EntryPoint": service_id(service_of(root), account_id),
    }


def service_id(service: Service, account_id: str) -> dict[str, Any]:
    """Return how X-Ray names a service."""
    told: dict[str, Any] = {"Name": service.name, "Names": [service.name]}
    if service.type.startswith("AWS::"):
        told["AccountId"] = account_id
    return told | ({"Type": service.type} if service.type else {})


def http_of(segment: Entity) -> dict[str, Any]:
    """Return what is told of the request that a segment served."""
    request, response = part(segment, "http", "request"), part(segment, "http", "response")
    told = {
        "HttpURL": request.get("url"),
        "HttpStatus": response.get("status"),
        "HttpMethod": request.get("method"),
        "UserAgent": request.get("user_agent"),
        "ClientIp": request.get("client_ip"),
    }
    return {name: value for name, value in told.items() if value is not None}


def annotations_of(segment: Entity) -> Iterator[tuple[str, Any]]:
    """Yield the annotations of a segment and of its subsegments; only these three types are indexed (documented)."""
    for entity in (segment, *below(segment)):
        for key, value in part(entity, "annotations").items():
            if isinstance(value, str | int | float):
                yield key, value


def of_machine(whole: Whole, member: str) -> Iterator[str]:
    """Yield what the segments tell of the EC2 instances on which they were written."""
    for segment in whole.segments:
        value = part(segment, "aws", "ec2").get(member)
        if value:
            yield str(value)


def instant(epoch_s: float) -> datetime:
    """Return seconds since 1970 as a date."""
    return datetime.fromtimestamp(epoch_s, UTC)


def took_s(segment: Entity) -> float:
    """Return how many seconds a segment took."""
    return span_s(segment["start_time"], ended_at_of(segment))


def span_s(start_at: float, end_at: float) -> float:
    """Return the seconds between two instants, as exactly as documents tell them."""
    return round(end_at - start_at, 6)


def _annotations(whole: Whole, account_id: str) -> dict[str, Any]:
    found: dict[str, dict[Any, dict[Service, None]]] = {}
    for segment in whole.segments:
        for key, value in annotations_of(segment):
            by_value = found.setdefault(key, {})
            by_value.setdefault((type(value) is bool, value), {})[service_of(segment)] = None
    return {
        key: [
            {"AnnotationValue": _value(value), "ServiceIds": [service_id(each, account_id) for each in services]}
            for (_, value), services in by_value.items()
        ]
        for key, by_value in found.items()
    }


def _value(value: object) -> dict[str, Any]:
    match value:
        case bool():
            return {"BooleanValue": value}
        case int() | float():
            return {"NumberValue": float(value)}
        case _:
            return {"StringValue": value}


def _users(whole: Whole, account_id: str) -> list[dict[str, Any]]:
    users: dict[str, dict[Service, None]] = {}
    for segment in whole.segments:
        if segment.get("user"):
            users.setdefault(str(segment["user"]), {})[service_of(segment)] = None
    return [
        {"UserName": user, "ServiceIds": [service_id(each, account_id) for each in services]}
        for user, services in users.items()
    ]
