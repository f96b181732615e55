"""A function that is mostly fast enough."""

import json
import time

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        report = json.loads(record["body"])
        s3.put_object(Bucket="reports", Key=f"{report['id']}/started-{context.aws_request_id}", Body=b"")
        time.sleep(report["seconds"])
        s3.put_object(Bucket="reports", Key=f"{report['id']}/done", Body=b"")
