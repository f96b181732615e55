import json
import os

import boto3

sqs = boto3.client("sqs")


def work(event, context):
    for record in event["Records"]:
        if record["body"] == "bad" and "mended" not in record["messageAttributes"]:
            raise ValueError("bad")


def hear(event, context):
    alarm = json.loads(event["Records"][0]["Sns"]["Message"])
    print(alarm["OldStateValue"], alarm["NewStateValue"])


def redrive(event, context):
    moved = 0
    while True:
        found = sqs.receive_message(QueueUrl=os.environ["DEAD"], MaxNumberOfMessages=10, WaitTimeSeconds=1)
        if not found.get("Messages"):
            return moved
        for message in found["Messages"]:
            mended = {"mended": {"DataType": "String", "StringValue": "yes"}}
            sqs.send_message(QueueUrl=os.environ["MAIN"], MessageBody=message["Body"], MessageAttributes=mended)
            sqs.delete_message(QueueUrl=os.environ["DEAD"], ReceiptHandle=message["ReceiptHandle"])
            moved += 1
