"""Operations on event sources of partners: both sides of them, the partner's and the customer's."""

from collections.abc import Callable, Mapping
from typing import Any

from eventsim import ApiError, Result
from eventsim_sources.bus import errors
from eventsim_sources.bus.api.call import Call
from eventsim_sources.bus.api.events import publish
from eventsim_sources.bus.entry import read_detail
from eventsim_sources.bus.partner import EventSource, Partners


def partners_of(call: Call) -> Partners:
    """Return the partners of a simulation."""
    return call.world.share(Partners)


def event_source(call: Call, name: str) -> EventSource:
    """Return an event source.

    Raises:
        ApiError: there is none.
    """
    source = partners_of(call).sources.get(name)
    if source is None:
        raise errors.missing("Event source", name)
    return source


def offered(call: Call, name: str) -> EventSource:
    """Return an event source that its partner has not deleted.

    Raises:
        ApiError: there is none.
    """
    source = partners_of(call).offered(name)
    if source is None:
        raise errors.missing("Event source", name)
    return source


# --- the partner's side --------------------------------------------------------------------------------------


def create_partner_event_source(call: Call) -> Result:
    """Offer events to an account."""
    name = call.text("Name")
    if partners_of(call).offered(name) is not None:
        raise errors.exists("Event source", name)
    return {"EventSourceArn": partners_of(call).make(name, call.text("Account")).arn}


def describe_partner_event_source(call: Call) -> Result:
    """Tell of an offer."""
    source = offered(call, call.text("Name"))
    return {"Arn": source.arn, "Name": source.name}


def delete_partner_event_source(call: Call) -> Result:
    """Take an offer back; one that is not there is taken back already (unconfirmed)."""
    name = call.text("Name")
    partners_of(call).withdraw(name, has_bus=call.directory.find_bus(name) is not None)
    return {}


def list_partner_event_sources(call: Call) -> Result:
    """List offers."""
    chosen, more = _chosen(call, lambda source: not source.is_withdrawn)
    return {"PartnerEventSources": [{"Arn": each.arn, "Name": each.name} for each in chosen], **more}


def list_partner_event_source_accounts(call: Call) -> Result:
    """List the accounts that have an offer."""
    source = offered(call, call.text("EventSourceName"))
    told = {"Account": source.account, "CreationTime": source.made_at, "State": source.state}
    return {"PartnerEventSourceAccounts": [told | _expiration(source)]}


def put_partner_events(call: Call) -> Result:
    """Put events of a partner on the buses that were made of their sources."""
    given: Any = call.given.get("Entries") or []
    results = [_put(call, entry) for entry in given]
    return {"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results}


def _put(call: Call, entry: Mapping[str, Any]) -> dict[str, str]:
    name = str(entry.get("Source") or "")
    source = partners_of(call).offered(name)
    if source is None:
        return {"ErrorCode": "ResourceNotFoundException", "ErrorMessage": f"Event source {name} does not exist."}
    if not source.is_active:  # it counts as put, and is gone (unconfirmed)
        journal, event_id = call.directory.journal, call.directory.new_id()
        journal.vanished(journal.new_event(), name, call.request.entry, event_id)
        return {"EventId": event_id}
    return publish(call, {**entry, "EventBusName": name}, read_detail(entry, is_of_aws=True))


# --- the customer's side -------------------------------------------------------------------------------------


def describe_event_source(call: Call) -> Result:
    """Tell of an event source."""
    return _described(event_source(call, call.text("Name")))


def list_event_sources(call: Call) -> Result:
    """List the event sources."""
    chosen, more = _chosen(call, lambda _: True)
    return {"EventSources": [_described(each) for each in chosen], **more}


def activate_event_source(call: Call) -> Result:
    """Take events of a partner again."""
    source = offered(call, call.text("Name"))
    if call.directory.find_bus(source.name) is None:  # unconfirmed words
        message = f"Event source {source.name} has no event bus."
        raise ApiError("InvalidStateException", message)
    source.is_active = True
    return {}


def deactivate_event_source(call: Call) -> Result:
    """Take no events of a partner."""
    event_source(call, call.text("Name")).is_active = False
    return {}


def _described(source: EventSource) -> dict[str, Any]:
    told = {"Arn": source.arn, "CreatedBy": source.partner, "CreationTime": source.made_at, "Name": source.name}
    return {**told, "State": source.state, **_expiration(source)}


def _expiration(source: EventSource) -> dict[str, Any]:
    return {"ExpirationTime": source.ends_at} if source.state == "PENDING" else {}


def _chosen(call: Call, is_meant: Callable[[EventSource], bool]) -> tuple[list[EventSource], dict[str, str]]:
    prefix = call.text("NamePrefix")
    found = [each for name, each in partners_of(call).sources.items() if name.startswith(prefix) and is_meant(each)]
    return call.page(found, lambda source: source.name)
