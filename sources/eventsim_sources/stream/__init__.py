"""Streams like those of Kinesis Data Streams: order within shards, records that stay until they expire."""
