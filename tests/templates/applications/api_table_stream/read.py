def handler(event, context):
    for record in event["Records"]:
        print(record["eventName"], record["dynamodb"]["NewImage"]["name"]["S"], "OldImage" in record["dynamodb"])
