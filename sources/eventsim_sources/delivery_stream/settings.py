"""What does a client set on a delivery stream? Read into numbers and names; what is not simulated is refused."""

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import Any

from msgspec import Struct, structs

from eventsim import ApiError
from eventsim_sources.delivery_stream import limits, prefix
from eventsim_sources.delivery_stream.deaggregation import Deaggregation
from eventsim_sources.delivery_stream.endpoint import Endpoint, read_endpoint
from eventsim_sources.delivery_stream.query import Query, UnknownQueryError
from eventsim_sources.zones import find_zone

_ENDPOINT = "HttpEndpointDestinationConfiguration"
_DESTINATIONS = ("ExtendedS3DestinationConfiguration", "S3DestinationConfiguration", _ENDPOINT)
_WITHOUT_FUNCTION = (
    *("AppendDelimiterToRecord", "CloudWatchLogProcessing", "Decompression", "MetadataExtraction"),
    "RecordDeAggregation",
)
_FORMATS = {"UNCOMPRESSED": "", "GZIP": ".gz"}


class Processor(Struct, frozen=True, kw_only=True):
    """The function that changes records on their way."""

    function: str
    retries: int = limits.PROCESSOR_RETRIES
    buffer_bytes: int = limits.PROCESSOR_BUFFER_BYTES
    buffer_s: int = limits.PROCESSOR_BUFFER_S


class Encryption(Struct, frozen=True, kw_only=True):
    """With which key records are said to be encrypted.

    Attributes:
        key_type: `AWS_OWNED_CMK` or `CUSTOMER_MANAGED_CMK`.
        key_arn: the customer's key, "" for AWS's own.
    """

    key_type: str
    key_arn: str = ""


class Destination(Struct, frozen=True, kw_only=True):
    """A place in a bucket.

    Attributes:
        given: as the client said it.
        delimiter: what stands after every record.
        zone: by whose clocks prefixes tell the time.
        unpacks: whether records are decompressed.
        extracts: whether only the messages are left of a batch of log events.
        query: gives records the partition keys of the prefix.
        endpoint: who gets records instead; what it does not take goes to the bucket.
        deaggregation: how several records are told apart in one.
    """

    bucket: str
    given: Mapping[str, Any]
    prefix: str = ""
    error_prefix: str = ""
    buffer_bytes: int = limits.BUFFER_BYTES
    buffer_s: int = limits.BUFFER_S
    compression: str = "UNCOMPRESSED"
    extension: str = ""
    delimiter: str = ""
    zone: tzinfo = UTC
    processor: Processor | None = None
    backup: "Destination | None" = None
    unpacks: bool = False
    extracts: bool = False
    query: Query | None = None
    endpoint: Endpoint | None = None
    deaggregation: Deaggregation | None = None

    @property
    def role_arn(self) -> str:
        """As whom objects are written, "" for nobody that is known."""
        return str(self.given.get("RoleARN") or "")

    @property
    def processing_role_arn(self) -> str:
        """As whom the function is invoked, "" for nobody that is known."""
        return self.role_arn if self.endpoint is None else self.endpoint.role_arn

    @property
    def key_names(self) -> frozenset[str]:
        """The partition keys that the prefix has."""
        return frozenset().union(*(prefix.names_of(self.prefix, namespace) for namespace in prefix.PARTITIONS))


def read(given: Mapping[str, Any]) -> Destination:
    """Return the destination that a request of `CreateDeliveryStream` names.

    Raises:
        ApiError: there is none, or it is of a kind that is not simulated.
    """
    found = [name for name in given if name.endswith("DestinationConfiguration") and given[name] is not None]
    other = next((name for name in found if name not in _DESTINATIONS), None)
    if other is not None:
        raise not_simulated(other)
    if len(found) != 1:
        raise invalid("Exactly one destination configuration is supported for a Firehose")
    configuration = given[found[0]]
    return read_endpoint_destination(configuration) if found[0] == _ENDPOINT else read_destination(configuration)


def read_endpoint_destination(given: Mapping[str, Any]) -> Destination:
    """Return an HTTP endpoint with the place in a bucket for what it does not take.

    Raises:
        ApiError: a setting is unfit, or not simulated.
    """
    secret = given.get("SecretsManagerConfiguration") or {}
    if secret.get("Enabled") and not secret.get("SecretARN"):
        raise invalid("SecretARN is required when SecretsManagerConfiguration is enabled")  # unconfirmed words
    place = read_destination(given["S3Configuration"])
    processors = _processors(given)
    buffer_bytes, buffer_s = read_hints(given)
    return structs.replace(
        place,
        buffer_bytes=buffer_bytes,
        buffer_s=buffer_s,
        unpacks=_unpacks(processors),
        extracts=_extracts(processors),
        processor=_processor(processors),
        deaggregation=_deaggregation(processors),
        backup=place if given.get("S3BackupMode") == "AllData" else None,
        endpoint=read_endpoint(given, delimiter=_delimiter(processors)),
    )


def read_destination(given: Mapping[str, Any]) -> Destination:
    """Return a place in a bucket.

    Raises:
        ApiError: a setting is unfit, or not simulated.
    """
    if not given.get("BucketARN"):  # the model of updates lets it be missing
        raise invalid("BucketARN is required")  # unconfirmed words
    compression = str(given.get("CompressionFormat") or "UNCOMPRESSED")
    if compression not in _FORMATS:
        raise not_simulated(f"CompressionFormat {compression}")
    if (given.get("DataFormatConversionConfiguration") or {}).get("Enabled", False):
        raise not_simulated("DataFormatConversionConfiguration")
    processors = _processors(given)
    query = _query(processors)
    _check_partitions(given, query)
    prefix.check(str(given.get("Prefix") or ""), str(given.get("ErrorOutputPrefix") or ""))
    backup = None
    if given.get("S3BackupMode") == "Enabled":
        backup = read_destination(given.get("S3BackupConfiguration") or {})
    buffer_bytes, buffer_s = read_hints(given)
    return Destination(
        bucket=str(given.get("BucketARN", "")).rpartition(":")[2],
        given=given,
        prefix=str(given.get("Prefix") or ""),
        error_prefix=str(given.get("ErrorOutputPrefix") or ""),
        buffer_bytes=buffer_bytes,
        buffer_s=buffer_s,
        compression=compression,
        extension=str(given.get("FileExtension") or _FORMATS[compression]),
        delimiter=_delimiter(processors),
        unpacks=_unpacks(processors),
        extracts=_extracts(processors),
        query=query,
        deaggregation=_deaggregation(processors),
        zone=_zone(str(given.get("CustomTimeZone") or "UTC")),
        processor=_processor(processors),
        backup=backup,
    )


def _processors(given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    processing = given.get("ProcessingConfiguration") or {}
    return processing.get("Processors") or [] if processing.get("Enabled") else []


def read_hints(given: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many bytes gather, and for how many seconds.

    Raises:
        ApiError: only one of them is given.
    """
    hints = given.get("BufferingHints") or {}
    size_mb, seconds = hints.get("SizeInMBs"), hints.get("IntervalInSeconds")
    if (size_mb is None) != (seconds is None):  # documented; the words are unconfirmed
        raise invalid("BufferingHints must specify both SizeInMBs and IntervalInSeconds, or neither")
    return (
        limits.BUFFER_BYTES if size_mb is None else size_mb * 1024 * 1024,
        limits.BUFFER_S if seconds is None else seconds,
    )


def _unpacks(processors: list[Mapping[str, Any]]) -> bool:
    found = next((each for each in processors if each["Type"] == "Decompression"), None)
    if found is not None and _parameters(found).get("CompressionFormat", "GZIP") != "GZIP":
        raise invalid("Decompression knows the CompressionFormat GZIP")  # unconfirmed words
    return found is not None


def _extracts(processors: list[Mapping[str, Any]]) -> bool:
    found = next((each for each in processors if each["Type"] == "CloudWatchLogProcessing"), None)
    if found is None:
        return False
    if not _unpacks(processors):
        raise invalid("CloudWatchLogProcessing needs the processor Decompression")  # unconfirmed words
    return _parameters(found).get("DataMessageExtraction", "").lower() == "true"


def _query(processors: list[Mapping[str, Any]]) -> Query | None:
    found = next((each for each in processors if each["Type"] == "MetadataExtraction"), None)
    if found is None:
        return None
    said = _parameters(found)
    if said.get("JsonParsingEngine") != "JQ-1.6" or not said.get("MetadataExtractionQuery"):
        raise invalid(
            "MetadataExtraction needs MetadataExtractionQuery and the JsonParsingEngine JQ-1.6"
        )  # unconfirmed
    try:
        return Query(said["MetadataExtractionQuery"])
    except UnknownQueryError as error:
        raise not_simulated(str(error)) from error


def _deaggregation(processors: list[Mapping[str, Any]]) -> Deaggregation | None:
    found = next((each for each in processors if each["Type"] == "RecordDeAggregation"), None)
    if found is None:
        return None
    said = _parameters(found)
    kind, delimiter = said.get("SubRecordType"), said.get("Delimiter", "")
    if kind not in ("JSON", "DELIMITED") or (kind == "DELIMITED") != bool(delimiter):  # unconfirmed words
        raise invalid("RecordDeAggregation needs the SubRecordType JSON, or DELIMITED with a Delimiter")
    try:
        return Deaggregation(delimiter=base64.b64decode(delimiter, validate=True))
    except binascii.Error:
        raise invalid("The Delimiter of RecordDeAggregation must be base64-encoded") from None  # unconfirmed words


def _check_partitions(given: Mapping[str, Any], query: Query | None) -> None:
    """See that a prefix holds partition keys where there are some, and only there.

    Raises:
        ApiError: dynamic partitioning is off or without effect, too little gathers, or nothing asks records for keys.
    """
    text = str(given.get("Prefix") or "")
    namespaces = prefix.namespaces(text)
    is_on = (given.get("DynamicPartitioningConfiguration") or {}).get("Enabled", False)
    if namespaces & prefix.PARTITIONS and not is_on:
        raise invalid(
            "Dynamic Partitioning Namespaces can only be part of a prefix expression when Dynamic Partitioning is "
            "enabled."
        )
    if is_on and not namespaces & prefix.PARTITIONS:  # unconfirmed words
        raise invalid("S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is enabled")
    size_mb = (given.get("BufferingHints") or {}).get("SizeInMBs")
    if is_on and size_mb is not None and size_mb < limits.PARTITIONED_MB_MIN:
        raise invalid(
            f"BufferingHints.SizeInMBs must be at least {limits.PARTITIONED_MB_MIN} when Dynamic Partitioning is "
            "enabled."
        )
    if "partitionKeyFromQuery" not in namespaces:
        return
    if query is None:
        raise invalid(
            "MetadataExtraction processor should be present when S3 Prefix has partitionKeyFromQuery namespace."
        )
    unknown = sorted(prefix.names_of(text, "partitionKeyFromQuery") - query.names)
    if unknown:  # unconfirmed words
        raise invalid(f"The MetadataExtractionQuery gives no {', '.join(unknown)}, which the prefix has")


def read_encryption(given: Mapping[str, Any] | None) -> Encryption | None:
    """Return with which key a delivery stream encrypts, None if nothing is said of that.

    Raises:
        ApiError: a key is named with AWS's own, or none with the customer's.
    """
    if given is None:
        return None
    key_type, key_arn = str(given.get("KeyType") or "AWS_OWNED_CMK"), str(given.get("KeyARN") or "")
    if (key_type == "CUSTOMER_MANAGED_CMK") != bool(key_arn):  # unconfirmed words
        raise invalid("KeyARN is required for the key type CUSTOMER_MANAGED_CMK, and goes with no other")
    return Encryption(key_type=key_type, key_arn=key_arn)


def _zone(name: str) -> tzinfo:
    zone = find_zone(name)
    if zone is None:
        raise invalid(f"Unknown time zone {name}")  # unconfirmed words
    return zone


def _parameters(processor: Mapping[str, Any]) -> dict[str, str]:
    return {each["ParameterName"]: str(each["ParameterValue"]) for each in processor.get("Parameters") or []}


def _delimiter(processors: list[Mapping[str, Any]]) -> str:
    found = next((each for each in processors if each["Type"] == "AppendDelimiterToRecord"), None)
    return "" if found is None else _parameters(found).get("Delimiter", "\\n").replace("\\n", "\n")


def _processor(processors: list[Mapping[str, Any]]) -> Processor | None:
    made = None
    for each in processors:
        if each["Type"] in _WITHOUT_FUNCTION:
            continue
        if each["Type"] != "Lambda":
            raise not_simulated(f"a processor of the type {each['Type']}")
        said = _parameters(each)
        made = Processor(
            function=said.get("LambdaArn", ""),
            retries=int(said.get("NumberOfRetries", limits.PROCESSOR_RETRIES)),
            buffer_bytes=int(float(said.get("BufferSizeInMBs", 1)) * 1024 * 1024),
            buffer_s=int(said.get("BufferIntervalInSeconds", limits.PROCESSOR_BUFFER_S)),
        )
    return made


def invalid(message: str) -> ApiError:
    """Return Firehose's most common refusal."""
    return ApiError("InvalidArgumentException", message)


def not_simulated(what: str) -> ApiError:
    """Return the refusal of what nobody simulates."""
    message = f"firehose: {what} is not simulated; objects in a bucket and requests to HTTP endpoints are"
    return ApiError("NotImplemented", message, status=501)
