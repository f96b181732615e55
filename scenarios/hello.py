"""The function that the console makes for you."""

import json


def lambda_handler(event, context):
    name = event.get("name", "Lambda")
    print(f"hello, {name}")
    return {"statusCode": 200, "body": json.dumps(f"Hello from {name}!")}
