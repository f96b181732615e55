import json


def handler(event, context):
    for record in event["Records"]:
        print("charging", json.loads(record["body"])["amount"])
