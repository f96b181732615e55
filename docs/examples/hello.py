def handler(event, context):
    print("hello,", event["name"])
    return {"greeted": event["name"]}
