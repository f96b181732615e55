"""Handler and check of reshard_under_load.yaml."""

import base64


def handler(event, context):
    for record in event["Records"]:
        print(record["kinesis"]["partitionKey"], base64.b64decode(record["kinesis"]["data"]).decode())


def in_order(trace):
    """Check that all 300 bookings arrived, and those of each key in the order in which they were put."""
    booked = {}
    for entry in trace:
        if entry.kind == "logged" and " booking " in entry.detail["text"]:
            key, _, number = entry.detail["text"].split()
            if int(number) not in booked.setdefault(key, []):  # after a failure records come again
                booked[key].append(int(number))
    assert sorted(number for numbers in booked.values() for number in numbers) == list(range(1, 301))
    for key, numbers in booked.items():
        assert numbers == sorted(numbers), f"{key} has {numbers}"
