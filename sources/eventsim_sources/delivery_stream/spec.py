"""What does a scenario say of a delivery stream? The settings under `delivery_streams:`."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from eventsim import ApiError, ConfigurationError, Duration, World, duration_us
from eventsim_sources.arns import arn_of
from eventsim_sources.delivery_stream.limits import BUFFER_MB, BUFFER_S_MAX, PARTITIONED_MB_MIN
from eventsim_sources.delivery_stream.prefix import PARTITIONS, namespaces
from eventsim_sources.delivery_stream.settings import read_destination
from eventsim_sources.delivery_stream.source import DeliveryStream

_ERROR_PREFIX = "!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/"
"""What stands before keys of errors if only the other prefix is given, and has expressions: AWS wants both."""


class DeliveryStreamSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A delivery stream: records gather and become objects in a bucket."""

    bucket: Annotated[str, Meta(description="The bucket that gets the objects.")]
    prefix: Annotated[str, Meta(description="How keys begin; may hold `!{timestamp:yyyy/MM/dd}`.")] = ""
    error_prefix: Annotated[str, Meta(description="How keys of what could not be processed begin.")] = ""
    stream: Annotated[str, Meta(description="The stream that it reads; records are put if none is named.")] = ""
    function: Annotated[str, Meta(description="The function that processes records on their way.")] = ""
    buffering_interval: Annotated[
        Duration, Meta(description="How long records gather at most: up to `15 minutes`.")
    ] = 300
    buffering_size_mb: Annotated[
        Annotated[int, Meta(ge=1, le=128)] | None,
        Meta(description="How much gathers at most, in MB: 5, or 64 where the prefix has partition keys."),
    ] = None


class _Waiting:
    """A delivery stream whose bucket and function are not there yet."""

    kind = DeliveryStream.kind

    def __init__(self, world: World, name: str) -> None:
        self.name = name
        self.arn = f"arn:aws:firehose:{world.region}:{world.account_id}:deliverystream/{name}"

    def summary(self) -> dict[str, int]:
        """Return nothing: it does not run."""
        return {}


class DeliveryStreamKind:
    """The section `delivery_streams:` of a scenario."""

    section = DeliveryStream.kind
    spec = DeliveryStreamSpec

    def create(self, world: World, name: str, spec: DeliveryStreamSpec) -> _Waiting:  # noqa: ARG002 - the door's
        """Keep the place of a delivery stream until everything that it names exists."""
        return _Waiting(world, name)

    def connect(self, world: World, source: _Waiting, spec: DeliveryStreamSpec) -> None:
        """Build the delivery stream.

        Raises:
            ConfigurationError: a name is not there, or a setting makes no sense.
        """
        if spec.bucket not in world.sources("buckets"):
            raise world.missing("bucket", spec.bucket, key="bucket")
        interval_us = duration_us(spec.buffering_interval, key="buffering_interval")
        if interval_us > BUFFER_S_MAX * 1_000_000:
            raise ConfigurationError("records gather for up to 15 minutes", key="buffering_interval")
        is_partitioned = bool(namespaces(spec.prefix) & PARTITIONS)
        given: dict[str, Any] = {
            "BucketARN": f"arn:aws:s3:::{spec.bucket}",
            "Prefix": spec.prefix,
            "ErrorOutputPrefix": spec.error_prefix or (_ERROR_PREFIX if namespaces(spec.prefix) else ""),
            "BufferingHints": {
                "SizeInMBs": spec.buffering_size_mb or (PARTITIONED_MB_MIN if is_partitioned else BUFFER_MB),
                "IntervalInSeconds": interval_us // 1_000_000,
            },
            "DynamicPartitioningConfiguration": {"Enabled": is_partitioned},
        }
        if spec.function:
            arn = arn_of(world, "function", spec.function)
            if world.target(arn) is None:
                raise world.missing("function", spec.function, key="function")
            processor = {"Type": "Lambda", "Parameters": [{"ParameterName": "LambdaArn", "ParameterValue": arn}]}
            given["ProcessingConfiguration"] = {"Enabled": True, "Processors": [processor]}
        stream = arn_of(world, "stream", spec.stream) if spec.stream else ""
        world.remove(source.arn)
        try:
            made = DeliveryStream(world, source.name, read_destination(given), stream)
        except ApiError as error:
            raise ConfigurationError(error.message, key="stream" if spec.stream else "prefix") from error
        world.add(made)
