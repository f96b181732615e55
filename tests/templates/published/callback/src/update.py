import csv
import json
import os

import boto3

s3 = boto3.resource("s3")
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
keys = [each["AttributeName"] for each in table.key_schema]  # calls DescribeTable
sfn = boto3.client("stepfunctions")


def lambda_handler(event, context):
    detail = event["input"]["detail"]
    text = s3.Object(detail["bucket"]["name"], detail["object"]["key"]).get()["Body"].read().decode("utf-8")
    for row in csv.reader(text.splitlines()):
        table.put_item(Item={keys[0]: row[0], "N": row[1], "S": row[2]})
    sfn.send_task_success(taskToken=event["token"], output=json.dumps({"rows": "done"}))
