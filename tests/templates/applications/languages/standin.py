def handler(event, context):
    return "stood in"
