"""Orders come in through a queue; each is charged, its receipt is stored, and a confirmation is sent on."""

import json
import os

import boto3

s3 = boto3.client("s3")
sqs = boto3.resource("sqs")
confirmations = sqs.Queue(os.environ["CONFIRMATIONS_URL"])


class CardDeclined(Exception):
    pass


def charge(event, context):
    failures = []
    for record in event["Records"]:
        order = json.loads(record["body"])
        try:
            settle(order)
        except CardDeclined as error:
            print(f"order {order['id']}: {error}")
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def settle(order):
    if order["card"] == "stolen":
        raise CardDeclined("card reported stolen")
    receipt = {"order": order["id"], "amount": order["amount"]}
    s3.put_object(Bucket=os.environ["RECEIPTS"], Key=f"receipts/{order['id']}.json", Body=json.dumps(receipt))
    confirmations.send_message(MessageBody=json.dumps({"order": order["id"]}))
