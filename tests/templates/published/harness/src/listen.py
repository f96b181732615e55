import os
import time

import boto3

table = boto3.resource("dynamodb").Table(os.environ["RESULTS_TABLE"])
s3 = boto3.client("s3")


def lambda_handler(event, context):
    for record in event["Records"]:
        bucket, key = record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]
        text = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode("utf-8")
        table.put_item(Item={"id": key, "message": text, "ttl": int(time.time()) + 3600})
