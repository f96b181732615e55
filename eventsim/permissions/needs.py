"""What does a call of any service need? Tables for the services that functions use, and a rule for all others."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions import (
    of_apis,
    of_buses,
    of_connections,
    of_functions,
    of_queues,
    of_schedules,
    of_sessions,
    of_streams,
    of_tables,
    of_topics,
    of_traces,
    of_workflows,
)
from eventsim.permissions.need import Need, Needs, Place

_TABLES: Final[Mapping[str, Mapping[str, Needs]]] = MappingProxyType(
    {
        "apigatewaymanagementapi": of_connections.NEEDS,
        "dynamodb": of_tables.NEEDS,
        "dynamodbstreams": of_tables.OF_STREAMS,
        "events": of_buses.NEEDS,
        "firehose": of_streams.OF_DELIVERY_STREAMS,
        "kinesis": of_streams.NEEDS,
        "lambda": of_functions.NEEDS,
        "pipes": of_schedules.OF_PIPES,
        "scheduler": of_schedules.NEEDS,
        "sns": of_topics.NEEDS,
        "sqs": of_queues.NEEDS,
        "stepfunctions": of_workflows.NEEDS,
        "sts": of_sessions.NEEDS,
        "xray": of_traces.NEEDS,
    }
)
"""botocore's name of a service → operation → what it needs."""

_PREFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bedrock-runtime": "bedrock",
        "elbv2": "elasticloadbalancing",
        "resourcegroupstaggingapi": "tag",
        "stepfunctions": "states",
    }
)
"""Services whose actions begin with another word than botocore's name."""


def needs_of(service: str, operation: str, parameters: Mapping[str, Any], place: Place) -> Iterable[Need]:
    """Return what a call needs.

    An operation without a line in a table needs the action of its name, on whichever resource.
    """
    if service in of_apis.SERVICES:
        return of_apis.needs_of_request(service, operation, parameters, place)
    needs = _TABLES.get(service, {}).get(operation)
    if needs is None:
        return [Need(f"{_PREFIXES.get(service, service)}:{operation}", "")]
    return needs(parameters, place)
