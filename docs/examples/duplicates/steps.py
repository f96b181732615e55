import json


def tell(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        print(f"{order['id']} {order['step']}")
