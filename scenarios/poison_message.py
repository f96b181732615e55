"""A function that believes its input, and one message that does not keep the promise."""

import json


def handler(event, context):
    for record in event["Records"]:
        reading = json.loads(record["body"])
        print(f"{reading['sensor']}: {reading['celsius']:.1f} °C")
