import json


def charge(event, context):
    for record in event["Records"]:
        json.loads(record["body"])["amount"]
