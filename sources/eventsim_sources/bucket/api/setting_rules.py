"""May a bucket have this setting? What S3 refuses to keep, and how what it keeps is completed.

Codes are documented; most words are from error reports of users, and unconfirmed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from eventsim import ApiError
from eventsim_sources.bucket.api.call import Call
from eventsim_sources.bucket.api.tag_rules import check_tag
from eventsim_sources.bucket.errors import invalid_argument, invalid_request, malformed_xml, not_simulated
from eventsim_sources.bucket.lifecycle_rules import checked_configuration
from eventsim_sources.bucket.lifetime import LEAST_SIZES, conditions_of, tags_of
from eventsim_sources.bucket.namespace import find_bucket
from eventsim_sources.bucket.source import Bucket

TAGS_MAX = 50
"""Tags of one bucket (documented)."""
CORS_RULES_MAX = 100
"""CORS rules of one bucket (documented)."""
_CORS_METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "HEAD"})
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_ALGORITHMS = frozenset({"AES256", "aws:kms", "aws:kms:dsse"})


def tagging(_call: Call, _bucket: Bucket, value: Mapping[str, Any]) -> Any:
    """Check a set of tags; an empty one is none."""
    return checked_tag_set(value["TagSet"])


def checked_tag_set(tag_set: Sequence[Mapping[str, str]]) -> dict[str, Any] | None:
    """Return the tags of a bucket as they are kept, None for none.

    Raises:
        ApiError: a key comes twice, there are too many, or one says what no tag may say.
    """
    for key, count in Counter(tag["Key"] for tag in tag_set).items():
        if count > 1:
            raise ApiError("InvalidTag", "Cannot provide multiple Tags with the same key", fields={"TagKey": key})
    for tag in tag_set:
        check_tag(tag, reserved="System tags cannot be added/updated by requester")
    if len(tag_set) > TAGS_MAX:
        raise ApiError("BadRequest", f"Bucket tag count cannot be greater than {TAGS_MAX}")
    return {"TagSet": list(tag_set)} if tag_set else None


def cors(_call: Call, _bucket: Bucket, value: Mapping[str, Any]) -> Any:
    """Check CORS rules."""
    rules = value["CORSRules"]
    if not rules:
        raise malformed_xml()
    if len(rules) > CORS_RULES_MAX:
        raise invalid_request(f"The number of CORS rules should not exceed allowed limit of {CORS_RULES_MAX} rules.")
    for rule in rules:
        for method in rule["AllowedMethods"]:
            if method not in _CORS_METHODS:
                raise invalid_request(f"Found unsupported HTTP method in CORS config. Unsupported method is {method}")
        for member in ("AllowedOrigin", "AllowedHeader"):
            for each in rule.get(f"{member}s", ()):
                if each.count("*") > 1:
                    raise invalid_request(f'{member} "{each}" can not have more than one wildcard.')
        for each in rule.get("ExposeHeaders", ()):
            if "*" in each:
                raise invalid_request(
                    f'ExposeHeader "{each}" contains wildcard. We currently do not support wildcard for ExposeHeader.'
                )
    return value


def lifecycle(call: Call, bucket: Bucket, value: Mapping[str, Any]) -> Any:
    """Check lifecycle rules, and give an id to those that have none."""
    least_size = call.get("TransitionDefaultMinimumObjectSize", LEAST_SIZES[0])
    return checked_configuration(value.get("Rules") or (), bucket.new_rule_id, least_size=least_size)


def encryption(_call: Call, _bucket: Bucket, value: Mapping[str, Any]) -> Any:
    """Check the default encryption; a bucket key is off unless asked for."""
    if len(value["Rules"]) != 1:
        raise malformed_xml()
    rule = value["Rules"][0]
    default = rule.get("ApplyServerSideEncryptionByDefault") or {"SSEAlgorithm": "AES256"}
    if default["SSEAlgorithm"] not in _ALGORITHMS:
        raise malformed_xml()
    if default["SSEAlgorithm"] == "AES256" and default.get("KMSMasterKeyID"):
        message = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
        raise invalid_argument(message, "ApplyServerSideEncryptionByDefault", "AES256")
    return {"Rules": [{"BucketKeyEnabled": False, **rule, "ApplyServerSideEncryptionByDefault": default}]}


def public_access_block(_call: Call, _bucket: Bucket, value: Mapping[str, Any]) -> Any:
    """Complete a public access block: what is not said is off."""
    if not any(name in value for name in _BLOCKS):
        raise invalid_request("Must specify at least one configuration.")
    return {name: bool(value.get(name, False)) for name in _BLOCKS}


def ownership_controls(_call: Call, bucket: Bucket, value: Mapping[str, Any]) -> Any:
    """Check ownership controls; access control lists go only if nobody but the owner is in them."""
    rules = value["Rules"]
    if len(rules) != 1:
        raise malformed_xml()
    if rules[0]["ObjectOwnership"] == "BucketOwnerEnforced" and len(bucket.settings.get("BucketAcl") or ()) > 1:
        raise ApiError(
            "InvalidBucketAclWithObjectOwnership",
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
            fields={"BucketName": bucket.name},
        )
    return value


def website(_call: Call, _bucket: Bucket, value: Mapping[str, Any]) -> Any:
    """Check a website: pages of its own, or a redirection of everything."""
    redirects = value.get("RedirectAllRequestsTo")
    if redirects is not None:
        if len(value) > 1:
            message = "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules."
            raise invalid_argument(message, "RedirectAllRequestsTo", "not null")
        _check_web_protocol(redirects)
        return value
    if "IndexDocument" not in value:
        message = "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"
        raise invalid_argument(message, "IndexDocument", "null")
    suffix = value["IndexDocument"]["Suffix"]
    if not suffix or "/" in suffix:
        raise invalid_argument("The IndexDocument Suffix is not well formed", "IndexDocument", suffix)
    if "RoutingRules" in value and not value["RoutingRules"]:
        raise malformed_xml()
    for rule in value.get("RoutingRules", ()):
        redirect = rule["Redirect"]
        if not redirect or rule.get("Condition") == {}:
            raise malformed_xml()
        if "ReplaceKeyWith" in redirect and "ReplaceKeyPrefixWith" in redirect:
            raise invalid_request("You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
        _check_web_protocol(redirect)
    return value


def logging(call: Call, bucket: Bucket, value: Mapping[str, Any]) -> Any:
    """Check that the bucket for logs is there, in the same region."""
    enabled = value.get("LoggingEnabled")
    if enabled is None:
        return {}
    name = enabled["TargetBucket"]
    target = find_bucket(call.world, name)
    if target is None:
        raise ApiError(
            "InvalidTargetBucketForLogging",
            "The target bucket for logging does not exist",
            fields={"TargetBucket": name},
        )
    if target.region != bucket.region:
        raise ApiError(
            "CrossLocationLoggingProhibitted",  # the spelling is S3's
            "Cross S3 location logging not allowed. ",
            status=403,
            fields={"SourceBucketLocation": bucket.region, "TargetBucketLocation": target.region},
        )
    return value


def acceleration(_call: Call, bucket: Bucket, value: Mapping[str, Any]) -> Any:
    """Check the state of transfer acceleration."""
    if "Status" not in value:
        raise malformed_xml()
    if "." in bucket.name:
        raise invalid_request("S3 Transfer Acceleration is not supported for buckets with periods (.) in their names")
    return value


def replication(call: Call, bucket: Bucket, value: Mapping[str, Any]) -> Any:
    """Check where copies go, and give an id to rules that have none."""
    if not value["Rules"]:
        raise malformed_xml()
    for rule in value["Rules"]:
        target = find_bucket(call.world, rule["Destination"]["Bucket"].rpartition(":::")[2])
        if target is None:
            raise invalid_request("Destination bucket must exist.")
        if target.store.versioning != "Enabled":
            raise invalid_request("Destination bucket must have versioning enabled.")
    _check_replication_rules(value["Rules"])
    rules = [rule if rule.get("ID") else {"ID": bucket.new_rule_id(), **rule} for rule in value["Rules"]]
    return {**value, "Rules": rules}


def _check_replication_rules(rules: Sequence[Mapping[str, Any]]) -> None:
    """See that rules with a filter say all that such rules must say; words are from error reports of users."""
    schema = "for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide"
    for rule in rules:
        if "Filter" not in rule:
            continue
        if "Prefix" in rule:
            raise malformed_xml()
        for member in ("Priority", "DeleteMarkerReplication"):
            if member not in rule:
                raise invalid_request(f"{member} must be specified {schema} for more information.")
        if tags_of(conditions_of(rule)) and rule["DeleteMarkerReplication"].get("Status") == "Enabled":
            raise invalid_request(
                "Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 "
                "Developer Guide for more information."
            )
    priorities = [rule["Priority"] for rule in rules if "Priority" in rule]
    if len(set(priorities)) < len(priorities):
        repeated = next(each for each in priorities if priorities.count(each) > 1)
        raise invalid_request(f"Found duplicate priority {repeated}.")


def object_lock(call: Call, _bucket: Bucket, value: Mapping[str, Any]) -> Any:
    """Check a default retention."""
    if value.get("ObjectLockEnabled") != "Enabled":
        raise malformed_xml()
    if "Rule" not in value:
        return value
    default = value["Rule"].get("DefaultRetention") or {}
    if "DefaultEventHold" in default:
        raise not_simulated(call.request.operation, "DefaultRetention.DefaultEventHold")
    if "Mode" not in default or ("Days" in default) == ("Years" in default):
        raise malformed_xml()
    member = "Days" if "Days" in default else "Years"
    if default[member] <= 0:
        message = "Default retention period must be a positive integer value."
        raise invalid_argument(message, member.lower(), default[member])
    return value


def _check_web_protocol(redirect: Mapping[str, Any]) -> None:
    if redirect.get("Protocol", "http") not in {"http", "https"}:
        raise invalid_request(
            "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected "
            "automatically."
        )
