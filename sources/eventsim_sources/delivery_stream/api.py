"""Firehose as its clients know it: one function for each operation."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from eventsim import ApiError, Operation, Request, Result, World
from eventsim_sources.delivery_stream import limits
from eventsim_sources.delivery_stream.settings import invalid, not_simulated, read, read_destination
from eventsim_sources.delivery_stream.source import DeliveryStream
from eventsim_sources.without_effect import check_heeded

_INERT: Mapping[str, str] = {"DeliveryStreamEncryptionConfigurationInput": "nothing is encrypted"}
_CREATE = (
    "DeliveryStreamName DeliveryStreamType KinesisStreamSourceConfiguration S3DestinationConfiguration "
    "ExtendedS3DestinationConfiguration DeliveryStreamEncryptionConfigurationInput Tags"
)
_DESTINATION_ID = "destinationId-000000000001"


def _find(world: World, request: Request) -> DeliveryStream:
    name = str(request.parameters["DeliveryStreamName"])
    found = world.sources(DeliveryStream.kind).get(name)
    if not isinstance(found, DeliveryStream):
        message = f"Firehose {name} not found under account {world.account_id}."
        raise ApiError("ResourceNotFoundException", message)
    return found


def create_delivery_stream(world: World, request: Request) -> Result:
    """Make a delivery stream; it is active at once."""
    given: Any = request.parameters
    name = str(given["DeliveryStreamName"])
    if name in world.sources(DeliveryStream.kind):
        message = f"Firehose {name} under accountId {world.account_id} already exists"
        raise ApiError("ResourceInUseException", message)
    other = next((key for key in given if key.endswith("SourceConfiguration") and key not in _CREATE.split()), None)
    if other is not None:
        raise not_simulated(other)
    source = (given.get("KinesisStreamSourceConfiguration") or {}).get("KinesisStreamARN", "")
    is_pulled = given.get("DeliveryStreamType") == "KinesisStreamAsSource"
    if is_pulled != bool(source):
        raise invalid("KinesisStreamSourceConfiguration goes with the type KinesisStreamAsSource, and with no other")
    try:
        stream = DeliveryStream(world, name, read(given), source)
    except ApiError as error:
        if error.code in ("InvalidArgumentException", "NotImplemented"):
            raise
        raise invalid(error.message) from error
    stream.tags = {each["Key"]: each.get("Value", "") for each in given.get("Tags") or ()}
    world.add(stream)
    return {"DeliveryStreamARN": stream.arn}


def delete_delivery_stream(world: World, request: Request) -> Result:
    """Delete a delivery stream; what has gathered is delivered before."""
    stream = _find(world, request)
    stream.stop()
    world.remove(stream.arn)
    return {}


def describe_delivery_stream(world: World, request: Request) -> Result:
    """Describe a delivery stream."""
    stream = _find(world, request)
    clock = world.clock
    told: dict[str, Any] = {
        "DeliveryStreamName": stream.name,
        "DeliveryStreamARN": stream.arn,
        "DeliveryStreamStatus": "ACTIVE",
        "DeliveryStreamEncryptionConfiguration": {"Status": "DISABLED"},
        "DeliveryStreamType": "KinesisStreamAsSource" if stream.source_stream else "DirectPut",
        "VersionId": str(stream.version),
        "CreateTimestamp": clock.date(stream.created_us),
        "Destinations": [_destination(stream)],
        "HasMoreDestinations": False,
    }
    if stream.version > 1:
        told["LastUpdateTimestamp"] = clock.date(stream.updated_us)
    if stream.source_stream:
        source = {"KinesisStreamARN": stream.source_stream, "DeliveryStartTimestamp": clock.date(stream.created_us)}
        told["Source"] = {"KinesisStreamSourceDescription": source}
    return {"DeliveryStreamDescription": told}


def _destination(stream: DeliveryStream) -> dict[str, Any]:
    given = stream.destination.given
    plain = {
        "RoleARN": given.get("RoleARN", ""),
        "BucketARN": given["BucketARN"],
        **({"Prefix": given["Prefix"]} if given.get("Prefix") else {}),
        **({"ErrorOutputPrefix": given["ErrorOutputPrefix"]} if given.get("ErrorOutputPrefix") else {}),
        "BufferingHints": {
            "SizeInMBs": stream.destination.buffer_bytes // (1024 * 1024),
            "IntervalInSeconds": stream.destination.buffer_s,
        },
        "CompressionFormat": stream.destination.compression,
        "EncryptionConfiguration": given.get("EncryptionConfiguration") or {"NoEncryptionConfig": "NoEncryption"},
        "CloudWatchLoggingOptions": given.get("CloudWatchLoggingOptions") or {"Enabled": False},
    }
    extended = {**plain, "S3BackupMode": given.get("S3BackupMode") or "Disabled"}
    if given.get("ProcessingConfiguration"):
        extended["ProcessingConfiguration"] = given["ProcessingConfiguration"]
    return {
        "DestinationId": _DESTINATION_ID,
        "S3DestinationDescription": plain,
        "ExtendedS3DestinationDescription": extended,
    }


def list_delivery_streams(world: World, request: Request) -> Result:
    """List the names of delivery streams."""
    given: Any = request.parameters
    kind, after = given.get("DeliveryStreamType"), given.get("ExclusiveStartDeliveryStreamName") or ""
    names = [
        name
        for name, stream in sorted(world.sources(DeliveryStream.kind).items())
        if isinstance(stream, DeliveryStream)
        and name > after
        and kind in (None, "KinesisStreamAsSource" if stream.source_stream else "DirectPut")
    ]
    limit = int(given.get("Limit") or limits.PAGE_MAX)
    return {"DeliveryStreamNames": names[:limit], "HasMoreDeliveryStreams": len(names) > limit}


def _puttable(world: World, request: Request) -> DeliveryStream:
    stream = _find(world, request)
    if stream.source_stream:
        raise invalid("This operation is not permitted on KinesisStreamAsSource delivery stream type.")
    return stream


def _data(record: Mapping[str, Any]) -> bytes:
    data: Any = record["Data"]
    return data.encode() if isinstance(data, str) else bytes(data)


def put_record(world: World, request: Request) -> Result:
    """Take one record."""
    stream = _puttable(world, request)
    given: Any = request.parameters["Record"]
    data = _data(given)
    _check_size(data)
    caller = request.caller
    return {"RecordId": stream.put(data, cause=request.entry, lineage=caller.lineage), "Encrypted": False}


def put_record_batch(world: World, request: Request) -> Result:
    """Take up to 500 records."""
    stream = _puttable(world, request)
    given: Any = request.parameters["Records"]
    if not 1 <= len(given) <= limits.BATCH_RECORDS_MAX:
        raise invalid(f"A batch has between 1 and {limits.BATCH_RECORDS_MAX} records")
    records = [_data(each) for each in given]
    for data in records:
        _check_size(data)
    if sum(map(len, records)) > limits.BATCH_BYTES_MAX:
        raise invalid(f"Records size exceeds {limits.BATCH_BYTES_MAX // (1024 * 1024)} MB limit")
    lineage = request.caller.lineage
    answers = [{"RecordId": stream.put(data, cause=request.entry, lineage=lineage)} for data in records]
    return {"FailedPutCount": 0, "Encrypted": False, "RequestResponses": answers}


def _check_size(data: bytes) -> None:
    if len(data) > limits.RECORD_BYTES_MAX:
        raise ApiError(
            "ValidationException",
            "1 validation error detected: Value at 'record.data' failed to satisfy constraint: Member must have "
            f"length less than or equal to {limits.RECORD_BYTES_MAX}",
        )


def update_destination(world: World, request: Request) -> Result:
    """Deliver elsewhere."""
    stream = _find(world, request)
    given: Any = request.parameters
    if given["CurrentDeliveryStreamVersionId"] != str(stream.version):
        message = f"Cannot update firehose: {stream.name} since the current version id: {stream.version} does not match"
        raise ApiError("ConcurrentModificationException", message)
    if given["DestinationId"] != _DESTINATION_ID:
        raise invalid(f"Destination Id {given['DestinationId']} not found")
    update = given.get("ExtendedS3DestinationUpdate") or given.get("S3DestinationUpdate")
    if not update:
        raise invalid("Exactly one destination update is needed")
    stream.change(read_destination({**stream.destination.given, **update}))
    return {}


def tag_delivery_stream(world: World, request: Request) -> Result:
    """Add tags."""
    given: Any = request.parameters["Tags"]
    _find(world, request).tags.update({each["Key"]: each.get("Value", "") for each in given})
    return {}


def untag_delivery_stream(world: World, request: Request) -> Result:
    """Take tags away."""
    keys: Any = request.parameters["TagKeys"]
    tags = _find(world, request).tags
    for key in keys:
        tags.pop(key, None)
    return {}


def list_tags_for_delivery_stream(world: World, request: Request) -> Result:
    """List tags."""
    tags = _find(world, request).tags
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()], "HasMoreTags": False}


_OPERATIONS: Mapping[str, tuple[Callable[[World, Request], Result], str]] = {
    "CreateDeliveryStream": (create_delivery_stream, _CREATE),
    "DeleteDeliveryStream": (delete_delivery_stream, "DeliveryStreamName AllowForceDelete"),
    "DescribeDeliveryStream": (describe_delivery_stream, "DeliveryStreamName Limit ExclusiveStartDestinationId"),
    "ListDeliveryStreams": (list_delivery_streams, "Limit DeliveryStreamType ExclusiveStartDeliveryStreamName"),
    "ListTagsForDeliveryStream": (
        list_tags_for_delivery_stream,
        "DeliveryStreamName Limit ExclusiveStartTagKey",
    ),
    "PutRecord": (put_record, "DeliveryStreamName Record"),
    "PutRecordBatch": (put_record_batch, "DeliveryStreamName Records"),
    "TagDeliveryStream": (tag_delivery_stream, "DeliveryStreamName Tags"),
    "UntagDeliveryStream": (untag_delivery_stream, "DeliveryStreamName TagKeys"),
    "UpdateDestination": (
        update_destination,
        "DeliveryStreamName CurrentDeliveryStreamVersionId DestinationId ExtendedS3DestinationUpdate "
        "S3DestinationUpdate",
    ),
}
"""Operation → its function, and the parameters that it heeds. Any other parameter is refused by name."""


def operations(world: World) -> Mapping[str, Operation]:
    """Return the operations of Firehose for one simulation."""
    made = {name: partial(_checked, world, *entry) for name, entry in _OPERATIONS.items()}
    return world.lasting(made, but=("PutRecord", "PutRecordBatch"))


def _checked(world: World, operation: Callable[[World, Request], Result], takes: str, request: Request) -> Result:
    check_heeded(
        world, request, takes, inert=_INERT, refusal=lambda name: not_simulated(f"{request.operation}: {name}")
    )
    return operation(world, request)
