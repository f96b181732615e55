"""What do calls of Kinesis and of Firehose need? The action of the same name on the stream, or on the consumer."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import Needs, Place, anywhere, at, called, if_given, on, passing, text_in, together

_OF_A_STREAM: Final = (
    *("AddTagsToStream", "DecreaseStreamRetentionPeriod", "DeleteStream", "DescribeStream", "DescribeStreamSummary"),
    *("DisableEnhancedMonitoring", "EnableEnhancedMonitoring", "GetRecords", "GetShardIterator"),
    *("IncreaseStreamRetentionPeriod", "ListShards", "ListStreamConsumers", "ListTagsForStream", "MergeShards"),
    *("PutRecord", "PutRecords", "RemoveTagsFromStream", "SplitShard", "StartStreamEncryption"),
    *("StopStreamEncryption", "UpdateMaxRecordSize", "UpdateShardCount", "UpdateStreamMode"),
    *("UpdateStreamRecordDistributionStrategy", "UpdateStreamWarmThroughput"),
)
_OF_A_RESOURCE: Final = (
    *("DeleteResourcePolicy", "GetResourcePolicy", "ListTagsForResource", "PutResourcePolicy", "TagResource"),
    "UntagResource",
)
_OF_A_CONSUMER: Final = ("DescribeStreamConsumer", "SubscribeToShard")
_OF_ALL_STREAMS: Final = ("DescribeLimits", "ListStreams")
"""As the policy that SAM calls `KinesisStreamReadPolicy` allows them."""
_OF_ALL: Final = ("DescribeAccountSettings", "UpdateAccountSettings")

_OF_A_DELIVERY_STREAM: Final = (
    *("DeleteDeliveryStream", "DescribeDeliveryStream", "ListTagsForDeliveryStream", "PutRecord", "PutRecordBatch"),
    *("StartDeliveryStreamEncryption", "StopDeliveryStreamEncryption", "TagDeliveryStream", "UntagDeliveryStream"),
)

_by_name = called("StreamName", "kinesis", "stream/{}")
_delivery_stream = called("DeliveryStreamName", "firehose", "deliverystream/{}")


def _stream(given: Mapping[str, Any], place: Place) -> str:
    """Return the ARN of a stream; "" where only an iterator or a token tells which."""
    return text_in(given, "StreamARN") or _by_name(given, place)


def _all_streams(_given: Mapping[str, Any], place: Place) -> str:
    return place.arn("kinesis", "stream/*")


def _stream_of_consumer(given: Mapping[str, Any], _place: Place) -> str:
    return text_in(given, "StreamARN") or text_in(given, "ConsumerARN").partition("/consumer/")[0]


def _consumer(given: Mapping[str, Any], _place: Place) -> str:
    """Return the ARN of a consumer; when one that is only named was made, is left open."""
    stream, name = text_in(given, "StreamARN"), text_in(given, "ConsumerName")
    return text_in(given, "ConsumerARN") or (f"{stream}/consumer/{name}:*" if stream and name else "")


def _roles_in(value: Any) -> Iterable[Any]:
    """Yield the roles of a delivery stream's source and of its destinations."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name == "RoleARN":
                yield inner
            else:
                yield from _roles_in(inner)


NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: on(_stream, f"kinesis:{name}") for name in _OF_A_STREAM},
        **{name: on(at("ResourceARN"), f"kinesis:{name}") for name in _OF_A_RESOURCE},
        **{name: on(_consumer, f"kinesis:{name}") for name in _OF_A_CONSUMER},
        **{name: on(_all_streams, f"kinesis:{name}") for name in _OF_ALL_STREAMS},
        **{name: anywhere(f"kinesis:{name}") for name in _OF_ALL},
        "CreateStream": together(
            on(_stream, "kinesis:CreateStream"), if_given("Tags", on(_stream, "kinesis:AddTagsToStream"))
        ),
        "DeregisterStreamConsumer": on(_stream_of_consumer, "kinesis:DeregisterStreamConsumer"),
        "RegisterStreamConsumer": together(
            on(_stream, "kinesis:RegisterStreamConsumer"), if_given("Tags", on(_consumer, "kinesis:TagResource"))
        ),
    }
)

OF_DELIVERY_STREAMS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: on(_delivery_stream, f"firehose:{name}") for name in _OF_A_DELIVERY_STREAM},
        "CreateDeliveryStream": together(
            on(_delivery_stream, "firehose:CreateDeliveryStream"),
            if_given("Tags", on(_delivery_stream, "firehose:TagDeliveryStream")),
            passing("firehose", _roles_in),
        ),
        "ListDeliveryStreams": anywhere("firehose:ListDeliveryStreams"),
        "UpdateDestination": together(
            on(_delivery_stream, "firehose:UpdateDestination"), passing("firehose", _roles_in)
        ),
    }
)
