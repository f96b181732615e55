import json


def lambda_handler(event, context):
    print(event[0]["eventSource"])
    order = json.loads(event[0]["body"])
    order["type"] = "Food"
    return order
