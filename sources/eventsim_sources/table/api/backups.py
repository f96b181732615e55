"""Operations on backups: make, describe, list and delete them, and make new tables of what was."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from eventsim import Clock, Request, Result
from eventsim_sources.table import creation, errors
from eventsim_sources.table.api.description import described, index_schema, key_schema
from eventsim_sources.table.api.instants import read_instant, read_instant_us
from eventsim_sources.table.api.tables import Tables
from eventsim_sources.table.backup import Backup, backup_of
from eventsim_sources.table.limits import BACKUPS_LISTED_MAX
from eventsim_sources.table.schema import Schema
from eventsim_sources.table.settings import Origin, Settings
from eventsim_sources.table.source import Table
from eventsim_sources.without_effect import not_simulated

Parameters = Mapping[str, Any]

_NOT_SIMULATED = ("VectorIndexOverride",)


def create_backup(tables: Tables, request: Request) -> Result:
    """Back a table up as it is now."""
    name, label = str(request.parameters["TableName"]), str(request.parameters["BackupName"])
    table = tables.find(name)
    if table is None:
        raise errors.backups_table_missing(tables.name_of(name))
    backup = backup_of(table, label, tables.new_backup_mark())
    tables.backups[backup.arn] = backup
    return {"BackupDetails": _details(tables.world.clock, backup, "CREATING")}


def describe_backup(tables: Tables, request: Request) -> Result:
    """Describe a backup and the table that it is of."""
    return {"BackupDescription": _described(tables.world.clock, _found(tables, request), "AVAILABLE")}


def delete_backup(tables: Tables, request: Request) -> Result:
    """Forget a backup."""
    backup = _found(tables, request)
    del tables.backups[backup.arn]
    return {"BackupDescription": _described(tables.world.clock, backup, "DELETED")}


def list_backups(tables: Tables, request: Request) -> Result:
    """List backups in the order in which they were made."""
    parameters: Any = request.parameters
    clock = tables.world.clock
    table, kind = parameters.get("TableName"), parameters.get("BackupType") or "ALL"
    found = [
        backup
        for backup in tables.backups.values()
        if (not table or backup.table == tables.name_of(table))
        and kind in ("USER", "ALL")
        and _is_within(clock.date(backup.created_us), parameters)
    ]
    arns = [backup.arn for backup in found]
    after = parameters.get("ExclusiveStartBackupArn")
    if after in arns:
        found = found[arns.index(after) + 1 :]
    limit = parameters.get("Limit") or BACKUPS_LISTED_MAX
    result: dict[str, Any] = {"BackupSummaries": [_summary(clock, backup) for backup in found[:limit]]}
    if len(found) > limit:
        result["LastEvaluatedBackupArn"] = found[limit - 1].arn
    return result


def _is_within(created: datetime, parameters: Parameters) -> bool:
    lower, upper = read_instant(parameters, "TimeRangeLowerBound"), read_instant(parameters, "TimeRangeUpperBound")
    return (lower is None or lower <= created) and (upper is None or created < upper)


def _found(tables: Tables, request: Request) -> Backup:
    arn = str(request.parameters["BackupArn"])
    if arn not in tables.backups:
        raise errors.backup_missing(arn)
    return tables.backups[arn]


def restore_table_from_backup(tables: Tables, request: Request) -> Result:
    """Make a new table of a backup."""
    _check_target(tables, request)
    backup = _found(tables, request)
    origin = Origin(table_arn=backup.table_arn, backup_arn=backup.arn, at_us=backup.created_us)
    return _restored(tables, request, backup, origin)


def restore_table_to_point_in_time(tables: Tables, request: Request) -> Result:
    """Make a new table of what another one held at some instant."""
    parameters: Any = request.parameters
    _check_target(tables, request)
    source = parameters.get("SourceTableArn") or parameters.get("SourceTableName")
    if not source:
        raise errors.invalid("Either SourceTableName or SourceTableArn must be specified")  # unconfirmed words
    table = tables.find(source)
    if table is None:
        raise errors.backups_table_missing(tables.name_of(source))
    if table.recovery is None:
        raise errors.recovery_unavailable(table.name)
    clock, at_us = table.world.clock, table.world.clock.now_us
    wanted_us = read_instant_us(clock, parameters, "RestoreDateTime")
    if wanted_us is not None:
        at_us = wanted_us
        if not table.recovery.earliest_us <= at_us <= clock.now_us:
            raise errors.restore_time_invalid()
    backup = replace(backup_of(table, "", ""), items=table.recovery.items_at(table.store, at_us))
    return _restored(tables, request, backup, Origin(table_arn=table.arn, at_us=at_us))


def _check_target(tables: Tables, request: Request) -> None:
    for name in _NOT_SIMULATED:
        if request.parameters.get(name) is not None:
            raise not_simulated(request, name)
    name = str(request.parameters["TargetTableName"])
    creation.check_table_name(name, "targetTableName")
    if tables.find(name) is not None:
        raise errors.restored_table_exists(name)


def _restored(tables: Tables, request: Request, backup: Backup, origin: Origin) -> Result:
    """Make the table; tags, stream, time to live and protection are not restored, as on AWS."""
    parameters = request.parameters
    schema = _schema(backup.schema, parameters)
    settings = _settings(backup.settings, schema, parameters)
    table = Table(tables.world, str(parameters["TargetTableName"]), schema, settings)
    table.origin = origin
    tables.world.add(table)
    table.fill(backup.items)
    return {"TableDescription": described(table, "CREATING")}


def _schema(schema: Schema, parameters: Parameters) -> Schema:
    """Return keys and those indexes that are wanted."""
    kept = dict(schema.indexes)
    for name, is_global in (("GlobalSecondaryIndexOverride", True), ("LocalSecondaryIndexOverride", False)):
        wanted = parameters.get(name)
        if wanted is None:
            continue
        names = {str(each["IndexName"]) for each in wanted}
        if unknown := sorted(names - {each.name for each in schema.indexes.values() if each.is_global == is_global}):
            raise errors.parameters_invalid(f"{name} has indexes that were not backed up: {unknown}")  # unconfirmed
        kept = {each: index for each, index in kept.items() if index.is_global != is_global or each in names}
    used = {*schema.key.names, *(each for index in kept.values() for each in index.key.names)}
    types = {name: kind for name, kind in schema.types.items() if name in used}
    return Schema(key=schema.key, types=types, indexes=kept)


def _settings(settings: Settings, schema: Schema, parameters: Parameters) -> Settings:
    mode = str(parameters.get("BillingModeOverride") or settings.billing_mode)
    throughput = parameters.get("ProvisionedThroughputOverride")
    if throughput is None and mode == settings.billing_mode == "PROVISIONED":
        throughput = {"ReadCapacityUnits": settings.read_units, "WriteCapacityUnits": settings.write_units}
    creation.check_throughput(mode, throughput)
    units = throughput or {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
    limits = parameters.get("OnDemandThroughputOverride")
    encryption = settings.encryption
    if parameters.get("SSESpecificationOverride") is not None:
        encryption = creation.read_encryption({"SSESpecification": parameters["SSESpecificationOverride"]})
    return Settings(
        billing_mode=mode,
        read_units=units["ReadCapacityUnits"],
        write_units=units["WriteCapacityUnits"],
        index_units=_index_units(settings, schema, mode, parameters),
        on_demand={"": dict(limits)} if limits else settings.on_demand,
        table_class=settings.table_class,
        encryption=encryption,
    )


def _index_units(settings: Settings, schema: Schema, mode: str, parameters: Parameters) -> dict[str, tuple[int, int]]:
    given = {each["IndexName"]: each for each in parameters.get("GlobalSecondaryIndexOverride") or ()}
    units: dict[str, tuple[int, int]] = {}
    for name, index in schema.indexes.items():
        throughput = given.get(name, {}).get("ProvisionedThroughput")
        if index.is_global and (throughput is not None or mode != settings.billing_mode):
            units[name] = creation.index_throughput(mode, name, throughput)
        elif index.is_global:
            units[name] = settings.index_units.get(name, (0, 0))
    return units


# --- how a backup is described ---------------------------------------------------------------------------------


def _details(clock: Clock, backup: Backup, status: str) -> dict[str, Any]:
    return {
        "BackupArn": backup.arn,
        "BackupName": backup.name,
        "BackupSizeBytes": backup.size_bytes,
        "BackupStatus": status,
        "BackupType": "USER",
        "BackupCreationDateTime": clock.date(backup.created_us),
    }


def _summary(clock: Clock, backup: Backup) -> dict[str, Any]:
    table = {"TableName": backup.table, "TableId": backup.table_id, "TableArn": backup.table_arn}
    return table | _details(clock, backup, "AVAILABLE")


def _described(clock: Clock, backup: Backup, status: str) -> dict[str, Any]:
    settings = backup.settings
    source: dict[str, Any] = {
        "TableName": backup.table,
        "TableId": backup.table_id,
        "TableArn": backup.table_arn,
        "TableSizeBytes": backup.size_bytes,
        "KeySchema": key_schema(backup.schema.key),
        "TableCreationDateTime": clock.date(backup.table_created_us),
        "ProvisionedThroughput": _throughput(settings.read_units, settings.write_units),
        "ItemCount": len(backup.items),
        "BillingMode": settings.billing_mode,
    }
    if "" in settings.on_demand:
        source["OnDemandThroughput"] = dict(settings.on_demand[""])
    return {
        "BackupDetails": _details(clock, backup, status),
        "SourceTableDetails": source,
        "SourceTableFeatureDetails": _features(backup),
    }


def _features(backup: Backup) -> dict[str, Any]:
    features: dict[str, Any] = {}
    for index in backup.schema.indexes.values():
        told = index_schema(index)
        if index.is_global:
            told["ProvisionedThroughput"] = _throughput(*backup.settings.index_units.get(index.name, (0, 0)))
        features.setdefault("GlobalSecondaryIndexes" if index.is_global else "LocalSecondaryIndexes", []).append(told)
    if backup.view_type:
        features["StreamDescription"] = {"StreamEnabled": True, "StreamViewType": backup.view_type}
    status = "ENABLED" if backup.time_to_live else "DISABLED"
    features["TimeToLiveDescription"] = {"TimeToLiveStatus": status}
    if backup.time_to_live:
        features["TimeToLiveDescription"]["AttributeName"] = backup.time_to_live
    if backup.settings.encryption is not None:
        features["SSEDescription"] = dict(backup.settings.encryption)
    return features


def _throughput(read_units: int, write_units: int) -> dict[str, int]:
    return {"ReadCapacityUnits": read_units, "WriteCapacityUnits": write_units}
