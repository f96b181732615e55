import os
from urllib.parse import unquote_plus

import boto3

s3 = boto3.resource("s3")


def lambda_handler(event, context):
    record = event["Records"][0]["s3"]
    bucket, key = record["bucket"]["name"], unquote_plus(record["object"]["key"])
    text = s3.Object(bucket, key).get()["Body"].read().decode("utf-8")
    s3.Object(os.environ["DESTINATION_BUCKET"], key).put(Body=text.upper().encode("utf-8"))
    return {"statusCode": 200}
