import time


def handler(event, context):
    time.sleep(event["takes_s"])
    return "done"
