"""Delivery streams of Firehose: records gather and become objects in a bucket."""
