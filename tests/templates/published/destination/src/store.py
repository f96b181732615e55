import json
import os

import boto3


def lambda_handler(event, context):
    order = json.loads(event["body"])
    print(event["headers"]["ApiKey"])
    item = {
        "id": {"S": order["order_id"]},
        "Type": {"S": order["type"]},
        "Amount": {"S": order["amount"]},
        "Address": {"S": order["address"]},
    }
    boto3.client("dynamodb").put_item(TableName=os.environ["TABLE"], Item=item)
    return {"statusCode": 200, "body": json.dumps({"ok": True})}
