import json


def charge(record):
    order = json.loads(record["body"])
    print(f"charged {order['id']}: {order['amount']} €")


def all_or_nothing(event, context):
    for record in event["Records"]:
        charge(record)


def one_by_one(event, context):
    failed = []
    for record in event["Records"]:
        try:
            charge(record)
        except KeyError:
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
