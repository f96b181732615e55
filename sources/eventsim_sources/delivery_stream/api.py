"""Firehose as its clients know it: one function for each operation."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from eventsim import About, ApiError, Caller, Operation, Request, Result, World
from eventsim_sources.delegation import check_reading
from eventsim_sources.delivery_stream import limits
from eventsim_sources.delivery_stream.description import DESTINATION_ID, described
from eventsim_sources.delivery_stream.settings import (
    Destination,
    invalid,
    not_simulated,
    read,
    read_destination,
    read_encryption,
    read_endpoint_destination,
)
from eventsim_sources.delivery_stream.source import DeliveryStream
from eventsim_sources.without_effect import check_heeded

_INERT: Mapping[str, str] = {
    "DeliveryStreamEncryptionConfigurationInput": "nothing is encrypted",
    "DirectPutSourceConfiguration": "every delivery stream bears any load at once",
}
_CREATE = (
    "DeliveryStreamName DeliveryStreamType KinesisStreamSourceConfiguration S3DestinationConfiguration "
    "ExtendedS3DestinationConfiguration HttpEndpointDestinationConfiguration "
    "DeliveryStreamEncryptionConfigurationInput DirectPutSourceConfiguration Tags"
)


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
    of_source = given.get("KinesisStreamSourceConfiguration") or {}
    source = of_source.get("KinesisStreamARN", "")
    is_pulled = given.get("DeliveryStreamType") == "KinesisStreamAsSource"
    if is_pulled != bool(source):
        raise invalid("KinesisStreamSourceConfiguration goes with the type KinesisStreamAsSource, and with no other")
    encryption = read_encryption(given.get("DeliveryStreamEncryptionConfigurationInput"))
    tags = _with_tags({}, given.get("Tags") or ())
    _check_reading(world, request, source, str(of_source.get("RoleARN") or ""))
    try:
        destination = read(given)
        if not world.trusts(destination.role_arn, "firehose.amazonaws.com", cause=request.entry):
            raise invalid(f"Firehose is unable to assume role {destination.role_arn}. Please check the role provided.")
        stream = DeliveryStream(world, name, destination, source)
    except ApiError as error:
        if error.code in ("InvalidArgumentException", "NotImplemented"):
            raise
        raise invalid(error.message) from error
    stream.tags, stream.encryption, stream.source_role = tags, encryption, of_source.get("RoleARN", "")
    world.add(stream)
    return {"DeliveryStreamARN": stream.arn}


def _check_reading(world: World, request: Request, stream_arn: str, role_arn: str) -> None:
    """See that a stream may be read in a role (words as users report them)."""
    try:
        check_reading(world, stream_arn, Caller(arn=request.caller.arn, cause=request.entry, role_arn=role_arn))
    except ApiError as error:
        action = error.message.partition(" to perform: ")[2].partition(" ")[0].removeprefix("kinesis:")
        message = f"Role {role_arn} is not authorized to perform {action} on resource {stream_arn}."
        raise invalid(message) from error


def delete_delivery_stream(world: World, request: Request) -> Result:
    """Delete a delivery stream; what has gathered is delivered before."""
    stream = _find(world, request)
    stream.stop()
    world.remove(stream.arn)
    return {}


def describe_delivery_stream(world: World, request: Request) -> Result:
    """Describe a delivery stream."""
    return {"DeliveryStreamDescription": described(_find(world, request), world.clock)}


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
    identifier = stream.put(data, cause=request.entry, lineage=caller.lineage)
    return {"RecordId": identifier, "Encrypted": stream.encryption is not None}


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
    return {"FailedPutCount": 0, "Encrypted": stream.encryption is not None, "RequestResponses": answers}


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
        asked = given["CurrentDeliveryStreamVersionId"]
        message = (
            f"Cannot update firehose: {stream.name} since the current version id: {stream.version} and specified "
            f"version id: {asked} do not match"
        )
        raise ApiError("ConcurrentModificationException", message)
    if given["DestinationId"] != DESTINATION_ID:
        raise invalid(f"Destination Id {given['DestinationId']} not found")
    update = given.get("ExtendedS3DestinationUpdate") or given.get("S3DestinationUpdate")
    of_endpoint = given.get("HttpEndpointDestinationUpdate")
    if bool(update) == bool(of_endpoint):
        raise invalid("Exactly one destination update is needed")
    stream.change(_updated_endpoint(stream.destination, of_endpoint) if of_endpoint else _updated(stream, update))
    return {}


def _updated(stream: DeliveryStream, update: Mapping[str, Any]) -> Destination:
    """Return a place in a bucket with changes; of one of another kind, nothing is kept.

    Raises:
        ApiError: a setting is unfit, or is fixed by now.
    """
    before = stream.destination.given if stream.destination.endpoint is None else {}
    backup = {**before.get("S3BackupConfiguration", {}), **(update.get("S3BackupUpdate") or {})}
    after = {**before, **{name: value for name, value in update.items() if name != "S3BackupUpdate"}}
    if before.get("S3BackupMode") == "Enabled" and after["S3BackupMode"] != "Enabled":  # unconfirmed words
        raise invalid("S3BackupMode cannot be disabled once it is enabled")
    if before and _is_partitioned(before) != _is_partitioned(after):  # unconfirmed words
        raise invalid("Dynamic Partitioning can neither be enabled nor disabled on an existing Firehose")
    return read_destination({**after, "S3BackupConfiguration": backup} if backup else after)


def _is_partitioned(given: Mapping[str, Any]) -> bool:
    return bool((given.get("DynamicPartitioningConfiguration") or {}).get("Enabled"))


def _updated_endpoint(destination: Destination, update: Mapping[str, Any]) -> Destination:
    """Return an endpoint with changes; of a place in a bucket, nothing is kept."""
    before = {} if destination.endpoint is None else destination.endpoint.given
    place = {**before.get("S3Configuration", {}), **(update.get("S3Update") or {})}
    after = {**before, **update, "S3Configuration": place}
    if "EndpointConfiguration" not in after or not place.get("BucketARN"):
        raise invalid("A destination of another kind needs EndpointConfiguration and S3Update")  # unconfirmed words
    return read_endpoint_destination({name: value for name, value in after.items() if name != "S3Update"})


def start_delivery_stream_encryption(world: World, request: Request) -> Result:
    """Say that records are encrypted from now on, which nobody sees."""
    stream = _find(world, request)
    if stream.source_stream:  # unconfirmed words
        raise invalid("Server-side encryption goes with records that are put: the source stream has its own.")
    given: Any = request.parameters.get("DeliveryStreamEncryptionConfigurationInput") or {}
    stream.encryption = read_encryption(given)
    return {}


def stop_delivery_stream_encryption(world: World, request: Request) -> Result:
    """Say that records are encrypted no more."""
    _find(world, request).encryption = None
    return {}


def tag_delivery_stream(world: World, request: Request) -> Result:
    """Add tags."""
    given: Any = request.parameters["Tags"]
    stream = _find(world, request)
    stream.tags = _with_tags(stream.tags, given)
    return {}


def _with_tags(tags: Mapping[str, str], given: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return tags with further ones.

    Raises:
        ApiError: they are too many.
    """
    together = {**tags, **{each["Key"]: each.get("Value", "") for each in given}}
    if len(together) > limits.TAGS_MAX:
        message = f"A delivery stream has at most {limits.TAGS_MAX} tags"  # unconfirmed words
        raise ApiError("LimitExceededException", message)
    return together


def untag_delivery_stream(world: World, request: Request) -> Result:
    """Take tags away."""
    keys: Any = request.parameters["TagKeys"]
    tags = _find(world, request).tags
    for key in keys:
        tags.pop(key, None)
    return {}


def list_tags_for_delivery_stream(world: World, request: Request) -> Result:
    """List tags by their keys, page by page."""
    given: Any = request.parameters
    after = given.get("ExclusiveStartTagKey") or ""
    limit = int(given.get("Limit") or limits.TAGS_MAX)
    tags = sorted(_find(world, request).tags.items())
    found = [{"Key": key, "Value": value} for key, value in tags if key > after]
    return {"Tags": found[:limit], "HasMoreTags": len(found) > limit}


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
    "StartDeliveryStreamEncryption": (
        start_delivery_stream_encryption,
        "DeliveryStreamName DeliveryStreamEncryptionConfigurationInput",
    ),
    "StopDeliveryStreamEncryption": (stop_delivery_stream_encryption, "DeliveryStreamName"),
    "TagDeliveryStream": (tag_delivery_stream, "DeliveryStreamName Tags"),
    "UntagDeliveryStream": (untag_delivery_stream, "DeliveryStreamName TagKeys"),
    "UpdateDestination": (
        update_destination,
        "DeliveryStreamName CurrentDeliveryStreamVersionId DestinationId ExtendedS3DestinationUpdate "
        "S3DestinationUpdate HttpEndpointDestinationUpdate",
    ),
}
"""Operation → its function, and the parameters that it heeds. Any other parameter is refused by name."""

_DELIVERY_STREAM = "deliverystream:DeliveryStreamName"
_ABOUT: Mapping[str, About] = {
    "CreateDeliveryStream": About(_DELIVERY_STREAM),
    "DeleteDeliveryStream": About(_DELIVERY_STREAM, ends=True),
    "TagDeliveryStream": About(_DELIVERY_STREAM, part="Tags.Key"),
    "UntagDeliveryStream": About(_DELIVERY_STREAM),
    "UpdateDestination": About(_DELIVERY_STREAM),
}


def operations(world: World) -> Mapping[str, Operation]:
    """Return the operations of Firehose for one simulation."""
    made = {name: partial(_checked, world, *entry) for name, entry in _OPERATIONS.items()}
    return world.lasting(made, but=("PutRecord", "PutRecordBatch"), about=_ABOUT)


def _checked(world: World, operation: Callable[[World, Request], Result], takes: str, request: Request) -> Result:
    check_heeded(world, request, takes, inert=_INERT)
    return operation(world, request)
