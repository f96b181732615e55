"""What do calls of EventBridge need? The action of the same name on the bus, the rule, the archive, …"""

import json
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import (
    Need,
    Needs,
    Place,
    anywhere,
    at,
    called,
    if_given,
    members,
    on,
    passing,
    text_in,
    together,
    value_of,
)

_OF_A_RULE: Final = ("DeleteRule", "DescribeRule", "DisableRule", "EnableRule")
_OF_A_RULE_OF_TARGETS: Final = ("ListTargetsByRule", "RemoveTargets")
_OF_A_BUS: Final = ("CreateEventBus", "DeleteEventBus", "DescribeEventBus", "UpdateEventBus")
_OF_A_BUS_BY_NAME: Final = ("PutPermission", "RemovePermission")
_OF_AN_ARCHIVE: Final = ("CreateArchive", "DeleteArchive", "DescribeArchive", "UpdateArchive")
_OF_A_REPLAY: Final = ("CancelReplay", "DescribeReplay", "StartReplay")
_OF_A_CONNECTION: Final = (
    *("CreateConnection", "DeauthorizeConnection", "DeleteConnection", "DescribeConnection", "UpdateConnection"),
)
_OF_AN_API_DESTINATION: Final = (
    *("CreateApiDestination", "DeleteApiDestination", "DescribeApiDestination", "UpdateApiDestination"),
)
_OF_AN_ENDPOINT: Final = ("DeleteEndpoint", "DescribeEndpoint")
_OF_AN_EVENT_SOURCE: Final = (
    *("ActivateEventSource", "CreatePartnerEventSource", "DeactivateEventSource", "DeletePartnerEventSource"),
    *("DescribeEventSource", "DescribePartnerEventSource"),
)
_OF_A_TAGGED: Final = ("ListTagsForResource", "TagResource", "UntagResource")
_OF_ALL: Final = (
    *("ListApiDestinations", "ListArchives", "ListConnections", "ListEndpoints", "ListEventBuses", "ListEventSources"),
    *("ListPartnerEventSources", "ListReplays", "PutPartnerEvents", "TestEventPattern"),
)

_endpoint = called("Name", "events", "endpoint/{}")


def _bus_arn(name_or_arn: object, place: Place) -> str:
    name = str(name_or_arn or "default")
    return name if name.startswith("arn:") else place.arn("events", f"event-bus/{name}")


def _bus(parameter: str) -> Callable[[Mapping[str, Any], Place], str]:
    """Return what makes the ARN of a bus; the default one need not be named."""
    return lambda given, place: _bus_arn(given.get(parameter), place)


def _rule_arn(given: Mapping[str, Any], place: Place, name: str) -> str:
    """Return the ARN of a rule; those on the default bus do not name it."""
    begin, _, bus = _bus_arn(given.get("EventBusName"), place).rpartition("event-bus/")
    return f"{begin}rule/{name}" if bus == "default" else f"{begin}rule/{bus}/{name}"


def _rule(parameter: str) -> Callable[[Mapping[str, Any], Place], str]:
    return lambda given, place: _rule_arn(given, place, text_in(given, parameter))


def _all_rules(given: Mapping[str, Any], place: Place) -> str:
    """Return what stands for all rules of a bus, as AWS's refusals name them."""
    return _rule_arn(given, place, "*")


def _event_source(parameter: str) -> Callable[[Mapping[str, Any], Place], str]:
    """Return what makes the ARN of a partner's event source, which no account has."""
    return lambda given, place: f"arn:aws:events:{place.region}::event-source/{text_in(given, parameter)}"


def _put_events(given: Mapping[str, Any], place: Place) -> Iterable[Need]:
    """Return what each entry needs, alike ones once."""
    entries = {
        (_bus_arn(entry.get("EventBusName"), place), text_in(entry, "Source"), text_in(entry, "DetailType")): None
        for entry in members(given.get("Entries"))
    }
    return [
        Need("events:PutEvents", bus, {"events:source": (source,), "events:detail-type": (detail_type,)})
        for bus, source, detail_type in entries
    ]


def _put_rule(given: Mapping[str, Any], place: Place) -> Iterable[Need]:
    keys = {f"events:{name}": _wanted(given, name) for name in ("source", "detail-type")}
    return [
        Need("events:PutRule", _rule("Name")(given, place), {name: values for name, values in keys.items() if values})
    ]


def _wanted(given: Mapping[str, Any], field: str) -> tuple[str, ...]:
    """Return the texts that a rule's pattern wants in a field."""
    try:
        wanted = json.loads(text_in(given, "EventPattern"))[field]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ()
    return tuple(each for each in wanted if isinstance(each, str)) if isinstance(wanted, list) else ()


def _put_targets(given: Mapping[str, Any], place: Place) -> Iterable[Need]:
    arns = tuple(text_in(target, "Arn") for target in members(given.get("Targets")))
    return [Need("events:PutTargets", _rule("Rule")(given, place), {"events:TargetArn": arns} if arns else {})]


NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: on(_rule("Name"), f"events:{name}") for name in _OF_A_RULE},
        **{name: on(_rule("Rule"), f"events:{name}") for name in _OF_A_RULE_OF_TARGETS},
        **{name: on(_bus("Name"), f"events:{name}") for name in _OF_A_BUS},
        **{name: on(_bus("EventBusName"), f"events:{name}") for name in _OF_A_BUS_BY_NAME},
        **{name: on(called("ArchiveName", "events", "archive/{}"), f"events:{name}") for name in _OF_AN_ARCHIVE},
        **{name: on(called("ReplayName", "events", "replay/{}"), f"events:{name}") for name in _OF_A_REPLAY},
        **{name: on(called("Name", "events", "connection/{}"), f"events:{name}") for name in _OF_A_CONNECTION},
        **{
            name: on(called("Name", "events", "api-destination/{}"), f"events:{name}")
            for name in _OF_AN_API_DESTINATION
        },
        **{name: on(_endpoint, f"events:{name}") for name in _OF_AN_ENDPOINT},
        **{
            name: together(on(_endpoint, f"events:{name}"), passing("events", value_of("RoleArn")))
            for name in ("CreateEndpoint", "UpdateEndpoint")
        },
        **{name: on(_event_source("Name"), f"events:{name}") for name in _OF_AN_EVENT_SOURCE},
        **{name: on(at("ResourceARN"), f"events:{name}") for name in _OF_A_TAGGED},
        **{name: anywhere(f"events:{name}") for name in _OF_ALL},
        "ListPartnerEventSourceAccounts": on(_event_source("EventSourceName"), "events:ListPartnerEventSourceAccounts"),
        "ListRuleNamesByTarget": on(_all_rules, "events:ListRuleNamesByTarget"),
        "ListRules": on(_all_rules, "events:ListRules"),
        "PutEvents": _put_events,
        "PutRule": together(
            _put_rule, if_given("Tags", on(_rule("Name"), "events:TagResource")), passing("events", value_of("RoleArn"))
        ),
        "PutTargets": together(
            _put_targets,
            passing("events", lambda given: [each.get("RoleArn") for each in members(given.get("Targets"))]),
        ),
    }
)
