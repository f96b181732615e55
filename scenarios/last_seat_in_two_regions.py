"""A function that sells a seat, unless somebody has it already."""

import boto3

seats = boto3.resource("dynamodb").Table("seats")


def sell(event, context):
    try:
        seats.update_item(
            Key={"seat": event["seat"]},
            UpdateExpression="SET buyer = :buyer",
            ConditionExpression="attribute_not_exists(buyer)",
            ExpressionAttributeValues={":buyer": event["buyer"]},
        )
        print(f"{event['seat']} is {event['buyer']}'s")
    except seats.meta.client.exceptions.ConditionalCheckFailedException:
        owner = seats.get_item(Key={"seat": event["seat"]})["Item"]["buyer"]
        print(f"{event['seat']} is gone, {owner} has it")
