"""Clicks that gather for a minute and become one object."""

from eventsim import SyncSimulation


def test_the_clicks_of_a_minute_are_one_object():
    with SyncSimulation(seed=1) as simulation:
        simulation.add_source("buckets", "archive")
        prefix = "clicks/!{timestamp:yyyy/MM}/"
        simulation.add_source(
            "delivery_streams", "clicks", bucket="archive", prefix=prefix, buffering_interval="1 minute"
        )

        for click in (b"home\n", b"shop\n", b"cart\n"):
            simulation.request("firehose", "PutRecord", {"DeliveryStreamName": "clicks", "Record": {"Data": click}})
            simulation.advance("10 s")
        assert simulation.numbers("buckets", "archive")["objects"] == 0

        simulation.advance("1 minute")
        (found,) = simulation.request("s3", "ListObjectsV2", {"Bucket": "archive"})["Contents"]
        assert found["Key"].startswith("clicks/2026/01/clicks-1-2026-01-01-00-00-00-")
        assert simulation.read("archive", found["Key"]) == b"home\nshop\ncart\n"
