"""May the role of a replication copy objects?"""

from typing import Any

import pytest

from eventsim import SyncSimulation
from tests.roles import make_role, missing

READ = {"s3:GetObjectVersionForReplication": "arn:aws:s3:::photos/*"}
WRITE = {"s3:ReplicateObject": "arn:aws:s3:::copies/*"}
RULE = {
    "ID": "r",
    "Status": "Enabled",
    "Priority": 1,
    "Filter": {},
    "DeleteMarkerReplication": {"Status": "Disabled"},
    "Destination": {"Bucket": "arn:aws:s3:::copies"},
}


@pytest.mark.parametrize(
    ("actions", "permissions", "status", "lacking"),
    [
        ({**READ, **WRITE}, "enforced", "COMPLETED", []),
        (WRITE, "enforced", "FAILED", [("s3:GetObjectVersionForReplication", "arn:aws:s3:::photos/k")]),
        (READ, "enforced", "FAILED", [("s3:ReplicateObject", "arn:aws:s3:::copies/k")]),
        (READ, "told", "COMPLETED", [("s3:ReplicateObject", "arn:aws:s3:::copies/k")]),
    ],
    ids=["allowed", "not read", "not written", "told"],
)
def test_an_object_is_copied_if_the_role_may(
    actions: dict[str, Any], permissions: Any, status: str, lacking: list[tuple[str, str]]
) -> None:
    """It must be allowed to read the one and to write the other; the object tells what came of it."""
    with SyncSimulation(permissions=permissions) as world:
        role_arn = make_role(world, "copier", actions)
        for name in ("photos", "copies"):
            world.request("s3", "CreateBucket", {"Bucket": name})
            versioning = {"Bucket": name, "VersioningConfiguration": {"Status": "Enabled"}}
            world.request("s3", "PutBucketVersioning", versioning)
        rules = {"Role": role_arn, "Rules": [RULE]}
        world.request("s3", "PutBucketReplication", {"Bucket": "photos", "ReplicationConfiguration": rules})
        world.request("s3", "PutObject", {"Bucket": "photos", "Key": "k", "Body": b"1"})
        world.until_idle()

        head = world.request("s3", "HeadObject", {"Bucket": "photos", "Key": "k"})
        assert head["ReplicationStatus"] == status
        assert missing(world) == lacking
