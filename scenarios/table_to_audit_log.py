"""Handler and check of table_to_audit_log.yaml."""

import json

import boto3


def handler(event, context):
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="audit")["QueueUrl"]
    for record in event["Records"]:
        change = record["dynamodb"]
        before, after = (change.get(image, {}).get("euros", {}).get("N") for image in ("OldImage", "NewImage"))
        line = f"{record['eventName']} {change['Keys']['id']['S']}: {before} -> {after}"
        print(line)
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(line))


def told_in_order(trace):
    """Check that the log tells of each change once, in order."""
    lines = [entry.detail["text"].strip() for entry in trace if entry.kind == "logged" and "->" in entry.detail["text"]]
    assert lines == ["INSERT acc-1: None -> 10", "MODIFY acc-1: 10 -> 25", "REMOVE acc-1: 25 -> None"], lines
