"""Operations on imports: make a table of the files in a bucket; describe and list imports."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim import ApiError, Request, Result
from eventsim_sources.arns import arn_of
from eventsim_sources.table import creation, errors
from eventsim_sources.table.api.tables import Tables
from eventsim_sources.table.imported import Format, read_items
from eventsim_sources.table.schema import Schema
from eventsim_sources.table.source import Table
from eventsim_sources.table.store import Store
from eventsim_sources.table.transfer import Transfer, ask_bucket, failure
from eventsim_sources.table.value import Item
from eventsim_sources.without_effect import not_simulated

Parameters = Mapping[str, Any]

_KEPT = ("ClientToken", "S3BucketSource", "InputFormat", "InputFormatOptions", "TableCreationParameters")
_SUMMARY = ("ImportArn", "ImportStatus", "TableArn", "S3BucketSource", "InputFormat", "StartTime", "EndTime")


class _Found(Struct):
    """What the files of an import hold.

    Attributes:
        items: by their place, the last of each key.
        processed_bytes, processed_count: all that was read.
        refused: why lines are no items.
    """

    items: dict[Any, Item]
    processed_bytes: int = 0
    processed_count: int = 0
    refused: list[str] = []


async def import_table(tables: Tables, request: Request) -> Result:
    """Make a table of what files hold; the table is there once they are read."""
    parameters: Any = request.parameters
    wanted = parameters["TableCreationParameters"]
    format_ = _format(request)
    before = tables.imports.asked_before(parameters)
    if before is not None:
        return {"ImportTableDescription": dict(before.told)}
    name = str(wanted["TableName"])
    creation.check_table_name(name, "tableCreationParameters.tableName")
    schema, settings = creation.read_schema(wanted), creation.read_settings(wanted)
    if tables.find(name) is not None:
        raise errors.table_exists(name)
    clock, arn = tables.world.clock, arn_of(tables.world, "table", name)
    told: dict[str, Any] = {
        "ImportArn": f"{arn}/import/{clock.epoch_ms():014d}-{tables.imports.new_mark()}",
        "ImportStatus": "IN_PROGRESS",
        "TableArn": arn,
        "InputCompressionType": parameters.get("InputCompressionType") or "NONE",
        "StartTime": clock.date(),
        **{each: parameters[each] for each in _KEPT if parameters.get(each)},
    }
    try:
        found = await _read(tables, parameters["S3BucketSource"], format_, schema)
        if tables.find(name) is not None:  # it was made meanwhile
            raise errors.table_exists(name)
        table = Table(tables.world, name, schema, settings)
        tables.world.add(table)
        table.fill(list(found.items.values()))
    except ApiError as error:
        ended = {"ImportStatus": "FAILED", "EndTime": clock.date(), **failure(error)}
    else:
        told["TableId"] = table.identifier
        ended = _ended(found) | {"EndTime": clock.date()}
        _tell_refused(tables, request, told["ImportArn"], found)
    begun_us = clock.now_us
    done = Transfer(arn=told["ImportArn"], table_arn=arn, asked=dict(parameters), begun_us=begun_us, told=told | ended)
    tables.imports.add(done)
    return {"ImportTableDescription": told}


def describe_import(tables: Tables, request: Request) -> Result:
    """Describe an import."""
    arn = str(request.parameters["ImportArn"])
    found = tables.imports.find(arn)
    if found is None:
        raise errors.import_missing(arn)
    return {"ImportTableDescription": dict(found.told)}


def list_imports(tables: Tables, request: Request) -> Result:
    """List imports in the order in which they began."""
    parameters: Any = request.parameters
    page, token = tables.imports.page(
        parameters.get("TableArn"), parameters.get("PageSize"), parameters.get("NextToken")
    )
    summaries = [{name: each.told[name] for name in _SUMMARY if name in each.told} for each in page]
    return {"ImportSummaryList": summaries, **({"NextToken": token} if token else {})}


def _format(request: Request) -> Format:
    """Return how the files are written.

    Raises:
        ApiError: in a way that is not simulated.
    """
    parameters: Any = request.parameters
    if parameters["InputFormat"] == "ION":
        raise not_simulated(request, "InputFormat ION")
    if parameters.get("InputCompressionType") == "ZSTD":
        raise not_simulated(request, "InputCompressionType ZSTD")
    if parameters["TableCreationParameters"].get("VectorIndexes"):
        raise not_simulated(request, "VectorIndexes")
    options = (parameters.get("InputFormatOptions") or {}).get("Csv") or {}
    return Format(
        is_csv=parameters["InputFormat"] == "CSV",
        is_packed=parameters.get("InputCompressionType") == "GZIP",
        delimiter=options.get("Delimiter") or ",",
        header=tuple(options.get("HeaderList") or ()),
    )


async def _read(tables: Tables, source: Parameters, format_: Format, schema: Schema) -> _Found:
    """Read all files whose keys begin with a prefix.

    Raises:
        ApiError: the bucket refuses.
    """
    found, places = _Found({}), Store(schema)
    owner = {"ExpectedBucketOwner": source["S3BucketOwner"]} if source.get("S3BucketOwner") else {}
    asked = {"Bucket": source["S3Bucket"], **owner}
    listing: dict[str, Any] = {**asked, "Prefix": source.get("S3KeyPrefix") or ""}
    while True:
        page: Any = await ask_bucket(tables.world, "ListObjectsV2", listing)
        for listed in page.get("Contents") or ():
            answer: Any = await ask_bucket(tables.world, "GetObject", {**asked, "Key": listed["Key"]})
            content = answer["Body"].read()
            found.processed_bytes += len(content)
            for item in read_items(content, format_, schema):
                found.processed_count += 1
                if isinstance(item, ApiError):
                    found.refused.append(f"{listed['Key']}: {item.message}")
                else:
                    found.items[places.address(item)] = item
        if not page.get("IsTruncated"):
            return found
        listing["ContinuationToken"] = page["NextContinuationToken"]


def _ended(found: _Found) -> dict[str, Any]:
    return {
        "ImportStatus": "COMPLETED",
        "ErrorCount": len(found.refused),
        "ProcessedSizeBytes": found.processed_bytes,
        "ProcessedItemCount": found.processed_count,
        "ImportedItemCount": found.processed_count - len(found.refused),
    }


def _tell_refused(tables: Tables, request: Request, arn: str, found: _Found) -> None:
    """Record why lines are not in the table."""
    trace = tables.world.trace
    kind = trace.kind("item not imported", "{subject} left an item out: {reason}")
    subject = trace.subject("import", arn)
    for reason in found.refused:
        trace.record(kind, subject, subject, request.entry, detail={"reason": reason})
