"""Functions of an application that Terraform deploys: one reads a queue, one answers HTTP."""

import json
import os

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    failures = []
    for record in event["Records"]:
        notification = json.loads(json.loads(record["body"])["Message"])
        for each in notification.get("Records", []):
            place = {"Bucket": each["s3"]["bucket"]["name"], "Key": each["s3"]["object"]["key"]}
            text = s3.get_object(**place)["Body"].read().decode()
            if text == "poison":
                failures.append({"itemIdentifier": record["messageId"]})
            else:
                s3.put_object(Bucket=os.environ["SHOUTED"], Key=place["Key"], Body=text.upper())
    return {"batchItemFailures": failures}


def answer(event, context):
    return {"statusCode": 200, "body": f"{os.environ['GREETING']} {event['pathParameters']['name']}"}
