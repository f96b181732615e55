"""EventBridge as its clients know it: one function for each operation of the service `events`."""

from collections.abc import Callable, Mapping
from functools import partial

from eventsim import About, Operation, Request, Result, World
from eventsim_sources.bus.api import api_destinations, archives, buses, endpoints, events, partners, rules, targets
from eventsim_sources.bus.api.call import Call
from eventsim_sources.bus.directory import Directory
from eventsim_sources.without_effect import check_heeded

_BUS = "Name Description KmsKeyIdentifier DeadLetterConfig LogConfig"
_ENDPOINT = "Name Description RoutingConfig ReplicationConfig EventBuses RoleArn"
_PAGE = "NextToken Limit"
_ARCHIVE = "ArchiveName Description EventPattern RetentionDays KmsKeyIdentifier"
_CONNECTION = "Name Description AuthorizationType AuthParameters InvocationConnectivityParameters KmsKeyIdentifier"
_DESTINATION = "Name Description ConnectionArn InvocationEndpoint HttpMethod InvocationRateLimitPerSecond"

_OPERATIONS: Mapping[str, tuple[Callable[[Call], Result], str]] = {
    "ActivateEventSource": (partners.activate_event_source, "Name"),
    "CancelReplay": (archives.cancel_replay, "ReplayName"),
    "CreateApiDestination": (api_destinations.create_api_destination, _DESTINATION),
    "CreateArchive": (archives.create_archive, f"{_ARCHIVE} EventSourceArn"),
    "CreateConnection": (api_destinations.create_connection, _CONNECTION),
    "CreateEndpoint": (endpoints.create_endpoint, _ENDPOINT),
    "CreatePartnerEventSource": (partners.create_partner_event_source, "Name Account"),
    "CreateEventBus": (buses.create_event_bus, f"{_BUS} EventSourceName Tags"),
    "DeactivateEventSource": (partners.deactivate_event_source, "Name"),
    "DeauthorizeConnection": (api_destinations.deauthorize_connection, "Name"),
    "DeleteApiDestination": (api_destinations.delete_api_destination, "Name"),
    "DeleteArchive": (archives.delete_archive, "ArchiveName"),
    "DeleteConnection": (api_destinations.delete_connection, "Name"),
    "DeleteEndpoint": (endpoints.delete_endpoint, "Name"),
    "DeleteEventBus": (buses.delete_event_bus, "Name"),
    "DeletePartnerEventSource": (partners.delete_partner_event_source, "Name Account"),
    "DeleteRule": (rules.delete_rule, "Name EventBusName Force"),
    "DescribeApiDestination": (api_destinations.describe_api_destination, "Name"),
    "DescribeArchive": (archives.describe_archive, "ArchiveName"),
    "DescribeConnection": (api_destinations.describe_connection, "Name"),
    "DescribeEndpoint": (endpoints.describe_endpoint, "Name HomeRegion"),
    "DescribeEventBus": (buses.describe_event_bus, "Name"),
    "DescribeEventSource": (partners.describe_event_source, "Name"),
    "DescribePartnerEventSource": (partners.describe_partner_event_source, "Name"),
    "DescribeReplay": (archives.describe_replay, "ReplayName"),
    "DescribeRule": (rules.describe_rule, "Name EventBusName"),
    "DisableRule": (rules.disable_rule, "Name EventBusName"),
    "EnableRule": (rules.enable_rule, "Name EventBusName"),
    "ListApiDestinations": (api_destinations.list_api_destinations, f"NamePrefix ConnectionArn {_PAGE}"),
    "ListArchives": (archives.list_archives, f"NamePrefix EventSourceArn State {_PAGE}"),
    "ListConnections": (api_destinations.list_connections, f"NamePrefix ConnectionState {_PAGE}"),
    "ListEndpoints": (endpoints.list_endpoints, "NamePrefix HomeRegion NextToken MaxResults"),
    "ListEventBuses": (buses.list_event_buses, f"NamePrefix {_PAGE}"),
    "ListEventSources": (partners.list_event_sources, f"NamePrefix {_PAGE}"),
    "ListPartnerEventSourceAccounts": (
        partners.list_partner_event_source_accounts,
        f"EventSourceName {_PAGE}",
    ),
    "ListPartnerEventSources": (partners.list_partner_event_sources, f"NamePrefix {_PAGE}"),
    "ListReplays": (archives.list_replays, f"NamePrefix EventSourceArn State {_PAGE}"),
    "ListRuleNamesByTarget": (rules.list_rule_names_by_target, f"TargetArn EventBusName {_PAGE}"),
    "ListRules": (rules.list_rules, f"NamePrefix EventBusName {_PAGE}"),
    "ListTagsForResource": (rules.list_tags_for_resource, "ResourceARN"),
    "ListTargetsByRule": (targets.list_targets_by_rule, f"Rule EventBusName {_PAGE}"),
    "PutEvents": (events.put_events, "Entries EndpointId"),
    "PutPartnerEvents": (partners.put_partner_events, "Entries"),
    "PutPermission": (
        buses.put_permission,
        "EventBusName Action Principal StatementId Condition Policy",
    ),
    "PutRule": (
        rules.put_rule,
        "Name ScheduleExpression EventPattern State Description RoleArn Tags EventBusName",
    ),
    "PutTargets": (targets.put_targets, "Rule EventBusName Targets"),
    "RemovePermission": (buses.remove_permission, "StatementId RemoveAllPermissions EventBusName"),
    "RemoveTargets": (targets.remove_targets, "Rule EventBusName Ids Force"),
    "StartReplay": (
        archives.start_replay,
        "ReplayName Description EventSourceArn EventStartTime EventEndTime Destination",
    ),
    "TagResource": (rules.tag_resource, "ResourceARN Tags"),
    "TestEventPattern": (events.test_event_pattern, "EventPattern Event"),
    "UntagResource": (rules.untag_resource, "ResourceARN TagKeys"),
    "UpdateApiDestination": (api_destinations.update_api_destination, _DESTINATION),
    "UpdateArchive": (archives.update_archive, _ARCHIVE),
    "UpdateConnection": (api_destinations.update_connection, _CONNECTION),
    "UpdateEndpoint": (endpoints.update_endpoint, _ENDPOINT),
    "UpdateEventBus": (buses.update_event_bus, _BUS),
}
"""Operation → its function, and the parameters that it takes. Any other parameter is refused by name."""


_INERT: Mapping[str, str] = {
    "EndpointId": "events go to the buses of the one region that is here",
    "DeadLetterConfig": "a bus takes every event",
    "KmsKeyIdentifier": "nothing is encrypted",
    "LogConfig": "the trace tells what a bus does",
    "RoleArn": "there are no users, and roles permit everything",
}
"""What is kept and told, and changes nothing; the trace says so once."""

_RULE = "event-bus:EventBusName=default rule:"
_ABOUT: Mapping[str, About] = {
    "CreateApiDestination": About("api-destination:Name"),
    "CreateArchive": About("archive:ArchiveName"),
    "CreateConnection": About("connection:Name"),
    "CreateEndpoint": About("endpoint:Name"),
    "CreateEventBus": About("event-bus:Name"),
    "DeauthorizeConnection": About("connection:Name"),
    "DeleteApiDestination": About("api-destination:Name", ends=True),
    "DeleteArchive": About("archive:ArchiveName", ends=True),
    "DeleteConnection": About("connection:Name", ends=True),
    "DeleteEndpoint": About("endpoint:Name", ends=True),
    "DeleteEventBus": About("event-bus:Name", ends=True),
    "DeleteRule": About(f"{_RULE}Name", ends=True),
    "DisableRule": About(f"{_RULE}Name", part=":state"),
    "EnableRule": About(f"{_RULE}Name", part=":state"),
    "PutRule": About(f"{_RULE}Name", part=""),
    "PutTargets": About(f"{_RULE}Rule", part="Targets.Id"),
    "RemoveTargets": About(f"{_RULE}Rule"),
    "TagResource": About("event-bus:ResourceARN", part="Tags.Key"),
    "UntagResource": About("event-bus:ResourceARN"),
    "UpdateApiDestination": About("api-destination:Name", part=""),
    "UpdateArchive": About("archive:ArchiveName", part=""),
    "UpdateConnection": About("connection:Name", part=""),
    "UpdateEndpoint": About("endpoint:Name", part=""),
    "UpdateEventBus": About("event-bus:Name", part=""),
}


def operations(world: World) -> Mapping[str, Operation]:
    """Return EventBridge's operations for one simulation."""
    directory = world.share(Directory)
    directory.default()
    made = {name: partial(_carry_out, directory, carry, takes) for name, (carry, takes) in _OPERATIONS.items()}
    return world.lasting(made, but=("CancelReplay", "PutEvents", "PutPartnerEvents", "StartReplay"), about=_ABOUT)


def _carry_out(directory: Directory, carry: Callable[[Call], Result], takes: str, request: Request) -> Result:
    check_heeded(directory.world, request, takes, inert=_INERT)
    return carry(Call(directory, request))
