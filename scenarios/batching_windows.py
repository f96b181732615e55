"""A handler that says how many messages came together."""


def handler(event, context):
    print(len(event["Records"]), "at once")
