import json
import os

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        s3.put_object(Bucket=os.environ["RECEIPTS"], Key=f"{order['id']}.txt", Body=f"{order['amount']} EUR")
