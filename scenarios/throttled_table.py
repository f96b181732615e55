"""Handler and check of throttled_table.yaml."""

import boto3

FIVE_MINUTES_US = 300_000_000


def handler(event, context):
    table = boto3.resource("dynamodb").Table("orders")
    for number in range(event["orders"]):
        table.put_item(Item={"id": f"{event['batch']}-{number}"})


def only_the_first_burst_waits(trace):
    """Check that writes were throttled in the first minutes only."""
    throttled = [entry.at_us for entry in trace if entry.kind == "item write throttled"]
    assert throttled, "nothing was throttled"
    assert max(throttled) < FIVE_MINUTES_US, "what was saved up should do for the second burst"
