import json
import os

import boto3

ledger = boto3.resource("dynamodb").Table(os.environ["LEDGER"])
sqs = boto3.client("sqs")


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        ledger.put_item(Item={"id": order["id"], "amount": order["amount"]})
        sqs.send_message(QueueUrl=os.environ["RECEIPTS"], MessageBody=record["body"])
