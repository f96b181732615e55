"""Operations on exports: put what a table held, or how it changed, into a bucket; describe and list exports."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from eventsim import ApiError, Request, Result
from eventsim_sources.table import errors
from eventsim_sources.table.api.instants import read_instant_us
from eventsim_sources.table.api.tables import Tables
from eventsim_sources.table.export import Place, change_lines, files_of, item_lines
from eventsim_sources.table.limits import EXPORT_SPAN_US_MAX, EXPORT_SPAN_US_MIN
from eventsim_sources.table.recovery import Recovery
from eventsim_sources.table.source import Table
from eventsim_sources.table.transfer import Transfer, ask_bucket, failure
from eventsim_sources.table.value import size_of
from eventsim_sources.without_effect import not_simulated

Parameters = Mapping[str, Any]

_SPAN = "IncrementalExportSpecification"
_KEPT = ("ClientToken", "S3BucketOwner", "S3Prefix", "S3SseKmsKeyId")
_ENCRYPTIONS = {"AES256": "AES256", "KMS": "aws:kms"}
"""What S3 calls the ways in which an export may be encrypted."""


async def export_table_to_point_in_time(tables: Tables, request: Request) -> Result:
    """Put what a table held at an instant, or what changed within a span, into a bucket."""
    parameters: Any = request.parameters
    table, recovery = _source(tables, request)
    before = tables.exports.asked_before(parameters)
    if before is not None:
        return {"ExportDescription": dict(before.told)}
    clock = tables.world.clock
    is_incremental = parameters.get("ExportType") == "INCREMENTAL_EXPORT"
    mark = f"{clock.epoch_ms():014d}-{tables.exports.new_mark()}"
    place = Place(prefix=parameters.get("S3Prefix") or "", identifier=mark, is_incremental=is_incremental)
    told = _begun(table, parameters, f"{table.arn}/export/{mark}")
    if is_incremental:
        lines, billed_bytes = _changes(table, recovery, parameters, told)
    else:
        lines, billed_bytes = _items(table, recovery, parameters, told)
    summary = _summary(table, told, billed_bytes)
    ended = {"ExportStatus": "COMPLETED", "EndTime": clock.date(), "ExportManifest": place.manifest}
    ended |= {"BilledSizeBytes": billed_bytes, "ItemCount": len(lines)}
    try:
        for key, content in files_of(place, tables.exports.new_name(), lines, summary).items():
            await ask_bucket(tables.world, "PutObject", _object(parameters, key, content))
    except ApiError as error:
        ended = {"ExportStatus": "FAILED", "EndTime": clock.date(), **failure(error)}
    done = Transfer(
        arn=told["ExportArn"],
        table_arn=table.arn,
        asked=dict(parameters),
        begun_us=clock.now_us,
        told=told | ended,
    )
    tables.exports.add(done)
    return {"ExportDescription": told}


def describe_export(tables: Tables, request: Request) -> Result:
    """Describe an export."""
    arn = str(request.parameters["ExportArn"])
    found = tables.exports.find(arn)
    if found is None:
        raise errors.export_missing(arn)
    return {"ExportDescription": dict(found.told)}


def list_exports(tables: Tables, request: Request) -> Result:
    """List exports in the order in which they began."""
    parameters: Any = request.parameters
    page, token = tables.exports.page(
        parameters.get("TableArn"), parameters.get("MaxResults"), parameters.get("NextToken")
    )
    summaries = [{name: each.told[name] for name in ("ExportArn", "ExportStatus", "ExportType")} for each in page]
    return {"ExportSummaries": summaries, **({"NextToken": token} if token else {})}


def _source(tables: Tables, request: Request) -> tuple[Table, Recovery]:
    """Return the table that is exported, and what it keeps of before.

    Raises:
        ApiError: there is none, it keeps nothing, or a parameter is not simulated.
    """
    parameters = request.parameters
    if parameters.get("FilterSpecification") is not None:
        raise not_simulated(request, "FilterSpecification")
    if parameters.get("ExportFormat") == "ION":
        raise not_simulated(request, "ExportFormat ION")
    arn = str(parameters["TableArn"])
    table = tables.find(arn)
    if table is None:
        raise errors.backups_table_missing(tables.name_of(arn))
    if table.recovery is None:
        raise errors.recovery_unavailable(table.name)
    return table, table.recovery


def _begun(table: Table, parameters: Parameters, arn: str) -> dict[str, Any]:
    """Return the description of an export that has begun."""
    return {
        "ExportArn": arn,
        "ExportStatus": "IN_PROGRESS",
        "StartTime": table.world.clock.date(),
        "TableArn": table.arn,
        "TableId": table.identifier,
        "S3Bucket": parameters["S3Bucket"],
        "S3SseAlgorithm": parameters.get("S3SseAlgorithm") or "AES256",
        "ExportFormat": "DYNAMODB_JSON",
        "ExportType": parameters.get("ExportType") or "FULL_EXPORT",
        **{name: parameters[name] for name in _KEPT if parameters.get(name)},
    }


def _items(table: Table, recovery: Recovery, parameters: Parameters, told: dict[str, Any]) -> tuple[list[str], int]:
    """Return the lines of a full export and what they are billed as, and tell of its instant."""
    clock = table.world.clock
    at_us = read_instant_us(clock, parameters, "ExportTime")
    if at_us is None:
        at_us = clock.now_us
    if not recovery.earliest_us <= at_us <= clock.now_us:
        raise errors.export_time_invalid("ExportTime is outside of the point in time recovery window")  # unconfirmed
    told["ExportTime"] = clock.date(at_us)
    items = recovery.items_at(table.store, at_us)
    return item_lines(items), sum(map(size_of, items))


def _changes(table: Table, recovery: Recovery, parameters: Parameters, told: dict[str, Any]) -> tuple[list[str], int]:
    """Return the lines of an incremental export and what they are billed as, and tell of its span."""
    clock = table.world.clock
    given = parameters.get(_SPAN) or {}
    from_us = read_instant_us(clock, given, "ExportFromTime")
    if from_us is None:
        raise errors.parameters_invalid(f"{_SPAN} must have an ExportFromTime")  # unconfirmed words
    to_us = read_instant_us(clock, given, "ExportToTime")
    if to_us is None:
        to_us = min(clock.now_us, from_us + EXPORT_SPAN_US_MAX)
    if not recovery.earliest_us <= from_us or to_us > clock.now_us:
        raise errors.export_time_invalid("The export period is outside of the point in time recovery window")
    if not EXPORT_SPAN_US_MIN <= to_us - from_us <= EXPORT_SPAN_US_MAX:
        raise errors.export_time_invalid("The export period must be from 15 minutes to 24 hours long")  # unconfirmed
    view = given.get("ExportViewType") or "NEW_AND_OLD_IMAGES"
    told[_SPAN] = {
        "ExportFromTime": clock.date(from_us),
        "ExportToTime": clock.date(to_us),
        "ExportViewType": view,
    }
    changes = recovery.changed_between(from_us, to_us)
    lines = change_lines(changes, table.schema, clock.start_epoch_us, shows_old=view == "NEW_AND_OLD_IMAGES")
    return lines, sum(size_of(image) for each in changes for image in (each.old, each.new) if image is not None)


def _summary(table: Table, told: Mapping[str, Any], billed_bytes: int) -> dict[str, Any]:
    """Return what the summary in the bucket says."""
    clock = table.world.clock
    span = told.get(_SPAN)
    if span is None:
        times = {"exportTime": _text(told["ExportTime"])}
    else:
        times = {
            "exportFromTime": _text(span["ExportFromTime"]),
            "exportToTime": _text(span["ExportToTime"]),
            "outputView": span["ExportViewType"],
        }
    return {
        "exportArn": told["ExportArn"],
        "startTime": clock.iso_ms(),
        "endTime": clock.iso_ms(),
        "tableArn": table.arn,
        "tableId": table.identifier,
        **times,
        "s3Bucket": told["S3Bucket"],
        "s3Prefix": told.get("S3Prefix"),
        "s3SseAlgorithm": told["S3SseAlgorithm"],
        "s3SseKmsKeyId": told.get("S3SseKmsKeyId"),
        "billedSizeBytes": billed_bytes,
        "outputFormat": told["ExportFormat"],
        "exportType": told["ExportType"],
    }


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1_000:03d}Z"


def _object(parameters: Parameters, key: str, content: bytes) -> dict[str, Any]:
    """Return the parameters by which an object of an export is put."""
    given: dict[str, Any] = {}
    if parameters.get("S3SseAlgorithm"):
        given["ServerSideEncryption"] = _ENCRYPTIONS[parameters["S3SseAlgorithm"]]
    if parameters.get("S3SseKmsKeyId"):
        given["SSEKMSKeyId"] = parameters["S3SseKmsKeyId"]
    if parameters.get("S3BucketOwner"):
        given["ExpectedBucketOwner"] = parameters["S3BucketOwner"]
    return {"Bucket": parameters["S3Bucket"], "Key": key, "Body": content, **given}
