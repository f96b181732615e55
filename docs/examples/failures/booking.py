def book(event, context):
    raise ConnectionError("the partner does not answer")
