import datetime


def handler(event, context):
    print(f"report made at {datetime.datetime.now(datetime.UTC):%d %B, %H:%M} UTC")
