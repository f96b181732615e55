"""How do a bucket's properties become S3's operations? CloudFormation calls much of them otherwise; pure."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

Settings = Mapping[str, Any]


class Setting(Struct, frozen=True, gc=False):
    """An operation that keeps what one property says.

    Attributes:
        parameter: the operation's parameter.
        made: turns the property into it.
        beside: members of the property that are parameters themselves.
        gone: the operation, with its parameter, by which a bucket has none of it; "" where there is no way back.
    """

    operation: str
    parameter: str
    made: Callable[[Any], Any]
    gone: tuple[str, Settings] = ("", {})
    beside: tuple[str, ...] = ()


def _named(given: Settings, names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in given.items()}


def _lifecycle(given: Settings) -> dict[str, Any]:
    return {"Rules": [_rule(each) for each in given.get("Rules") or []]}


_EXPIRATION = {
    "ExpirationInDays": "Days",
    "ExpirationDate": "Date",
    "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
}


def _rule(given: Settings) -> dict[str, Any]:
    made: dict[str, Any] = {"Status": given.get("Status"), "Filter": _filter(given)}
    if "Id" in given:
        made["ID"] = given["Id"]
    expiration = {name: given[property_] for property_, name in _EXPIRATION.items() if property_ in given}
    if expiration:
        made["Expiration"] = expiration
    if "NoncurrentVersionExpirationInDays" in given:
        made["NoncurrentVersionExpiration"] = {"NoncurrentDays": given["NoncurrentVersionExpirationInDays"]}
    for name in ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"):
        if name in given:
            made[name] = given[name]
    days = {"TransitionInDays": "Days", "TransitionDate": "Date"}
    for several, one, names in (
        ("Transitions", "Transition", days),
        ("NoncurrentVersionTransitions", "NoncurrentVersionTransition", {"TransitionInDays": "NoncurrentDays"}),
    ):
        found = [*(given.get(several) or []), *([given[one]] if one in given else [])]
        if found:
            made[several] = [_named(each, names) for each in found]
    return made


def _filter(given: Settings) -> dict[str, Any]:
    """Return which objects a rule is for: one condition by itself, several within `And`."""
    tags = given.get("TagFilters") or []
    parts: dict[str, Any] = {
        name: given[name] for name in ("Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan") if name in given
    }
    if len(tags) == 1 and not parts:
        return {"Tag": tags[0]}
    if tags:
        parts["Tags"] = tags
    if len(parts) > 1 or tags:
        return {"And": parts}
    return parts or {"Prefix": ""}


def _website(given: Settings) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if "IndexDocument" in given:
        made["IndexDocument"] = {"Suffix": given["IndexDocument"]}
    if "ErrorDocument" in given:
        made["ErrorDocument"] = {"Key": given["ErrorDocument"]}
    if "RedirectAllRequestsTo" in given:
        made["RedirectAllRequestsTo"] = given["RedirectAllRequestsTo"]
    names = {"RedirectRule": "Redirect", "RoutingRuleCondition": "Condition"}
    if given.get("RoutingRules"):
        made["RoutingRules"] = [_named(each, names) for each in given["RoutingRules"]]
    return made


def _encryption(given: Settings) -> dict[str, Any]:
    names = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
    return {"Rules": [_named(each, names) for each in given.get("ServerSideEncryptionConfiguration") or []]}


def _logging(given: Settings) -> dict[str, Any]:
    if "DestinationBucketName" not in given:
        return {}
    return {
        "LoggingEnabled": {
            "TargetBucket": given["DestinationBucketName"],
            "TargetPrefix": given.get("LogFilePrefix", ""),
        }
    }


def _replication(given: Settings) -> dict[str, Any]:
    return {**given, "Rules": [_replication_rule(each) for each in given.get("Rules") or []]}


def _replication_rule(given: Settings) -> dict[str, Any]:
    conditions = given.get("Filter")
    if not isinstance(conditions, dict):
        return dict(given)
    made = _named(conditions, {"TagFilter": "Tag"})
    if isinstance(made.get("And"), dict):
        made["And"] = _named(made["And"], {"TagFilters": "Tags"})
    return {**given, "Filter": made}


def _as_it_is(given: Any) -> Any:
    return given


def _cors(given: Settings) -> dict[str, Any]:
    names = {"Id": "ID", "ExposedHeaders": "ExposeHeaders", "MaxAge": "MaxAgeSeconds"}
    return {"CORSRules": [_named(each, names) for each in given.get("CorsRules") or []]}


def _tags(given: Any) -> dict[str, Any]:
    return {"TagSet": given}


SETTINGS: Mapping[str, Setting] = {
    "VersioningConfiguration": Setting(
        "PutBucketVersioning",
        "VersioningConfiguration",
        _as_it_is,
        ("PutBucketVersioning", {"VersioningConfiguration": {"Status": "Suspended"}}),
    ),
    "Tags": Setting("PutBucketTagging", "Tagging", _tags, ("DeleteBucketTagging", {})),
    "CorsConfiguration": Setting("PutBucketCors", "CORSConfiguration", _cors, ("DeleteBucketCors", {})),
    "AccelerateConfiguration": Setting(
        "PutBucketAccelerateConfiguration",
        "AccelerateConfiguration",
        lambda given: _named(given, {"AccelerationStatus": "Status"}),
        ("PutBucketAccelerateConfiguration", {"AccelerateConfiguration": {"Status": "Suspended"}}),
    ),
    "BucketEncryption": Setting(
        "PutBucketEncryption", "ServerSideEncryptionConfiguration", _encryption, ("DeleteBucketEncryption", {})
    ),
    "LifecycleConfiguration": Setting(
        "PutBucketLifecycleConfiguration",
        "LifecycleConfiguration",
        _lifecycle,
        ("DeleteBucketLifecycle", {}),
        ("TransitionDefaultMinimumObjectSize",),
    ),
    "LoggingConfiguration": Setting(
        "PutBucketLogging", "BucketLoggingStatus", _logging, ("PutBucketLogging", {"BucketLoggingStatus": {}})
    ),
    "ObjectLockConfiguration": Setting("PutObjectLockConfiguration", "ObjectLockConfiguration", _as_it_is),
    "OwnershipControls": Setting(
        "PutBucketOwnershipControls", "OwnershipControls", _as_it_is, ("DeleteBucketOwnershipControls", {})
    ),
    "PublicAccessBlockConfiguration": Setting(
        "PutPublicAccessBlock", "PublicAccessBlockConfiguration", _as_it_is, ("DeletePublicAccessBlock", {})
    ),
    "ReplicationConfiguration": Setting(
        "PutBucketReplication", "ReplicationConfiguration", _replication, ("DeleteBucketReplication", {})
    ),
    "WebsiteConfiguration": Setting("PutBucketWebsite", "WebsiteConfiguration", _website, ("DeleteBucketWebsite", {})),
}
"""Property → the operation that keeps it."""
