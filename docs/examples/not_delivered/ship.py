import json

POSTAGE = {"FR": 5, "DE": 6}


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        print(f"shipped {order['id']} for {POSTAGE[order['country']]} €")
