"""Operations on what a table has beside its items: time to live, backups, policies, Kinesis streams, limits."""

from datetime import timedelta
from typing import Any

from eventsim import ApiError, Request, Result
from eventsim_sources.table import creation, errors
from eventsim_sources.table.api.tables import Tables
from eventsim_sources.table.destination import Destination
from eventsim_sources.table.recovery import Recovery
from eventsim_sources.table.source import Table

_RECOVERY_DAYS = 35
_RECOVERY_LAG_MINUTES = 5
_DESTINATIONS_MAX = 2
_LIMITS = {
    "AccountMaxReadCapacityUnits": 80_000,
    "AccountMaxWriteCapacityUnits": 80_000,
    "TableMaxReadCapacityUnits": 40_000,
    "TableMaxWriteCapacityUnits": 40_000,
}
_ENDPOINT_MINUTES = 1_440


def update_time_to_live(tables: Tables, request: Request) -> Result:
    """Let items end at the instant that an attribute names, or no more."""
    table = tables.named(request)
    asked: Any = request.parameters["TimeToLiveSpecification"]
    attribute, is_on = asked["AttributeName"], asked["Enabled"]
    current = table.time_to_live.attribute
    if is_on and current == attribute:
        raise errors.invalid("TimeToLive is already enabled")
    if not is_on and not current:
        raise errors.invalid("TimeToLive is already disabled")
    if current and current != attribute:
        raise errors.invalid(f"TimeToLive is active on a different AttributeName: current AttributeName is {current}")
    for each in (table, *table.replication.others()):
        each.set_time_to_live(attribute if is_on else "")
    return {"TimeToLiveSpecification": {"Enabled": is_on, "AttributeName": attribute}}


def describe_time_to_live(tables: Tables, request: Request) -> Result:
    """Tell which attribute ends items."""
    attribute = tables.named(request).time_to_live.attribute
    told = {"TimeToLiveStatus": "ENABLED" if attribute else "DISABLED"}
    if attribute:
        told["AttributeName"] = attribute
    return {"TimeToLiveDescription": told}


def update_continuous_backups(tables: Tables, request: Request) -> Result:
    """Switch point-in-time recovery on or off: while it is on, changes are kept."""
    table = _backed_up(tables, request)
    asked: Any = request.parameters["PointInTimeRecoverySpecification"]
    if asked["PointInTimeRecoveryEnabled"]:
        days = asked.get("RecoveryPeriodInDays") or _RECOVERY_DAYS
        if table.recovery is None:
            table.recovery = Recovery(tables.world.clock, days)
        table.recovery.days = days
    else:
        table.recovery = None
    table.journal.note()
    return {"ContinuousBackupsDescription": _backups(table)}


def describe_continuous_backups(tables: Tables, request: Request) -> Result:
    """Tell whether point-in-time recovery is on."""
    return {"ContinuousBackupsDescription": _backups(_backed_up(tables, request))}


def _backed_up(tables: Tables, request: Request) -> Table:
    name = str(request.parameters["TableName"])
    table = tables.find(name)
    if table is None:
        raise errors.backups_table_missing(tables.name_of(name))
    return table


def _backups(table: Table) -> dict[str, Any]:
    recovery: dict[str, Any] = {"PointInTimeRecoveryStatus": "DISABLED"}
    if table.recovery is not None:
        clock = table.world.clock
        latest = clock.date() - timedelta(minutes=_RECOVERY_LAG_MINUTES)
        earliest = clock.date(table.recovery.earliest_us)
        recovery = {
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": table.recovery.days,
            "EarliestRestorableDateTime": earliest,
            "LatestRestorableDateTime": max(latest, earliest),
        }
    return {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}


def put_resource_policy(tables: Tables, request: Request) -> Result:
    """Keep a policy; it permits and forbids something where permissions are enforced."""
    parameters: Any = request.parameters
    arn, expected = parameters["ResourceArn"], parameters.get("ExpectedRevisionId")
    table = tables.with_arn(arn)
    creation.check_policy(parameters["Policy"])
    present = table.policies.get(arn)
    if expected and expected != ("NO_POLICY" if present is None else present[1]):
        raise _policy_missing()
    if present is None or present[0] != parameters["Policy"]:
        table.policies[arn] = (parameters["Policy"], table.new_revision())
    if tables.world.permissions != "enforced":
        tables.tell_without_effect(request, "Policy", "permissions are not enforced")
    table.journal.note()
    return {"RevisionId": table.policies[arn][1]}


def get_resource_policy(tables: Tables, request: Request) -> Result:
    """Return a policy."""
    arn = str(request.parameters["ResourceArn"])
    policy = tables.with_arn(arn).policies.get(arn)
    if policy is None:
        raise _policy_missing()
    return {"Policy": policy[0], "RevisionId": policy[1]}


def delete_resource_policy(tables: Tables, request: Request) -> Result:
    """Forget a policy; it is no error if there is none."""
    parameters: Any = request.parameters
    arn, expected = parameters["ResourceArn"], parameters.get("ExpectedRevisionId")
    table = tables.with_arn(arn)
    policy = table.policies.get(arn)
    if expected and (policy is None or policy[1] != expected):
        raise _policy_missing()
    if policy is None:
        return {}
    del table.policies[arn]
    table.journal.note()
    return {"RevisionId": policy[1]}


def _policy_missing() -> ApiError:
    return ApiError("PolicyNotFoundException", "Resource-based policy not found for the provided ResourceArn")


def enable_kinesis_streaming_destination(tables: Tables, request: Request) -> Result:
    """Tell a Kinesis stream of every change from now on."""
    table, arn = tables.named(request), str(request.parameters["StreamArn"])
    asked: Any = request.parameters.get("EnableKinesisStreamingConfiguration") or {}
    present = table.destinations.get(arn)
    if present is not None and present.is_active:
        raise errors.invalid(
            "Table is not in a valid state to enable Kinesis Streaming Destination: EnableKinesisStreamingDestination "
            "must be DISABLED or ENABLE_FAILED to perform ENABLE operation."
        )
    if present is None and sum(each.is_active for each in table.destinations.values()) >= _DESTINATIONS_MAX:
        raise ApiError("LimitExceededException", f"A table has at most {_DESTINATIONS_MAX} streaming destinations")
    if tables.world.target(arn) is None:
        raise errors.resource_missing(arn)
    precision = asked.get("ApproximateCreationDateTimePrecision") or "MILLISECOND"
    return _destination(table, table.add_destination(arn, precision), "ENABLING", "Enable")


def disable_kinesis_streaming_destination(tables: Tables, request: Request) -> Result:
    """Tell a Kinesis stream no more."""
    table = tables.named(request)
    destination = _active(table, request, "disable")
    destination.is_active = False
    table.journal.note()
    return _destination(table, destination, "DISABLING", "Enable")


def update_kinesis_streaming_destination(tables: Tables, request: Request) -> Result:
    """Change the precision of the dates in the records."""
    table = tables.named(request)
    destination = _active(table, request, "update")
    asked: Any = request.parameters.get("UpdateKinesisStreamingConfiguration") or {}
    precision = asked.get("ApproximateCreationDateTimePrecision")
    if not precision:
        raise errors.invalid(
            "Streaming destination cannot be updated with given parameters: "
            "UpdateKinesisStreamingConfiguration cannot be null or contain only null values"
        )
    if precision == destination.precision:
        raise errors.invalid(
            f"Invalid Request: Precision is already set to the desired value of {precision} for tableId: "
            f"{table.identifier}, kdsArn: {destination.arn}"
        )
    destination.precision = precision
    table.journal.note()
    return _destination(table, destination, "UPDATING", "Update")


def describe_kinesis_streaming_destination(tables: Tables, request: Request) -> Result:
    """Tell which Kinesis streams are told of changes."""
    table = tables.named(request)
    told = [
        {
            "StreamArn": each.arn,
            "DestinationStatus": each.status,
            "ApproximateCreationDateTimePrecision": each.precision,
        }
        for each in table.destinations.values()
    ]
    return {"TableName": table.name, "KinesisDataStreamDestinations": told}


def _active(table: Table, request: Request, verb: str) -> Destination:
    destination = table.destinations.get(str(request.parameters["StreamArn"]))
    if destination is None or not destination.is_active:
        raise errors.invalid(
            f"Table is not in a valid state to {verb} Kinesis Streaming Destination: "
            f"{verb.capitalize()}KinesisStreamingDestination must be ACTIVE to perform {verb.upper()} operation."
        )
    return destination


def _destination(table: Table, destination: Destination, status: str, verb: str) -> Result:
    return {
        "TableName": table.name,
        "StreamArn": destination.arn,
        "DestinationStatus": status,
        f"{verb}KinesisStreamingConfiguration": {"ApproximateCreationDateTimePrecision": destination.precision},
    }


def describe_limits(tables: Tables, request: Request) -> Result:
    """Return the account's quotas, which nothing enforces."""
    del tables, request
    return dict(_LIMITS)


def describe_endpoints(tables: Tables, request: Request) -> Result:
    """Return the endpoint that a client knows already."""
    region = request.region or tables.world.region
    address = f"dynamodb.{region}.amazonaws.com"
    return {"Endpoints": [{"Address": address, "CachePeriodInMinutes": _ENDPOINT_MINUTES}]}
