import json


def handler(event, context):
    for record in event["Records"]:
        reading = json.loads(record["body"])
        print(f"{reading['sensor']}: {reading['celsius']:.1f} °C")
