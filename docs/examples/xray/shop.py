"""Functions that trace what they do with Powertools."""

import json
import time
from typing import Any

import boto3
from aws_lambda_powertools import Tracer

tracer = Tracer(service="shop")
sqs = boto3.client("sqs")
orders = boto3.resource("dynamodb").Table("orders")


@tracer.capture_method
def price(item: str) -> int:
    """Ask somebody who takes his time."""
    tracer.put_annotation("item", item)
    time.sleep(0.4)
    return 12


@tracer.capture_lambda_handler
def buy(event: dict[str, Any], context: object) -> None:
    """Take an order."""
    order = {"id": event["id"], "price": price(event["item"])}
    orders.put_item(Item=order)
    url = sqs.get_queue_url(QueueName="mail")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(order))


@tracer.capture_lambda_handler
def send(event: dict[str, Any], context: object) -> None:
    """Write a mail."""
    time.sleep(0.1)
