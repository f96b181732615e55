"""Whatever happens in a bucket and whichever rules it has: given time, nothing stays that is due."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from eventsim import SyncSimulation
from eventsim_sources.bucket.lifetime import dues

DAY_S = 86_400
KEYS = st.sampled_from(["a", "b", "tmp/a"])
DAYS = st.integers(1, 9)
RULES = st.one_of(
    st.builds(lambda days: {"expire_days": days}, DAYS),
    st.builds(lambda days: {"prefix": "tmp/", "expire_days": days}, DAYS),
    st.builds(lambda days: {"tags": {"t": "1"}, "expire_days": days}, DAYS),
    st.builds(lambda days, keep: {"noncurrent_expire_days": days, "noncurrent_keep": keep}, DAYS, st.integers(1, 2)),
    st.builds(
        lambda days: {"smaller_than_bytes": 9, "transitions": [{"days": days, "storage_class": "GLACIER"}]}, DAYS
    ),
    st.just({"remove_lone_markers": True}),
)
ACTS = st.tuples(st.sampled_from(["put", "delete", "tag", "wait"]), KEYS, st.integers(1, 3 * DAY_S))


@given(
    versioning=st.sampled_from(["off", "enabled", "suspended"]),
    rules=st.lists(RULES, min_size=1, max_size=4),
    acts=st.lists(ACTS, max_size=15),
)
@settings(max_examples=60)
def test_nothing_stays_that_is_due(
    versioning: str, rules: list[dict[str, Any]], acts: list[tuple[str, str, int]]
) -> None:
    """Keys are looked at when they change and when something is due: that is often enough."""
    with SyncSimulation(seed=1) as simulation:
        bucket: Any = simulation.add_source("buckets", "photos", versioning=versioning, lifecycle=rules)
        for act, key, wait_s in acts:
            match act:
                case "put":
                    simulation.put("photos", key, b"x")
                case "delete":
                    simulation.request("s3", "DeleteObject", {"Bucket": "photos", "Key": key})
                case "tag" if simulation.read("photos", key) is not None:
                    tags = {"TagSet": [{"Key": "t", "Value": "1"}]}
                    simulation.request("s3", "PutObjectTagging", {"Bucket": "photos", "Key": key, "Tagging": tags})
                case _:
                    simulation.advance(wait_s)
        simulation.advance(40 * DAY_S)

        now_s = simulation.clock.epoch_us() // 1_000_000
        left = [
            due
            for key in bucket.store.all_keys.sorted()
            for due in dues(bucket.lifecycle.rules, bucket.store.versions(key), is_versioned=versioning != "off")
            if due.at_s <= now_s
        ]
        assert left == []
