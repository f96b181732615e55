"""Three steps of an order. None calls another: each says on the bus what it has done."""

import json

import boto3

PIECES_MAX = 5
"""The warehouse never has more of anything."""


def say(source, what, order):
    """Put an event on the bus."""
    entry = {"EventBusName": "orders", "Source": source, "DetailType": what, "Detail": json.dumps(order)}
    answer = boto3.client("events").put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0, answer


def reserve(order, context):
    """Take the pieces out of stock, if there are enough."""
    say("warehouse", "stock reserved" if order["pieces"] <= PIECES_MAX else "stock missing", order)


def charge(order, context):
    """Take the money; an expired card is refused."""
    say("bank", "payment refused" if order["card"] == "expired" else "payment taken", order)


def release(order, context):
    """Undo the reservation: the compensating step of the saga."""
    say("warehouse", "stock released", order)
