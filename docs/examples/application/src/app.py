import json
import os

import boto3

ledger = boto3.resource("dynamodb").Table(os.environ["LEDGER"])


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        ledger.put_item(Item={"id": order["id"], "amount": order["amount"]})


def show(event, context):
    item = ledger.get_item(Key={"id": event["pathParameters"]["id"]}).get("Item")
    return {"statusCode": 200 if item else 404, "body": json.dumps(item, default=int)}
