"""A shop that tells of its orders, and an auditor who hears of them."""

import json

import boto3

events = boto3.client("events")


def place(event, context):
    events.put_events(Entries=[{"Source": "shop", "DetailType": "order placed", "Detail": json.dumps(event)}])


def book(event, context):
    print(f"order {event['detail']['order']} of account {event['account']}")
