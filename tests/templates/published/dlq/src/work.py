import json
import os

import boto3

sqs = boto3.client("sqs")


def lambda_handler(event, context):
    for record in event["Records"]:
        body = json.loads(record["body"])
        if body["message"] == "MALFORMED_MASSAGE":
            raise Exception("malformed")
        sqs.send_message(QueueUrl=os.environ["OUTPUT_QUEUE_NAME"], MessageBody=json.dumps(body))
