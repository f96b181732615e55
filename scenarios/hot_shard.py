"""Handler and check of hot_shard.yaml."""

import base64


def handler(event, context):
    for record in event["Records"]:
        print(record["kinesis"]["partitionKey"], base64.b64decode(record["kinesis"]["data"]).decode())


def only_one_lane_is_late(trace):
    """Check whose votes wait for minutes: the star's, and those of bob, who shares the lane."""
    ages_s, latest_s = {}, {}
    for entry in trace:
        if entry.kind == "handed over":
            ages_s[entry.subject] = entry.value / 1e6
        if entry.kind == "logged" and " vote " in entry.detail["text"]:
            key = entry.detail["text"].partition(" ")[0]
            latest_s[key] = max(latest_s.get(key, 0), ages_s[entry.subject])
    late = {key for key, age_s in latest_s.items() if age_s > 10}
    assert late == {"star", "bob"}, latest_s
