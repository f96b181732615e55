"""What does S3 refuse to keep for a bucket, and how does it complete what it keeps?"""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation

EXPIRATION = {"Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
TRANSITION = {"Status": "Enabled", "Filter": {"Prefix": ""}}
REDIRECT = {"HostName": "example.com"}


def _tags(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"TagSet": [{"Key": key, "Value": value} for key, value in pairs]}


def _cors(**rule: Any) -> dict[str, Any]:
    return {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], **rule}]}


def _rules(*rules: Any) -> dict[str, Any]:
    return {"Rules": list(rules)}


def _default(**encryption: str) -> dict[str, Any]:
    return _rules({"ApplyServerSideEncryptionByDefault": encryption})


def _lock(**retention: Any) -> dict[str, Any]:
    return {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}}


def _copies(status: str, bucket: str) -> dict[str, Any]:
    rule = {"Status": status, "Prefix": "", "Destination": {"Bucket": f"arn:aws:s3:::{bucket}"}}
    return {"Role": "arn:aws:iam::123456789012:role/copies", "Rules": [rule]}


REFUSALS = [
    ("bucket_tagging", _tags(("a", "1"), ("a", "2")), "InvalidTag", "Cannot provide multiple Tags with the same key"),
    ("bucket_tagging", _tags(("aws:a", "1")), "InvalidTag", "System tags cannot be added/updated by requester"),
    ("bucket_tagging", _tags(("a!", "1")), "InvalidTag", "The TagKey you have provided is invalid"),
    ("bucket_tagging", _tags(("a", "b" * 257)), "InvalidTag", "The TagValue you have provided is invalid"),
    ("bucket_tagging", _tags(*((str(n), "") for n in range(51))), "BadRequest", "Bucket tag count cannot be greater"),
    ("bucket_cors", {"CORSRules": []}, "MalformedXML", "not well-formed"),
    ("bucket_cors", _cors(AllowedMethods=["PATCH"]), "InvalidRequest", "Unsupported method is PATCH"),
    ("bucket_cors", _cors(AllowedOrigins=["*.*"]), "InvalidRequest", "more than one wildcard"),
    ("bucket_cors", _cors(ExposeHeaders=["x-*"]), "InvalidRequest", "support wildcard for ExposeHeader"),
    ("bucket_lifecycle_configuration", _rules(), "MalformedXML", "not well-formed"),
    ("bucket_lifecycle_configuration", _rules({**EXPIRATION, "Status": "On"}), "MalformedXML", "not well-formed"),
    ("bucket_lifecycle_configuration", _rules({**EXPIRATION, "Prefix": ""}), "MalformedXML", "not well-formed"),
    ("bucket_lifecycle_configuration", _rules(TRANSITION), "InvalidRequest", "At least one action needs"),
    (
        "bucket_lifecycle_configuration",
        _rules({**EXPIRATION, "Expiration": {"Days": 0}}),
        "InvalidArgument",
        "'Days' for Expiration action must be a positive integer",
    ),
    (
        "bucket_lifecycle_configuration",
        _rules({**EXPIRATION, "Expiration": {"Date": datetime(2026, 1, 1, 1, tzinfo=UTC)}}),
        "InvalidArgument",
        "'Date' must be at midnight GMT",
    ),
    (
        "bucket_lifecycle_configuration",
        _rules({**TRANSITION, "Transitions": [{"Days": 1, "StorageClass": "STANDARD_IA"}]}),
        "InvalidArgument",
        "must be greater than or equal to 30 for storageClass 'STANDARD_IA'",
    ),
    (
        "bucket_lifecycle_configuration",
        _rules({"ID": "a", **EXPIRATION}, {"ID": "a", **EXPIRATION}),
        "InvalidArgument",
        "Rule ID must be unique",
    ),
    ("bucket_encryption", _default(SSEAlgorithm="ROT13"), "MalformedXML", "not well-formed"),
    (
        "bucket_encryption",
        _default(SSEAlgorithm="AES256", KMSMasterKeyID="k"),
        "InvalidArgument",
        "a KMSMasterKeyID is not applicable",
    ),
    ("public_access_block", {}, "InvalidRequest", "Must specify at least one configuration."),
    ("bucket_ownership_controls", _rules({"ObjectOwnership": "Nobody"}), "MalformedXML", "not well-formed"),
    ("bucket_website", {"ErrorDocument": {"Key": "e"}}, "InvalidArgument", "A value for IndexDocument Suffix must"),
    ("bucket_website", {"IndexDocument": {"Suffix": "a/b"}}, "InvalidArgument", "Suffix is not well formed"),
    (
        "bucket_website",
        {"RedirectAllRequestsTo": REDIRECT, "IndexDocument": {"Suffix": "i"}},
        "InvalidArgument",
        "cannot be provided in conjunction with other Routing Rules",
    ),
    (
        "bucket_website",
        {"RedirectAllRequestsTo": {**REDIRECT, "Protocol": "ftp"}},
        "InvalidRequest",
        "Invalid protocol, protocol can be http or https.",
    ),
    (
        "bucket_logging",
        {"LoggingEnabled": {"TargetBucket": "none", "TargetPrefix": ""}},
        "InvalidTargetBucketForLogging",
        "The target bucket for logging does not exist",
    ),
    ("bucket_accelerate_configuration", {"Status": "On"}, "MalformedXML", "not well-formed"),
    ("bucket_request_payment", {"Payer": "Nobody"}, "MalformedXML", "not well-formed"),
    ("bucket_replication", _copies("On", "photos"), "MalformedXML", "not well-formed"),
    ("bucket_replication", _copies("Enabled", "none"), "InvalidRequest", "Destination bucket must exist."),
    ("object_lock_configuration", _lock(Mode="GOVERNANCE", Days=1, Years=1), "MalformedXML", "not well-formed"),
    ("object_lock_configuration", _lock(Mode="HARD", Days=1), "MalformedXML", "not well-formed"),
    ("object_lock_configuration", _lock(Mode="GOVERNANCE", Days=0), "InvalidArgument", "must be a positive integer"),
]
PARAMETERS = {
    "bucket_tagging": "Tagging",
    "bucket_cors": "CORSConfiguration",
    "bucket_lifecycle_configuration": "LifecycleConfiguration",
    "bucket_encryption": "ServerSideEncryptionConfiguration",
    "public_access_block": "PublicAccessBlockConfiguration",
    "bucket_ownership_controls": "OwnershipControls",
    "bucket_website": "WebsiteConfiguration",
    "bucket_logging": "BucketLoggingStatus",
    "bucket_accelerate_configuration": "AccelerateConfiguration",
    "bucket_request_payment": "RequestPaymentConfiguration",
    "bucket_replication": "ReplicationConfiguration",
    "object_lock_configuration": "ObjectLockConfiguration",
}


TAGGED = {"Status": "Enabled", "Filter": {"Tag": {"Key": "k", "Value": "v"}}}
GLACIER = {"Days": 10, "StorageClass": "GLACIER"}
RULE_REFUSALS = [
    ({**TRANSITION, "Filter": {"And": {"Prefix": "a"}}, "Expiration": {"Days": 1}}, "MalformedXML", "not well-formed"),
    (
        {
            **TRANSITION,
            "Transitions": [GLACIER, {"Date": datetime(2027, 1, 1, tzinfo=UTC), "StorageClass": "GLACIER_IR"}],
        },
        "InvalidRequest",
        "Found mixed 'Date' and 'Days' based",
    ),
    (
        {**TRANSITION, "Transitions": [GLACIER], "Expiration": {"Days": 10}},
        "InvalidArgument",
        "'Days' in the Expiration action for filter '(prefix=)' must be greater than 'Days' in the Transition action",
    ),
    ({**TRANSITION, "Transitions": [GLACIER, GLACIER]}, "InvalidRequest", "'StorageClass' must be different"),
    (
        {**TRANSITION, "NoncurrentVersionTransitions": [{"NoncurrentDays": 1, "StorageClass": "ONEZONE_IA"}]},
        "InvalidArgument",
        "'NoncurrentDays' in NoncurrentVersionTransition action must be greater than or equal to 30",
    ),
    (
        {**TAGGED, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
        "InvalidRequest",
        "AbortIncompleteMultipartUpload cannot be specified with Tags.",
    ),
    ({**TRANSITION, "NoncurrentVersionExpiration": {"NewerNoncurrentVersions": 1}}, "MalformedXML", "not well-formed"),
    ({**TRANSITION, "AbortIncompleteMultipartUpload": {}}, "InvalidRequest", "At least one action needs"),
    (
        {**TRANSITION, "NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 101}},
        "InvalidArgument",
        "must be an integer between 1 and 100",
    ),
    (
        {
            "Status": "Enabled",
            "Prefix": "a/",
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1, "NewerNoncurrentVersions": 1},
        },
        "InvalidRequest",
        "Filter must be specified",
    ),
    (
        {**TAGGED, "Expiration": {"ExpiredObjectDeleteMarker": True}},
        "InvalidRequest",
        "ExpiredObjectDeleteMarker cannot be specified with Tags.",
    ),
    (
        {**EXPIRATION, "Filter": {"And": {"Tags": [{"Key": "k", "Value": "v"}, {"Key": "k", "Value": "w"}]}}},
        "InvalidRequest",
        "Duplicate Tag Keys are not allowed.",
    ),
    (
        {**EXPIRATION, "Filter": {"And": {"ObjectSizeGreaterThan": 5, "ObjectSizeLessThan": 5}}},
        "InvalidRequest",
        "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.",
    ),
]


@pytest.fixture
def bucket(world: SyncSimulation) -> str:
    """A bucket with versioning, for copies and locks."""
    bucket = world.add_source("buckets", "photos")
    bucket.store.versioning = "Enabled"  # type: ignore[attr-defined]  # the world knows it as a source
    return "photos"


@pytest.mark.parametrize(("noun", "value", "code", "words"), REFUSALS)
def test_a_setting_that_makes_no_sense_is_refused(
    s3: Any, bucket: str, noun: str, value: Any, code: str, words: str
) -> None:
    """Each with S3's code; nothing is kept."""
    with pytest.raises(ClientError) as refused:
        getattr(s3, f"put_{noun}")(Bucket=bucket, **{PARAMETERS[noun]: value})

    assert refused.value.response["Error"]["Code"] == code
    assert words in refused.value.response["Error"]["Message"]


@pytest.mark.parametrize(("rule", "code", "words"), RULE_REFUSALS)
def test_actions_and_conditions_of_a_lifecycle_rule_go_together(
    s3: Any, bucket: str, rule: dict[str, Any], code: str, words: str
) -> None:
    """What makes sense alone need not make sense in one rule."""
    with pytest.raises(ClientError) as refused:
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=_rules(rule))

    assert refused.value.response["Error"]["Code"] == code
    assert words in refused.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    "rule",
    [
        {**TRANSITION, "Transitions": [GLACIER], "Expiration": {"Days": 11}},
        {**TRANSITION, "Transitions": [GLACIER], "Expiration": {"ExpiredObjectDeleteMarker": True}},
        {**EXPIRATION, "Filter": {"And": {"Prefix": "a", "Tags": [{"Key": "k", "Value": "v"}]}}},
        {**EXPIRATION, "Filter": {"And": {"Tags": [{"Key": "k", "Value": "v"}, {"Key": "l", "Value": "v"}]}}},
        {**EXPIRATION, "Filter": {}},
    ],
    ids=["later", "markers", "prefix and tag", "two tags", "everything"],
)
def test_a_lifecycle_rule_that_makes_sense_is_kept(s3: Any, bucket: str, rule: dict[str, Any]) -> None:
    """As it was put, with an id."""
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=_rules({"ID": "r", **rule}))

    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == [{"ID": "r", **rule}]


def test_the_least_size_of_transitions_is_one_of_two(s3: Any, bucket: str) -> None:
    """Anything else is refused (documented)."""
    rules = _rules({"ID": "r", **EXPIRATION})
    put = s3.put_bucket_lifecycle_configuration

    with pytest.raises(ClientError, match="Invalid TransitionDefaultMinimumObjectSize found: huge"):
        put(Bucket=bucket, LifecycleConfiguration=rules, TransitionDefaultMinimumObjectSize="huge")


@pytest.mark.parametrize("noun", ["bucket_lifecycle_configuration", "object_lock_configuration"])
def test_a_setting_needs_a_document(s3: Any, bucket: str, noun: str) -> None:
    """Also where the API's model does not say so."""
    with pytest.raises(ClientError, match="MissingRequestBodyError"):
        getattr(s3, f"put_{noun}")(Bucket=bucket)


def test_rules_without_an_id_get_one(s3: Any, bucket: str) -> None:
    """Those that have one keep it; sizes of transitions are S3's own until told otherwise."""
    rules = [EXPIRATION, {**EXPIRATION, "ID": "mine"}]

    put = s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    got = s3.get_bucket_lifecycle_configuration(Bucket=bucket)

    assert put["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    assert got["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    assert got["Rules"][0]["ID"]
    assert got["Rules"][1]["ID"] == "mine"


def test_no_tags_are_no_tag_set(s3: Any, bucket: str) -> None:
    """An empty set takes the tags away."""
    s3.put_bucket_tagging(Bucket=bucket, Tagging=_tags(("a", "1")))

    s3.put_bucket_tagging(Bucket=bucket, Tagging=_tags())

    with pytest.raises(ClientError, match="NoSuchTagSet"):
        s3.get_bucket_tagging(Bucket=bucket)


def test_what_is_not_said_of_public_access_is_off(s3: Any, bucket: str) -> None:
    """All four are told."""
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True})

    told = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]

    assert told == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": False,
        "BlockPublicPolicy": False,
        "RestrictPublicBuckets": False,
    }
