"""Bookings on accounts, which must be applied in order; one account has a booking that nobody can apply yet."""

import json
import time


def handler(event, context):
    failed_groups = set()
    failures = []
    for record in event["Records"]:
        account = record["attributes"]["MessageGroupId"]
        booking = json.loads(record["body"])
        receive_count = int(record["attributes"]["ApproximateReceiveCount"])
        if account in failed_groups or not apply(account, booking, receive_count):
            failed_groups.add(account)
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def apply(account, booking, receive_count):
    time.sleep(0.05)
    if booking.get("needs_approval") and receive_count < 3:
        print(f"{account} #{booking['number']}: waiting for approval")
        return False
    print(f"{account} #{booking['number']}: {booking['amount']:+d}")
    return True
