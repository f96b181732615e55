"""Buckets: S3 in a folder or in memory, and the events they tell of."""
