"""Clusters like those of Apache Kafka: topics with partitions, records that stay, consumer groups with offsets."""
