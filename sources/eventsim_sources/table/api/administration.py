"""Operations on tables: make, describe, list, change and delete them."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from eventsim import Request, Result
from eventsim_sources.table import creation, errors
from eventsim_sources.table.api.description import described, global_index
from eventsim_sources.table.api.replicas import check_deletion, check_replicas, share_settings, update_replicas
from eventsim_sources.table.api.tables import Tables
from eventsim_sources.table.api.tags import read_tags
from eventsim_sources.table.api.throughput import check_change, check_decrease
from eventsim_sources.table.limits import TABLES_LISTED_MAX
from eventsim_sources.table.settings import Settings
from eventsim_sources.table.source import Table
from eventsim_sources.without_effect import not_simulated

_CREATE_NOT_SIMULATED = ("GlobalTableSourceArn", "GlobalTableSettingsReplicationMode", "VectorIndexes")
_UPDATE_NOT_SIMULATED = (
    *("GlobalTableWitnessUpdates", "DisassociationProtectionEnabled", "GlobalTableSettingsReplicationMode"),
    "VectorIndexUpdates",
)
_UPDATES = (
    *("BillingMode", "ProvisionedThroughput", "GlobalSecondaryIndexUpdates", "StreamSpecification"),
    *("SSESpecification", "TableClass", "DeletionProtectionEnabled", "OnDemandThroughput", "WarmThroughput"),
    "ReplicaUpdates",
)
_WARM_REASON = "every table bears any load at once"


def create_table(tables: Tables, request: Request) -> Result:
    """Make a table."""
    parameters: Any = request.parameters
    _check_simulated(request, _CREATE_NOT_SIMULATED)
    name = tables.name_of(str(parameters["TableName"]))
    creation.check_table_name(name)
    schema, settings = creation.read_schema(parameters), creation.read_settings(parameters)
    view_type = creation.read_view_type(parameters)
    tags = read_tags(parameters.get("Tags") or ())
    if parameters.get("ResourcePolicy"):
        creation.check_policy(parameters["ResourcePolicy"])
    if tables.find(name) is not None:
        raise errors.table_exists(name)
    _tell_without_effect(tables, request)
    table = Table(tables.world, name, schema, settings, tags=tags)
    if parameters.get("ResourcePolicy"):
        table.policies[table.arn] = (parameters["ResourcePolicy"], table.new_revision())
    tables.world.add(table)
    if view_type:
        table.enable_stream(view_type)
    return {"TableDescription": described(table, "CREATING")}


def describe_table(tables: Tables, request: Request) -> Result:
    """Describe a table."""
    return {"Table": described(tables.named(request))}


def delete_table(tables: Tables, request: Request) -> Result:
    """Delete a table with all of its items."""
    table = tables.named(request)
    check_deletion(table)
    told = described(table, "DELETING")
    table.delete_table()
    kept = ("TableName", "TableStatus", "ProvisionedThroughput", "TableSizeBytes", "ItemCount", "TableArn", "TableId")
    return {
        "TableDescription": {name: told[name] for name in (*kept, "DeletionProtectionEnabled")}
        | ({"BillingModeSummary": told["BillingModeSummary"]} if "BillingModeSummary" in told else {})
    }


def list_tables(tables: Tables, request: Request) -> Result:
    """List the names of all tables."""
    parameters: Any = request.parameters
    limit = parameters.get("Limit") or TABLES_LISTED_MAX
    after = str(parameters.get("ExclusiveStartTableName") or "")
    names = [name for name in sorted(tables.all()) if name > after]
    listed: dict[str, Any] = {"TableNames": names[:limit]}
    if len(names) > limit:
        listed["LastEvaluatedTableName"] = names[limit - 1]
    return listed


def update_table(tables: Tables, request: Request) -> Result:
    """Change how a table is billed, which indexes it has, whether it has a stream."""
    parameters: Any = request.parameters
    _check_simulated(request, _UPDATE_NOT_SIMULATED)
    table = tables.named(request)
    if not any(_is_given(parameters, name) for name in _UPDATES):
        raise errors.invalid(
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or "
            "SSESpecification or ReplicaUpdates is required"
        )
    view_type = creation.read_view_type(parameters)
    _check_stream(table, view_type)
    check_replicas(request, table, view_type)
    changes = parameters.get("GlobalSecondaryIndexUpdates") or ()
    if sum(each.get("Update") is None for each in changes) > 1:
        raise errors.one_index_at_a_time()
    before, settings = table.settings, _changed_settings(table, parameters)
    _tell_without_effect(tables, request)
    leaving = _leaving(table, changes)
    for each in sorted(changes, key=lambda each: each.get("Update") is None):  # what alters the table comes last
        settings = _update_index(table, each, settings, parameters)
    table.apply(settings)
    if view_type:
        table.enable_stream(view_type)
    elif view_type == "":
        table.disable_stream()
    share_settings(table, before)
    replicas = update_replicas(table, parameters.get("ReplicaUpdates") or ())
    told = described(table, "UPDATING", _index_statuses(changes), replicas)
    _tell_units_before(told, before, settings)
    if leaving:
        told["GlobalSecondaryIndexes"] = [*told.get("GlobalSecondaryIndexes", ()), *leaving]
    return {"TableDescription": told}


def _tell_units_before(told: dict[str, Any], before: Settings, after: Settings) -> None:
    """Let a table and its indexes tell the throughput that they still have, as a change of it has only begun."""
    if not before.billing_mode == after.billing_mode == "PROVISIONED":
        return
    for part, name in ((told, ""), *((each, each["IndexName"]) for each in told.get("GlobalSecondaryIndexes", ()))):
        read_units, write_units = before.units_of(name)
        if read_units:  # an index that is being made had none
            part["ProvisionedThroughput"] |= {"ReadCapacityUnits": read_units, "WriteCapacityUnits": write_units}


def _leaving(table: Table, changes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Describe the indexes that are dropped, as long as they are there."""
    names = [each["Delete"]["IndexName"] for each in changes if each.get("Delete")]
    found = [table.schema.indexes[name] for name in names if name in table.schema.indexes]
    return [global_index(table, index, "DELETING") for index in found if index.is_global]


def _index_statuses(changes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return what the indexes are about that are made or changed."""
    words = {"Create": "CREATING", "Update": "UPDATING"}
    return {each[kind]["IndexName"]: word for each in changes for kind, word in words.items() if each.get(kind)}


def _is_given(parameters: Any, name: str) -> bool:
    given = parameters.get(name)
    return bool(given) if name == "GlobalSecondaryIndexUpdates" else given is not None


def _check_simulated(request: Request, names: tuple[str, ...]) -> None:
    for name in names:
        if request.parameters.get(name) is not None:
            raise not_simulated(request, name)


def _tell_without_effect(tables: Tables, request: Request) -> None:
    if request.parameters.get("WarmThroughput") is not None:
        tables.tell_without_effect(request, "WarmThroughput", _WARM_REASON)


def _check_stream(table: Table, view_type: str | None) -> None:
    if view_type and table.stream is not None:
        raise errors.invalid(f"Table already has an enabled stream: TableName: {table.name}")
    if view_type == "" and table.stream is None:
        raise errors.invalid(f"Table does not have a stream to disable: TableName: {table.name}")


def _changed_settings(table: Table, parameters: Any) -> Settings:
    settings = table.settings
    mode, throughput = parameters.get("BillingMode"), parameters.get("ProvisionedThroughput")
    if mode is not None or throughput is not None:
        new_mode = mode or settings.billing_mode
        if throughput is None and new_mode == "PROVISIONED" and settings.read_units:
            throughput = {"ReadCapacityUnits": settings.read_units, "WriteCapacityUnits": settings.write_units}
        creation.check_throughput(new_mode, throughput)
        units = throughput or {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
        asked = units["ReadCapacityUnits"], units["WriteCapacityUnits"]
        if new_mode == settings.billing_mode == "PROVISIONED":
            check_change(table, "", asked)
        check_decrease(table, "", asked)
        if new_mode != settings.billing_mode:
            _check_index_units(table, new_mode, parameters.get("GlobalSecondaryIndexUpdates") or ())
        settings = replace(
            settings,
            billing_mode=new_mode,
            read_units=asked[0],
            write_units=asked[1],
            index_units=settings.index_units if new_mode == "PROVISIONED" else {},
        )
    if parameters.get("SSESpecification") is not None:
        settings = replace(settings, encryption=creation.read_encryption(parameters))
    if parameters.get("TableClass"):
        settings = replace(settings, table_class=parameters["TableClass"])
    if parameters.get("DeletionProtectionEnabled") is not None:
        settings = replace(settings, is_protected=parameters["DeletionProtectionEnabled"])
    if parameters.get("OnDemandThroughput"):
        settings = replace(settings, on_demand={**settings.on_demand, "": dict(parameters["OnDemandThroughput"])})
    if parameters.get("WarmThroughput"):
        settings = replace(settings, warm={**settings.warm, "": dict(parameters["WarmThroughput"])})
    return settings


def _check_index_units(table: Table, mode: str, changes: Sequence[Mapping[str, Any]]) -> None:
    """See that a table that becomes provisioned has throughput for all of its global indexes."""
    told = {each["IndexName"] for change in changes for each in change.values() if each}
    for index in table.schema.indexes.values():
        if index.is_global and index.name not in told:
            creation.index_throughput(mode, index.name, None)


def _update_index(table: Table, asked: Any, settings: Settings, parameters: Any) -> Settings:
    """Make, change or drop one global index; return the settings with its throughput."""
    if asked.get("Create") is not None:
        return _create_index(table, asked["Create"], settings, parameters)
    change = asked.get("Update") or asked.get("Delete") or {}
    name = str(change.get("IndexName", ""))
    index = table.schema.indexes.get(name)
    if index is None or not index.is_global:
        raise errors.table_missing()
    if asked.get("Delete") is not None:
        table.drop_index(name)
        return replace(
            settings,
            index_units={other: units for other, units in settings.index_units.items() if other != name},
            on_demand={other: units for other, units in settings.on_demand.items() if other != name},
            warm={other: units for other, units in settings.warm.items() if other != name},
        )
    if change.get("ProvisionedThroughput") is not None:
        units = creation.index_throughput(settings.billing_mode, name, change["ProvisionedThroughput"])
        check_change(table, name, units)
        check_decrease(table, name, units)
        settings = replace(settings, index_units={**settings.index_units, name: units})
    if change.get("OnDemandThroughput") is not None:
        settings = replace(settings, on_demand={**settings.on_demand, name: dict(change["OnDemandThroughput"])})
    if change.get("WarmThroughput") is not None:
        settings = replace(settings, warm={**settings.warm, name: dict(change["WarmThroughput"])})
    return settings


def _create_index(table: Table, asked: Any, settings: Settings, parameters: Any) -> Settings:
    index = creation.read_index(asked, is_global=True)
    if index.name in table.schema.indexes:
        raise errors.invalid("Attempting to create an index which already exists")
    units = creation.index_throughput(settings.billing_mode, index.name, asked.get("ProvisionedThroughput"))
    given, before = creation.read_types(parameters.get("AttributeDefinitions") or ()), table.schema.types
    for name in before.keys() & given.keys():
        if given[name] != before[name]:  # unconfirmed wording
            raise errors.parameters_invalid(f"Attribute {name} is defined as {before[name]}, not as {given[name]}")
    types = {**before, **given}
    indexes = {**table.schema.indexes, index.name: index}
    creation.check_defined([table.schema.key, *(each.key for each in indexes.values())], types)
    creation.check_counts(list(indexes.values()))
    table.add_index(index, types)
    on_demand, warm = asked.get("OnDemandThroughput"), asked.get("WarmThroughput")
    return replace(
        settings,
        index_units={**settings.index_units, index.name: units},
        on_demand={**settings.on_demand, index.name: dict(on_demand)} if on_demand else settings.on_demand,
        warm={**settings.warm, index.name: dict(warm)} if warm else settings.warm,
    )
