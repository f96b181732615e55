import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["LEDGER"])


def handler(event, context):
    for record in event["Records"]:
        payment = json.loads(record["body"])
        table.put_item(Item={"id": payment["id"], "cents": payment["cents"]})
