"""Operations on events: put them, and try a pattern on one."""

from collections.abc import Mapping
from typing import Any

from eventsim import Result
from eventsim_sources.bus import errors
from eventsim_sources.bus.api.call import Call, read_instant, read_pattern
from eventsim_sources.bus.entry import Unfit, check_entries, read_detail
from eventsim_sources.bus.event import event_time, from_json
from eventsim_sources.bus.limits import PATTERN_OF_ARCHIVE_CHARS_MAX
from eventsim_sources.bus.names import bus_name
from eventsim_sources.bus.source import Bus

_EVENT_MEMBERS = ("id", "account", "source", "time", "region", "resources", "detail-type")


def put_events(call: Call) -> Result:
    """Put events on buses; an entry that is refused stands in its place, the others are put."""
    entries: Any = call.given.get("Entries") or []
    check_entries(entries)
    results = [_put(call, entry) for entry in entries]
    return {"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results}


def _put(call: Call, entry: Mapping[str, Any]) -> dict[str, str]:
    return publish(call, entry, read_detail(entry, is_of_aws=call.request.caller.is_aws))


def publish(call: Call, entry: Mapping[str, Any], detail: Mapping[str, Any] | Unfit) -> dict[str, str]:
    """Put one event on a bus; return its place in the answer."""
    directory = call.directory
    name = bus_name(entry.get("EventBusName"))
    if isinstance(detail, Unfit):
        return _refused(call, name, detail)
    bus = directory.reachable_bus(entry.get("EventBusName"))
    if bus is None:  # it counts as put, and is gone (recorded)
        event_id = directory.new_id()
        directory.journal.vanished(directory.journal.new_event(), name, call.request.entry, event_id)
        return {"EventId": event_id}
    account_id = call.world.account_id
    if not bus.may_put(account_id, source=entry["Source"], detail_type=entry["DetailType"]):
        return _refused(call, bus.name, Unfit("AccessDeniedException", _no_permission(account_id, bus)))
    time = entry.get("Time")
    event_id = bus.publish(
        source=entry["Source"],
        detail_type=entry["DetailType"],
        detail=detail,
        resources=entry.get("Resources") or (),
        time=event_time(read_instant(time, "Time")) if time is not None else "",
        account=account_id,
        cause=directory.cause_for(bus, call.request.entry),
        trace_header=entry.get("TraceHeader") or call.request.caller.trace_header,
    )
    return {"EventId": event_id}


def _refused(call: Call, bus: str, unfit: Unfit) -> dict[str, str]:
    call.directory.journal.refused(bus, call.request.entry, unfit.code, unfit.message)
    return {"ErrorCode": unfit.code, "ErrorMessage": unfit.message}


def _no_permission(account_id: str, bus: Bus) -> str:
    """Return why an account may not put events on a bus (unconfirmed words)."""
    return (
        f"User: arn:aws:iam::{account_id}:root is not authorized to perform: events:PutEvents on resource: {bus.arn} "
        "because no resource-based policy allows the events:PutEvents action"
    )


def test_event_pattern(call: Call) -> Result:
    """Tell whether a pattern matches an event."""
    pattern = read_pattern(call.text("EventPattern"), length_max=PATTERN_OF_ARCHIVE_CHARS_MAX)
    try:
        event = from_json(call.text("Event"))
    except ValueError:
        event = None
    if not isinstance(event, dict) or any(member not in event for member in _EVENT_MEMBERS):
        raise errors.validation("Parameter Event is not valid.")
    return {"Result": pattern.matches(event)}
