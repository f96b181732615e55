"""How does AWS describe a table?"""

from collections.abc import Mapping
from typing import Any

from eventsim_sources.table.schema import Index, Key
from eventsim_sources.table.source import Table

_WARM = {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000, "Status": "ACTIVE"}
"""What a new on-demand table can bear at once (documented)."""


def described(table: Table, status: str = "") -> dict[str, Any]:
    """Return `TableDescription`.

    Args:
        status: a status to be told instead of the present one: the answer that begins a transition has it.
    """
    schema, settings = table.schema, table.settings
    is_on_demand = settings.billing_mode == "PAY_PER_REQUEST"
    told: dict[str, Any] = {
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind} for name, kind in sorted(schema.types.items())
        ],
        "TableName": table.name,
        "KeySchema": _key(schema.key),
        "TableStatus": status or ("ACTIVE" if table.is_ready else "CREATING"),
        "CreationDateTime": table.world.clock.date(table.created_us),
        "ProvisionedThroughput": _throughput(settings.read_units, settings.write_units),
        "TableSizeBytes": table.store.items.size_bytes,
        "ItemCount": table.store.items.count,
        "TableArn": table.arn,
        "TableId": table.identifier,
    }
    if is_on_demand:
        told["BillingModeSummary"] = {
            "BillingMode": settings.billing_mode,
            "LastUpdateToPayPerRequestDateTime": table.world.clock.date(table.created_us),
        }
        told["WarmThroughput"] = dict(_WARM)
    local = [index for index in schema.indexes.values() if not index.is_global]
    for_all = [index for index in schema.indexes.values() if index.is_global]
    if local:
        told["LocalSecondaryIndexes"] = [_index(table, index) for index in local]
    if for_all:
        told["GlobalSecondaryIndexes"] = [_global_index(table, index, status) for index in for_all]
    if table.stream is not None:
        told["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": table.stream.view_type}
    if table.latest_stream is not None:
        told["LatestStreamLabel"] = table.latest_stream.label
        told["LatestStreamArn"] = table.latest_stream.arn
    if settings.encryption is not None:
        told["SSEDescription"] = dict(settings.encryption)
    if settings.table_class:
        told["TableClassSummary"] = {"TableClass": settings.table_class}
    if "" in settings.on_demand:
        told["OnDemandThroughput"] = dict(settings.on_demand[""])
    told["DeletionProtectionEnabled"] = settings.is_protected
    return told


def _key(key: Key) -> list[dict[str, str]]:
    kinds = zip(key.names, ("HASH", "RANGE"), strict=False)
    return [{"AttributeName": name, "KeyType": kind} for name, kind in kinds]


def _throughput(read_units: int, write_units: int) -> dict[str, Any]:
    return {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": read_units, "WriteCapacityUnits": write_units}


def _index(table: Table, index: Index) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": index.projection}
    if index.included:
        projection["NonKeyAttributes"] = list(index.included)
    arrangement = table.store.indexes[index.name]
    return {
        "IndexName": index.name,
        "KeySchema": _key(index.key),
        "Projection": projection,
        "IndexSizeBytes": arrangement.size_bytes,
        "ItemCount": arrangement.count,
        "IndexArn": f"{table.arn}/index/{index.name}",
    }


def _global_index(table: Table, index: Index, status: str) -> dict[str, Any]:
    told = _index(table, index)
    told["IndexStatus"] = "CREATING" if status == "CREATING" else "ACTIVE"
    told["ProvisionedThroughput"] = _throughput(*table.settings.index_units.get(index.name, (0, 0)))
    limits: Mapping[str, int] | None = table.settings.on_demand.get(index.name)
    if limits is not None:
        told["OnDemandThroughput"] = dict(limits)
    if table.settings.billing_mode == "PAY_PER_REQUEST":
        told["WarmThroughput"] = dict(_WARM)
    return told
