import datetime


def handler(event, context):
    print(event.get("source"), event.get("hello"), datetime.datetime.now().strftime("%H:%M"))
