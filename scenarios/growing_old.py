"""A function that is told of what a lifecycle rule let go."""


def gone(event, context):
    for record in event["Records"]:
        print(record["s3"]["object"]["key"], record["eventTime"])
