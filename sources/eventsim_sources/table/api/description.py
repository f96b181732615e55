"""How does AWS describe a table?"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from eventsim_sources.table.schema import Index, Key
from eventsim_sources.table.settings import Origin, Settings
from eventsim_sources.table.source import Table
from eventsim_sources.table.throughput import ThroughputHistory

_WARM = (12_000, 4_000)
"""How many reads and writes a second a new on-demand table can bear at once (documented)."""


def described(
    table: Table,
    status: str = "",
    indexes: Mapping[str, str] = MappingProxyType({}),
    replicas: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return `TableDescription`.

    Args:
        status: a status to be told instead of the present one: the answer that begins a transition has it.
        indexes: the same for global indexes, by their names; those of a new table are all new.
        replicas: the same for replicas, by their regions; one of them may be gone already.
    """
    schema, settings = table.schema, table.settings
    told: dict[str, Any] = {
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind} for name, kind in sorted(schema.types.items())
        ],
        "TableName": table.name,
        "KeySchema": key_schema(schema.key),
        "TableStatus": status or ("ACTIVE" if table.is_ready else "CREATING"),
        "CreationDateTime": table.world.clock.date(table.created_us),
        "ProvisionedThroughput": _throughput(table, ""),
        "TableSizeBytes": table.store.items.size_bytes,
        "ItemCount": table.store.items.count,
        "TableArn": table.arn,
        "TableId": table.identifier,
        "WarmThroughput": _warm(settings, ""),
    }
    if table.on_demand_us is not None:
        told["BillingModeSummary"] = {"BillingMode": settings.billing_mode}
        if status != "CREATING":
            at = table.world.clock.date(table.on_demand_us)
            told["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"] = at
    local = [index for index in schema.indexes.values() if not index.is_global]
    for_all = [index for index in schema.indexes.values() if index.is_global]
    if local:
        told["LocalSecondaryIndexes"] = [_index(table, index) for index in local]
    if for_all:
        usual = "CREATING" if status == "CREATING" else "ACTIVE"
        told["GlobalSecondaryIndexes"] = [
            global_index(table, index, indexes.get(index.name, usual), comes_later=index.name in indexes)
            for index in for_all
        ]
    if table.stream is not None:
        told["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": table.stream.view_type}
    if table.latest_stream is not None:
        told["LatestStreamLabel"] = table.latest_stream.label
        told["LatestStreamArn"] = table.latest_stream.arn
    if settings.encryption is not None:
        told["SSEDescription"] = {**settings.encryption, "KMSMasterKeyArn": _key_arn(table)}
    if settings.table_class:
        told["TableClassSummary"] = {"TableClass": settings.table_class}
    if "" in settings.on_demand:
        told["OnDemandThroughput"] = dict(settings.on_demand[""])
    if table.origin is not None:
        told["RestoreSummary"] = _origin(table, table.origin, is_in_progress=status == "CREATING")
    told |= _replicas(table, replicas)
    told["DeletionProtectionEnabled"] = settings.is_protected
    return told


def _replicas(table: Table, statuses: Mapping[str, str]) -> dict[str, Any]:
    """Describe the replicas in other regions, if there are any."""
    regions = {**dict.fromkeys(table.replication.made_at_us, "ACTIVE"), **statuses}
    described = [_replica(table, region, status) for region, status in regions.items()]
    return {"GlobalTableVersion": "2019.11.21", "Replicas": described} if described else {}


def _replica(table: Table, region: str, status: str) -> dict[str, Any]:
    """Describe the replica in another region: what it has of its own."""
    told: dict[str, Any] = {"RegionName": region, "ReplicaStatus": status}
    other = table.elsewhere(region)
    if other is None:
        return told
    told["ReplicaArn"] = other.arn
    key = (other.settings.encryption or {}).get("KMSMasterKeyArn")
    if key:
        told["KMSMasterKeyId"] = key
    if other.settings.table_class:
        told["ReplicaTableClassSummary"] = {"TableClass": other.settings.table_class}
    return told


def _key_arn(table: Table) -> str:
    """Return the ARN of the key that encrypts a table: the one that was named, or the account's own for DynamoDB."""
    named = str((table.settings.encryption or {}).get("KMSMasterKeyArn", ""))
    world = table.world
    if named.startswith("arn:"):
        return named
    if not named:
        named = world.chance.uuids("alias/aws/dynamodb")()
    place = named if named.startswith("alias/") else f"key/{named}"
    return f"arn:aws:kms:{world.region}:{world.account_id}:{place}"


def _origin(table: Table, origin: Origin, *, is_in_progress: bool) -> dict[str, Any]:
    """Return `RestoreSummary`."""
    told: dict[str, Any] = {"SourceBackupArn": origin.backup_arn} if origin.backup_arn else {}
    return told | {
        "SourceTableArn": origin.table_arn,
        "RestoreDateTime": table.world.clock.date(origin.at_us),
        "RestoreInProgress": is_in_progress,
    }


def key_schema(key: Key) -> list[dict[str, str]]:
    """Return `KeySchema`."""
    kinds = [*((name, "HASH") for name in key.hash_names), *((name, "RANGE") for name in key.range_names)]
    return [{"AttributeName": name, "KeyType": kind} for name, kind in kinds]


def _warm(settings: Settings, name: str) -> dict[str, Any]:
    """Return `WarmThroughput` of a table ("") or an index: what was given, and for the rest what is there anyway."""
    reads, writes = _WARM if settings.billing_mode == "PAY_PER_REQUEST" else settings.units_of(name)
    given = settings.warm.get(name, {})
    return {"ReadUnitsPerSecond": reads, "WriteUnitsPerSecond": writes, **given, "Status": "ACTIVE"}


def _throughput(table: Table, index: str) -> dict[str, Any]:
    """Return `ProvisionedThroughput` of a table ("") or an index."""
    clock, history = table.world.clock, table.throughput.get(index, ThroughputHistory())
    instants = {"LastIncreaseDateTime": history.increased_us, "LastDecreaseDateTime": history.decreased_us}
    read_units, write_units = table.settings.units_of(index)
    return {
        **{name: clock.date(at_us - clock.start_epoch_us) for name, at_us in instants.items() if at_us},
        "NumberOfDecreasesToday": history.decreases_on_day(clock.epoch_us()),
        "ReadCapacityUnits": read_units,
        "WriteCapacityUnits": write_units,
    }


def index_schema(index: Index) -> dict[str, Any]:
    """Return what is fixed about an index: its name, key and projection."""
    projection: dict[str, Any] = {"ProjectionType": index.projection}
    if index.included:
        projection["NonKeyAttributes"] = list(index.included)
    return {"IndexName": index.name, "KeySchema": key_schema(index.key), "Projection": projection}


def _index(table: Table, index: Index) -> dict[str, Any]:
    arrangement = table.store.indexes[index.name]
    return {
        **index_schema(index),
        "IndexSizeBytes": arrangement.size_bytes,
        "ItemCount": arrangement.count,
        "IndexArn": f"{table.arn}/index/{index.name}",
    }


def global_index(table: Table, index: Index, status: str, *, comes_later: bool = False) -> dict[str, Any]:
    """Describe a global index with this status; if it comes later, also whether it is being filled."""
    told = {**_index(table, index), "IndexStatus": status}
    if comes_later and status == "CREATING":
        told["Backfilling"] = False
    told["ProvisionedThroughput"] = _throughput(table, index.name)
    limits: Mapping[str, int] | None = table.settings.on_demand.get(index.name)
    if limits is not None:
        told["OnDemandThroughput"] = dict(limits)
    told["WarmThroughput"] = _warm(table.settings, index.name)
    return told
