import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def lambda_handler(event, context):
    for record in event["Records"]:
        body = json.loads(record["body"])
        queue = record["eventSourceARN"].split(":")[-1]
        table.put_item(Item={"id": body["id"], "Message": body["message"], "Queue_Name": queue})
