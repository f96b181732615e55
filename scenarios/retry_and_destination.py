"""A function that is invoked asynchronously, and the partner whom it depends on."""

import datetime

ALREADY_BACK = datetime.datetime(2026, 1, 1, 0, 2, tzinfo=datetime.timezone.utc)


class PartnerDown(Exception):
    pass


def book(event, context):
    """The partner is down for two minutes and never knows one customer."""
    if event["customer"] == "unknown":
        raise KeyError(event["customer"])
    if datetime.datetime.now(datetime.timezone.utc) < ALREADY_BACK:
        raise PartnerDown("503 from partner")
    return {"booked": event["customer"]}
