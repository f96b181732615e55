"""Kinesis Data Streams as its clients know it: one function for each operation."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from eventsim import Operation, Request, Result, World
from eventsim_sources.stream.api import consumers, papers, records, settings, shards, streams, subscription
from eventsim_sources.stream.api.call_rates import CallRates
from eventsim_sources.stream.api.directory import Directory
from eventsim_sources.stream.api.parameters import check_taken

Carry = Callable[[Directory, Request], Result | Awaitable[Result]]

_STREAM = frozenset({"StreamName", "StreamARN"})
_CONSUMER = frozenset({"StreamARN", "ConsumerName", "ConsumerARN"})
_RESOURCE = frozenset({"ResourceARN"})
_PLACE = frozenset({"StartingSequenceNumber", "Timestamp"})

_OPERATIONS: Mapping[str, tuple[Carry, frozenset[str]]] = {
    "AddTagsToStream": (papers.add_tags_to_stream, _STREAM | {"Tags"}),
    "CreateStream": (
        streams.create_stream,
        frozenset({"StreamName", "ShardCount", "StreamModeDetails", "Tags", "MaxRecordSizeInKiB"})
        | {"RecordDistributionStrategy", "WarmThroughputMiBps"},
    ),
    "DecreaseStreamRetentionPeriod": (settings.decrease_stream_retention_period, _STREAM | {"RetentionPeriodHours"}),
    "DeleteResourcePolicy": (papers.delete_resource_policy, _RESOURCE),
    "DeleteStream": (streams.delete_stream, _STREAM | {"EnforceConsumerDeletion"}),
    "DeregisterStreamConsumer": (consumers.deregister_stream_consumer, _CONSUMER),
    "DescribeAccountSettings": (streams.describe_account_settings, frozenset()),
    "DescribeLimits": (streams.describe_limits, frozenset()),
    "DescribeStream": (streams.describe_stream, _STREAM | {"Limit", "ExclusiveStartShardId"}),
    "DescribeStreamConsumer": (consumers.describe_stream_consumer, _CONSUMER),
    "DescribeStreamSummary": (streams.describe_stream_summary, _STREAM),
    "DisableEnhancedMonitoring": (settings.disable_enhanced_monitoring, _STREAM | {"ShardLevelMetrics"}),
    "EnableEnhancedMonitoring": (settings.enable_enhanced_monitoring, _STREAM | {"ShardLevelMetrics"}),
    "GetRecords": (records.get_records, frozenset({"ShardIterator", "Limit", "StreamARN", "DryRun"})),
    "GetResourcePolicy": (papers.get_resource_policy, _RESOURCE),
    "GetShardIterator": (
        records.get_shard_iterator,
        _STREAM | _PLACE | {"ShardId", "ShardIteratorType", "DryRun"},
    ),
    "IncreaseStreamRetentionPeriod": (settings.increase_stream_retention_period, _STREAM | {"RetentionPeriodHours"}),
    "ListShards": (
        shards.list_shards,
        _STREAM | {"NextToken", "ExclusiveStartShardId", "MaxResults", "StreamCreationTimestamp", "ShardFilter"},
    ),
    "ListStreamConsumers": (
        consumers.list_stream_consumers,
        frozenset({"StreamARN", "NextToken", "MaxResults", "StreamCreationTimestamp"}),
    ),
    "ListStreams": (streams.list_streams, frozenset({"Limit", "ExclusiveStartStreamName", "NextToken"})),
    "ListTagsForResource": (papers.list_tags_for_resource, _RESOURCE),
    "ListTagsForStream": (papers.list_tags_for_stream, _STREAM | {"ExclusiveStartTagKey", "Limit"}),
    "MergeShards": (shards.merge_shards, _STREAM | {"ShardToMerge", "AdjacentShardToMerge"}),
    "PutRecord": (
        records.put_record,
        _STREAM | {"Data", "PartitionKey", "ExplicitHashKey", "SequenceNumberForOrdering", "DryRun"},
    ),
    "PutRecords": (records.put_records, _STREAM | {"Records", "DryRun"}),
    "PutResourcePolicy": (papers.put_resource_policy, _RESOURCE | {"Policy"}),
    "RegisterStreamConsumer": (
        consumers.register_stream_consumer,
        frozenset({"StreamARN", "ConsumerName", "Tags"}),
    ),
    "RemoveTagsFromStream": (papers.remove_tags_from_stream, _STREAM | {"TagKeys"}),
    "SplitShard": (shards.split_shard, _STREAM | {"ShardToSplit", "NewStartingHashKey"}),
    "StartStreamEncryption": (settings.start_stream_encryption, _STREAM | {"EncryptionType", "KeyId"}),
    "StopStreamEncryption": (settings.stop_stream_encryption, _STREAM | {"EncryptionType", "KeyId"}),
    "SubscribeToShard": (
        subscription.subscribe_to_shard,
        frozenset({"ConsumerARN", "ShardId", "StartingPosition", "DryRun"}),
    ),
    "TagResource": (papers.tag_resource, _RESOURCE | {"Tags"}),
    "UntagResource": (papers.untag_resource, _RESOURCE | {"TagKeys"}),
    "UpdateAccountSettings": (streams.update_account_settings, frozenset({"MinimumThroughputBillingCommitment"})),
    "UpdateMaxRecordSize": (settings.update_max_record_size, frozenset({"StreamARN", "MaxRecordSizeInKiB"})),
    "UpdateShardCount": (shards.update_shard_count, _STREAM | {"TargetShardCount", "ScalingType"}),
    "UpdateStreamMode": (
        settings.update_stream_mode,
        frozenset({"StreamARN", "StreamModeDetails", "WarmThroughputMiBps"}),
    ),
    "UpdateStreamRecordDistributionStrategy": (
        settings.update_stream_record_distribution_strategy,
        frozenset({"StreamARN", "RecordDistributionStrategy"}),
    ),
    "UpdateStreamWarmThroughput": (settings.update_stream_warm_throughput, _STREAM | {"WarmThroughputMiBps"}),
}
"""Operation → its function, and the parameters that it heeds. Any other parameter is refused by name."""


def operations(world: World) -> Mapping[str, Operation]:
    """Return the operations of Kinesis for one simulation."""
    directory, rates = Directory(world), CallRates(world)
    return {name: partial(_checked, directory, rates, *entry) for name, entry in _OPERATIONS.items()}


def _checked(
    directory: Directory, rates: CallRates, carry: Carry, taken: frozenset[str], request: Request
) -> Result | Awaitable[Result]:
    check_taken(request, taken)
    rates.check(request)
    return carry(directory, request)
