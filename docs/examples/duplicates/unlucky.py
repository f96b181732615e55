import json

from booking import book, is_new


def handler(event, context):
    booking = json.loads(event["Records"][0]["body"])
    if is_new(booking):
        if booking["id"] == "b7":
            raise MemoryError("after the mark, before the booking")
        book(booking)
