def handler(event, context):
    print("got", sorted(event))
    return "hello"
