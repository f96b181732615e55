"""The handler of fan_out.yaml."""

import json


def thank(event, context):
    """Thank for an order. SNS brings one record; its message is text, here JSON."""
    notification = event["Records"][0]["Sns"]
    order = json.loads(notification["Message"])
    print(
        f"{notification['Subject']} over {order['amount']} by {notification['MessageAttributes']['channel']['Value']}"
    )
