"""Handler and check of topic_to_fifo_queues.yaml."""

import json
import re


def book(event, context):
    """Enter bookings, each account's in their order."""
    for record in event["Records"]:
        print(record["attributes"]["MessageGroupId"], json.loads(record["body"]))


def in_order(trace):
    """Check that every account's bookings were entered in the order of their numbers."""
    entered = {}
    for entry in trace:
        found = entry.kind == "logged" and re.match(r"(alice|bob) \{'booking': '?(\d+)", entry.detail["text"])
        if found:
            entered.setdefault(found[1], []).append(int(found[2]))
    for account, numbers in entered.items():
        assert numbers == sorted(numbers), f"{account} has {numbers}"
    assert sum(map(len, entered.values())) == 12
