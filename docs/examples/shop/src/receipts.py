import json
import os

import boto3
from money import in_euros

s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        text = f"{order['id']}: {in_euros(order['cents'])}\n"
        s3.put_object(Bucket=os.environ["RECEIPTS"], Key=f"{order['id']}.txt", Body=text.encode())
