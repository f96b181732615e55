"""Functions behind an HTTP API: they keep orders in a bucket."""

import json
import time

import boto3

s3 = boto3.client("s3")


def authorize(event, context):
    """Let in who knows the word."""
    return {"isAuthorized": event["identitySource"] == ["open sesame"], "context": {"customer": "ali"}}


def create_order(event, context):
    """Keep an order; who sent it is told by the authorizer."""
    order = json.loads(event["body"])
    customer = event["requestContext"]["authorizer"]["lambda"]["customer"]
    s3.put_object(Bucket="orders", Key=f"{order['id']}.json", Body=json.dumps({**order, "customer": customer}))
    return {"statusCode": 201, "body": json.dumps({"id": order["id"]})}


def get_order(event, context):
    """Give an order back; a result without a status is the body of a 200."""
    try:
        kept = s3.get_object(Bucket="orders", Key=f"{event['pathParameters']['id']}.json")
    except s3.exceptions.NoSuchKey:
        return {"statusCode": 404, "body": "no such order"}
    return json.loads(kept["Body"].read())


def report(event, context):
    """Take longer than anybody waits for."""
    time.sleep(25)
    return {"orders": len(s3.list_objects_v2(Bucket="orders").get("Contents", []))}
