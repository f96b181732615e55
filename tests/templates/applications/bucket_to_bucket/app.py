import os
from urllib.parse import unquote_plus

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        bucket, key = record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"])
        path = "/tmp/" + os.path.basename(key)
        s3.download_file(bucket, key, path)
        with open(path) as file:
            text = file.read()
        s3.put_object(Bucket=os.environ["OUTBOX"], Key="loud/" + os.path.basename(key), Body=text.upper())
