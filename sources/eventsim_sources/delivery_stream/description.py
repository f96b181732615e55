"""How does Firehose describe a delivery stream?"""

from collections.abc import Mapping
from typing import Any, Final

from eventsim import Clock
from eventsim_sources.delivery_stream.settings import Destination, read_hints
from eventsim_sources.delivery_stream.source import DeliveryStream

DESTINATION_ID: Final = "destinationId-000000000001"
"""The one destination of every delivery stream."""

_AS_GIVEN: Final = (
    *("ProcessingConfiguration", "DataFormatConversionConfiguration", "DynamicPartitioningConfiguration"),
    *("FileExtension", "CustomTimeZone"),
)
"""What is told of a destination as it was set, and not at all if it was not."""


def described(stream: DeliveryStream, clock: Clock) -> dict[str, Any]:
    """Return `DeliveryStreamDescription`."""
    told: dict[str, Any] = {
        "DeliveryStreamName": stream.name,
        "DeliveryStreamARN": stream.arn,
        "DeliveryStreamStatus": "ACTIVE",
        "DeliveryStreamEncryptionConfiguration": _encryption(stream),
        "DeliveryStreamType": "KinesisStreamAsSource" if stream.source_stream else "DirectPut",
        "VersionId": str(stream.version),
        "CreateTimestamp": clock.date(stream.created_us),
        "Destinations": [_destination(stream.destination)],
        "HasMoreDestinations": False,
    }
    if stream.version > 1:
        told["LastUpdateTimestamp"] = clock.date(stream.updated_us)
    if stream.source_stream:
        told["Source"] = {
            "KinesisStreamSourceDescription": {
                "KinesisStreamARN": stream.source_stream,
                **({"RoleARN": stream.source_role} if stream.source_role else {}),
                "DeliveryStartTimestamp": clock.date(stream.created_us),
            }
        }
    return told


def _encryption(stream: DeliveryStream) -> dict[str, str]:
    encryption = stream.encryption
    if encryption is None:
        return {"Status": "DISABLED"}
    key = {"KeyARN": encryption.key_arn} if encryption.key_arn else {}
    return {**key, "KeyType": encryption.key_type, "Status": "ENABLED"}


def _destination(destination: Destination) -> dict[str, Any]:
    given, plain = destination.given, _plain(destination)
    extended = {**plain, "S3BackupMode": given.get("S3BackupMode") or "Disabled"}
    extended |= {name: given[name] for name in _AS_GIVEN if given.get(name)}
    if destination.backup is not None:
        extended["S3BackupDescription"] = _plain(destination.backup)
    if destination.endpoint is not None:
        return {"DestinationId": DESTINATION_ID, "HttpEndpointDestinationDescription": _endpoint(destination)}
    return {
        "DestinationId": DESTINATION_ID,
        "S3DestinationDescription": plain,
        "ExtendedS3DestinationDescription": extended,
    }


def _endpoint(destination: Destination) -> dict[str, Any]:
    """Return what is told of an HTTP endpoint; its key is not."""
    assert destination.endpoint is not None, "it is asked before"
    given = destination.endpoint.given
    place = given["EndpointConfiguration"]
    kept = ("RequestConfiguration", "ProcessingConfiguration", "RoleARN", "SecretsManagerConfiguration")
    return {
        "EndpointConfiguration": {name: place[name] for name in ("Url", "Name") if place.get(name)},
        "BufferingHints": _hints(given),
        "CloudWatchLoggingOptions": given.get("CloudWatchLoggingOptions") or {"Enabled": False},
        **{name: given[name] for name in kept if given.get(name)},
        "RetryOptions": {"DurationInSeconds": destination.endpoint.retry_s},
        "S3BackupMode": given.get("S3BackupMode") or "FailedDataOnly",
        "S3DestinationDescription": _plain(destination),
    }


def _hints(given: Mapping[str, Any]) -> dict[str, int]:
    """Return for what records wait, by what was said of a bucket or of an endpoint."""
    size_bytes, wait_s = read_hints(given)
    return {"SizeInMBs": size_bytes // (1024 * 1024), "IntervalInSeconds": wait_s}


def _plain(destination: Destination) -> dict[str, Any]:
    """Return what is told of every place in a bucket."""
    given: Mapping[str, Any] = destination.given
    return {
        "RoleARN": given.get("RoleARN", ""),
        "BucketARN": given["BucketARN"],
        **{name: given[name] for name in ("Prefix", "ErrorOutputPrefix") if given.get(name)},
        "BufferingHints": _hints(given),
        "CompressionFormat": destination.compression,
        "EncryptionConfiguration": given.get("EncryptionConfiguration") or {"NoEncryptionConfig": "NoEncryption"},
        "CloudWatchLoggingOptions": given.get("CloudWatchLoggingOptions") or {"Enabled": False},
    }
