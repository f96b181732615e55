import json

import boto3

table = boto3.client("dynamodb")


def naive(event, context):
    for record in event["Records"]:
        book(json.loads(record["body"]))


def idempotent(event, context):
    for record in event["Records"]:
        booking = json.loads(record["body"])
        if is_new(booking):
            book(booking)


def is_new(booking):
    """Mark a booking as done; the condition holds for one of any number of attempts."""
    mark = {"id": {"S": booking["id"]}}
    try:
        table.put_item(TableName="booked", Item=mark, ConditionExpression="attribute_not_exists(id)")
    except table.exceptions.ConditionalCheckFailedException:
        return False
    return True


def book(booking):
    print(f"booked {booking['id']}")
