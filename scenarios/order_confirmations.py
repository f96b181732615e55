"""What happens after an order is charged."""

import json


def confirm(event, context):
    for record in event["Records"]:
        print(f"confirmed {json.loads(record['body'])['order']}")
