"""Sensor 6 sends what is no number."""

import base64
import json


def handler(event, context):
    for record in event["Records"]:
        reading = json.loads(base64.b64decode(record["kinesis"]["data"]))
        print(f"sensor {reading['sensor']}")
        if reading["sensor"] == 6:
            raise ValueError("not a temperature")
