import boto3

ses = boto3.client("ses")


def handler(event, context):
    answer = ses.send_email(
        Source="shop@example.com",
        Destination={"ToAddresses": [event["to"]]},
        Message={"Subject": {"Data": "Welcome"}, "Body": {"Text": {"Data": "Hello!"}}},
    )
    return answer["MessageId"]
