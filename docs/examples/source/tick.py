def handler(event, context):
    print("beat", event["beat"])
