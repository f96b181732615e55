"""Operations on buses and their policies."""

import json
from collections.abc import Mapping
from typing import Any

from eventsim import ApiError, Result, load_json, policy_fault
from eventsim_sources.bus import errors
from eventsim_sources.bus.api.call import Call, checked_name, present, tags_of
from eventsim_sources.bus.api.partners import offered, partners_of
from eventsim_sources.bus.limits import POLICY_BYTES_MAX
from eventsim_sources.bus.names import DEFAULT_BUS, bus_name
from eventsim_sources.bus.policy import HEAD, by_id
from eventsim_sources.bus.source import Bus

_SETTINGS = ("Description", "KmsKeyIdentifier", "DeadLetterConfig", "LogConfig")
_NAME_CHARS_MAX = 256


def create_event_bus(call: Call) -> Result:
    """Make a bus."""
    name, of_partner = call.text("Name"), call.text("EventSourceName")
    source = offered(call, of_partner) if of_partner else None
    if of_partner and name != of_partner:  # unconfirmed words
        raise errors.validation("The name of a partner event bus must be the name of its event source.")
    if source is None and "/" in name:
        raise errors.validation("Event bus name must not contain '/'.")
    if source is None:
        checked_name(name, "name", length_max=_NAME_CHARS_MAX)
    if name in call.world.sources(Bus.kind):
        raise errors.exists("Event bus", name)
    bus = call.directory.add_bus(name, call.kept(_SETTINGS))
    bus.tags.update(tags_of(call.given.get("Tags")))
    if source is not None:
        source.is_active = True
    return {"EventBusArn": bus.arn, **bus.settings}


def update_event_bus(call: Call) -> Result:
    """Change a bus; what is not given stays."""
    bus = call.directory.bus(call.given.get("Name"))
    bus.settings = call.kept(_SETTINGS, bus.settings)
    bus.modified = call.world.clock.date()
    return {"Arn": bus.arn, "Name": bus.name, **bus.settings}


def delete_event_bus(call: Call) -> Result:
    """Delete a bus; one that is not there is deleted already (recorded)."""
    name = bus_name(call.text("Name"))
    if name == DEFAULT_BUS:
        raise errors.validation("Cannot delete event bus default.")
    bus = call.directory.find_bus(name)
    if bus is not None:
        if bus.rules:  # unconfirmed words
            raise errors.validation(f"Event bus {name} can't be deleted since it has rules.")
        call.directory.remove_bus(bus)
        partners_of(call).lose_bus(name)
    return {}


def describe_event_bus(call: Call) -> Result:
    """Tell of a bus."""
    bus = call.directory.bus(call.given.get("Name"))
    return {**_listed(bus), **{key: bus.settings[key] for key in _SETTINGS if key in bus.settings}}


def list_event_buses(call: Call) -> Result:
    """List the buses."""
    prefix = call.text("NamePrefix")
    buses = [bus for name, bus in call.directory.buses().items() if name.startswith(prefix)]
    chosen, more = call.page(buses, lambda bus: bus.name)
    return {"EventBuses": [_listed(bus) for bus in chosen], **more}


def _listed(bus: Bus) -> dict[str, Any]:
    listed = {
        "Name": bus_name(bus.arn),
        "Arn": bus.arn,
        "Description": bus.settings.get("Description"),
        "Policy": _policy(bus),
        "CreationTime": bus.created,
        "LastModifiedTime": bus.modified,
    }
    return present(listed)


# --- policies ----------------------------------------------------------------------------------------------


def put_permission(call: Call) -> Result:
    """Add a statement to the policy of a bus, or replace the policy."""
    bus = call.directory.bus(call.given.get("EventBusName"))
    given = call.given.get("Policy")
    if given is None:
        head, statements = bus.policy_head, bus.statements | _statement(call, bus)
    else:
        head, statements = _read_policy(given)
    if len(_document(head, statements).encode()) > POLICY_BYTES_MAX:  # unconfirmed words
        message = f"The policy of an event bus must not be larger than {POLICY_BYTES_MAX} bytes."
        raise ApiError("PolicyLengthExceededException", message)
    bus.policy_head, bus.statements = head, statements
    return {}


def _statement(call: Call, bus: Bus) -> dict[str, dict[str, Any]]:
    """Return the statement that a request describes, by its id."""
    for name in ("Action", "Principal", "StatementId"):
        if not call.given.get(name):
            raise errors.validation(f"Parameter {name} must be specified.")  # unconfirmed words
    if call.text("Action") != "events:PutEvents":
        raise errors.validation("Provided value in parameter 'action' is not supported.")
    principal, condition = call.text("Principal"), call.given.get("Condition")
    statement: dict[str, Any] = {
        "Sid": call.text("StatementId"),
        "Effect": "Allow",
        "Principal": "*" if principal == "*" else {"AWS": f"arn:aws:iam::{principal}:root"},
        "Action": call.text("Action"),
        "Resource": bus.arn,
    }
    if condition:
        statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
    return {statement["Sid"]: statement}


def remove_permission(call: Call) -> Result:
    """Take a statement out of the policy of a bus, or all."""
    bus = call.directory.bus(call.given.get("EventBusName"))
    if call.given.get("RemoveAllPermissions"):
        bus.policy_head, bus.statements = HEAD, {}
        return {}
    if not bus.statements:
        raise ApiError("ResourceNotFoundException", "EventBus does not have a policy.")
    if bus.statements.pop(call.text("StatementId"), None) is None:
        raise ApiError("ResourceNotFoundException", "Statement with the provided id does not exist.")
    return {}


def _policy(bus: Bus) -> str | None:
    return _document(bus.policy_head, bus.statements) if bus.statements else None


def _document(head: Mapping[str, Any], statements: Mapping[str, Any]) -> str:
    return json.dumps({**head, "Statement": list(statements.values())}, separators=(",", ":"))


def _read_policy(text: str) -> tuple[Mapping[str, Any], dict[str, dict[str, Any]]]:
    """Return what a policy says beside its statements, and the statements by their ids.

    Raises:
        ApiError: it is no policy (unconfirmed words).
    """
    fault = policy_fault(text)
    if fault:
        raise errors.validation(f"Parameter Policy is not valid. Reason: {fault}.")
    given = load_json(text)
    statements = given.pop("Statement")
    statements = [statements] if isinstance(statements, Mapping) else statements
    found = by_id(statements)
    if len(found) != len(statements):
        raise errors.validation("Parameter Policy is not valid. Reason: two statements have the same id.")
    return {**HEAD, **given}, found
