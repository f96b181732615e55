"""What do calls of DynamoDB and of its streams need? The action of the same name on the table or on the stream."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions import of_items, of_statements
from eventsim.permissions.need import Needs, Place, anywhere, at, called, if_given, member, on, text_in, together

_OF_A_TABLE: Final = (
    *("CreateBackup", "DeleteTable", "DescribeContinuousBackups", "DescribeKinesisStreamingDestination"),
    *("DescribeTable", "DescribeTimeToLive", "DisableKinesisStreamingDestination"),
    *("EnableKinesisStreamingDestination", "UpdateContinuousBackups", "UpdateKinesisStreamingDestination"),
    *("UpdateTable", "UpdateTimeToLive"),
)
_OF_INSIGHTS: Final = ("DescribeContributorInsights", "UpdateContributorInsights")
_OF_A_BACKUP: Final = ("DeleteBackup", "DescribeBackup")
_OF_A_GLOBAL_TABLE: Final = ("DescribeGlobalTable", "DescribeGlobalTableSettings")
_OF_A_RESOURCE: Final = (
    *("DeleteResourcePolicy", "GetResourcePolicy", "ListTagsOfResource", "PutResourcePolicy", "TagResource"),
    "UntagResource",
)
_OF_ALL: Final = (
    *("DescribeEndpoints", "DescribeLimits", "ListContributorInsights", "ListExports", "ListGlobalTables"),
    "ListImports",
)
_ON_A_RESTORED_TABLE: Final = (*("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"),)
"""Who restores a table must be allowed to fill it."""
_OF_A_STREAM: Final = ("DescribeStream", "GetShardIterator")

_table = called("TableName", "dynamodb", "table/{}")
_source_table = called("SourceTableName", "dynamodb", "table/{}")
_filling = on(called("TargetTableName", "dynamodb", "table/{}"), *(f"dynamodb:{name}" for name in _ON_A_RESTORED_TABLE))


def _imported(given: Mapping[str, Any], place: Place) -> str:
    return _table(member(given, "TableCreationParameters"), place)


def _source(given: Mapping[str, Any], place: Place) -> str:
    return text_in(given, "SourceTableArn") or _source_table(given, place)


def _global_table(given: Mapping[str, Any], place: Place) -> str:
    return f"arn:aws:dynamodb::{place.account_id}:global-table/{text_in(given, 'GlobalTableName')}"


def _all_tables(_given: Mapping[str, Any], place: Place) -> str:
    """Return what stands for all tables, as AWS's refusals name them."""
    return place.arn("dynamodb", "table/*")


def _all_of_table(kind: str) -> Callable[[Mapping[str, Any], Place], str]:
    """Return what stands for all that a table, or any, has of a kind, as in the policies that SAM offers."""
    return lambda given, place: f"{_table(given, place) or _all_tables(given, place)}/{kind}/*"


def _stream_of_iterator(given: Mapping[str, Any], _place: Place) -> str:
    """Return the ARN of a stream, with which each of its iterators begins."""
    arn, bar, _ = text_in(given, "ShardIterator").partition("|")
    return arn if bar else ""


NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **of_items.NEEDS,
        **of_statements.NEEDS,
        **{name: on(_table, f"dynamodb:{name}") for name in _OF_A_TABLE},
        **{name: on(of_items.table_or_index, f"dynamodb:{name}") for name in _OF_INSIGHTS},
        **{name: on(at("BackupArn"), f"dynamodb:{name}") for name in _OF_A_BACKUP},
        **{name: on(_global_table, f"dynamodb:{name}") for name in _OF_A_GLOBAL_TABLE},
        **{name: on(at("ResourceArn"), f"dynamodb:{name}") for name in _OF_A_RESOURCE},
        **{name: anywhere(f"dynamodb:{name}") for name in _OF_ALL},
        "CreateTable": together(
            on(_table, "dynamodb:CreateTable"),
            if_given("Tags", on(_table, "dynamodb:TagResource")),
            if_given("ResourcePolicy", on(_table, "dynamodb:PutResourcePolicy")),
        ),
        "DescribeExport": on(at("ExportArn"), "dynamodb:DescribeExport"),
        "DescribeImport": on(at("ImportArn"), "dynamodb:DescribeImport"),
        "ExportTableToPointInTime": on(at("TableArn"), "dynamodb:ExportTableToPointInTime"),
        "ImportTable": on(_imported, "dynamodb:ImportTable"),
        "ListBackups": on(_all_of_table("backup"), "dynamodb:ListBackups"),
        "ListTables": on(_all_tables, "dynamodb:ListTables"),
        "RestoreTableFromBackup": together(on(at("BackupArn"), "dynamodb:RestoreTableFromBackup"), _filling),
        "RestoreTableToPointInTime": together(on(_source, "dynamodb:RestoreTableToPointInTime"), _filling),
    }
)

OF_STREAMS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: on(at("StreamArn"), f"dynamodb:{name}") for name in _OF_A_STREAM},
        "GetRecords": on(_stream_of_iterator, "dynamodb:GetRecords"),
        "ListStreams": on(_all_of_table("stream"), "dynamodb:ListStreams"),
    }
)
