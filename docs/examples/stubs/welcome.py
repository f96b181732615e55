import boto3

sms = boto3.client("pinpoint-sms-voice-v2")


def handler(event, context):
    answer = sms.send_text_message(DestinationPhoneNumber=event["to"], MessageBody="Welcome!")
    return answer["MessageId"]
