import os

import boto3

asked = []


def book(event, context):
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    for record in event["Records"]:
        table.put_item(Item={"id": record["body"]})
        boto3.client("sqs").send_message(QueueUrl=os.environ["BOOKED"], MessageBody=record["body"])


def on_event(event, context):
    if event["RequestType"] == "Delete":
        return None
    return {"PhysicalResourceId": "own", "Data": {"Answer": event["ResourceProperties"]["Question"][::-1]}}


def is_complete(event, context):
    asked.append(event["RequestType"])
    return {"IsComplete": len(asked) > 1}
