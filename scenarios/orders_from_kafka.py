"""Books the orders of a topic of Kafka, and looks at those that are large."""

import base64
import json


def book(event, context):
    for partition, records in event["records"].items():
        for record in records:
            order = json.loads(base64.b64decode(record["value"]))
            print(f"{partition}: order {order['order']} at offset {record['offset']}")


def audit(event, context):
    for records in event["records"].values():
        for record in records:
            print(base64.b64decode(record["value"]).decode())
