"""DynamoDB as its clients know it: one function for each operation, of tables and of their streams."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from eventsim import Operation, Request, Result, World
from eventsim_sources.table import errors
from eventsim_sources.table.api import (
    administration,
    backups,
    batches,
    exports,
    global_tables,
    imports,
    insights,
    items,
    properties,
    reads,
    statements,
    streams,
    tags,
    transactions,
)
from eventsim_sources.table.api.tables import Tables

_OPERATIONS: Mapping[str, Callable[[Tables, Request], Result | Awaitable[Result]]] = {
    "BatchExecuteStatement": statements.batch_execute_statement,
    "BatchGetItem": batches.batch_get_item,
    "BatchWriteItem": batches.batch_write_item,
    "CreateBackup": backups.create_backup,
    "CreateTable": administration.create_table,
    "DeleteBackup": backups.delete_backup,
    "DeleteItem": items.delete_item,
    "DeleteResourcePolicy": properties.delete_resource_policy,
    "DeleteTable": administration.delete_table,
    "DescribeBackup": backups.describe_backup,
    "DescribeContinuousBackups": properties.describe_continuous_backups,
    "DescribeContributorInsights": insights.describe_contributor_insights,
    "DescribeEndpoints": properties.describe_endpoints,
    "DescribeExport": exports.describe_export,
    "DescribeGlobalTable": global_tables.describe_global_table,
    "DescribeGlobalTableSettings": global_tables.describe_global_table,
    "DescribeImport": imports.describe_import,
    "DescribeKinesisStreamingDestination": properties.describe_kinesis_streaming_destination,
    "DescribeLimits": properties.describe_limits,
    "DescribeTable": administration.describe_table,
    "DescribeTimeToLive": properties.describe_time_to_live,
    "DisableKinesisStreamingDestination": properties.disable_kinesis_streaming_destination,
    "EnableKinesisStreamingDestination": properties.enable_kinesis_streaming_destination,
    "ExecuteStatement": statements.execute_statement,
    "ExecuteTransaction": statements.execute_transaction,
    "ExportTableToPointInTime": exports.export_table_to_point_in_time,
    "GetItem": items.get_item,
    "GetResourcePolicy": properties.get_resource_policy,
    "ImportTable": imports.import_table,
    "ListBackups": backups.list_backups,
    "ListContributorInsights": insights.list_contributor_insights,
    "ListExports": exports.list_exports,
    "ListGlobalTables": global_tables.list_global_tables,
    "ListImports": imports.list_imports,
    "ListTables": administration.list_tables,
    "ListTagsOfResource": tags.list_tags_of_resource,
    "PutItem": items.put_item,
    "PutResourcePolicy": properties.put_resource_policy,
    "Query": reads.query,
    "RestoreTableFromBackup": backups.restore_table_from_backup,
    "RestoreTableToPointInTime": backups.restore_table_to_point_in_time,
    "Scan": reads.scan,
    "TagResource": tags.tag_resource,
    "TransactGetItems": transactions.transact_get_items,
    "TransactWriteItems": transactions.transact_write_items,
    "UntagResource": tags.untag_resource,
    "UpdateContinuousBackups": properties.update_continuous_backups,
    "UpdateContributorInsights": insights.update_contributor_insights,
    "UpdateItem": items.update_item,
    "UpdateKinesisStreamingDestination": properties.update_kinesis_streaming_destination,
    "UpdateTable": administration.update_table,
    "UpdateTimeToLive": properties.update_time_to_live,
}
_STREAM_OPERATIONS: Mapping[str, Callable[[Tables, Request], Result]] = {
    "DescribeStream": streams.describe_stream,
    "GetRecords": streams.get_records,
    "GetShardIterator": streams.get_shard_iterator,
    "ListStreams": streams.list_streams,
}


_TABLE = {"TableName": str}
_KINDS: Mapping[str, Mapping[str, type]] = {
    **dict.fromkeys(("CreateTable", "DeleteTable", "DescribeTable", "Query", "Scan", "UpdateTable"), _TABLE),
    **dict.fromkeys(("DescribeTimeToLive", "DescribeContinuousBackups"), _TABLE),
    **{name: {**_TABLE, "Key": dict} for name in ("DeleteItem", "GetItem", "UpdateItem")},
    "PutItem": {**_TABLE, "Item": dict},
    **{name: {"RequestItems": dict} for name in ("BatchGetItem", "BatchWriteItem")},
    **{name: {"TransactItems": list} for name in ("TransactGetItems", "TransactWriteItems")},
    "ExecuteStatement": {"Statement": str},
    "BatchExecuteStatement": {"Statements": list},
    "ExecuteTransaction": {"TransactStatements": list},
}
"""Of which kind parameters are, which clients check before they send, and state machines and front doors do not."""


def _checked(name: str, operation: Callable[[Request], Result | Awaitable[Result]]) -> Operation:
    """Return an operation that refuses parameters of another kind."""
    kinds = _KINDS.get(name, {})

    def check_and_do(request: Request) -> Result | Awaitable[Result]:
        for parameter, kind in kinds.items():
            if not isinstance(request.parameters[parameter], kind):
                raise errors.of_another_kind(parameter, request.parameters[parameter], kind)
        return operation(request)

    return check_and_do


def operations(world: World) -> Mapping[str, Operation]:
    """Return DynamoDB's operations for one simulation."""
    tables = world.share(Tables)
    return {name: _checked(name, partial(operation, tables)) for name, operation in _OPERATIONS.items()}


def stream_operations(world: World) -> Mapping[str, Operation]:
    """Return the operations of DynamoDB's streams for one simulation."""
    tables = world.share(Tables)
    return {name: partial(operation, tables) for name, operation in _STREAM_OPERATIONS.items()}
