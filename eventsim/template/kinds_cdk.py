"""What do CDK's own custom resources do? What their functions would, most of which are not in Python.

Properties, answers and the order of things are those of the functions in `aws-cdk-lib/custom-resource-handlers`.
"""

import fnmatch
import mimetypes
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import structs

from eventsim.calls.parameters import fitted_parameters
from eventsim.errors import ApiError, ConfigurationError
from eventsim.json_text import load_json
from eventsim.template import asset_marks
from eventsim.template.code import find_code
from eventsim.template.inert import placeholder
from eventsim.template.kinds_storage import ensure_log_group
from eventsim.template.site import Item, Made

Goodbye = Callable[[Item, Made], Awaitable[None]]
"""Takes a resource away where that is more than a list of operations."""

_AUTO_DELETE_TAG: Final = "aws-cdk:auto-delete-objects"
_KEYS_MAX: Final = 1000
"""What one DeleteObjects takes (documented)."""


def _unread(item: Item, *names: str) -> None:
    item.taken |= {"ServiceToken", "ServiceTimeout", *names}


# --- buckets ---------------------------------------------------------------------------------------


async def notifications(item: Item) -> Made:
    """Tell a bucket whom to notify."""
    _unread(item, "Managed", "SkipDestinationValidation")
    configuration = item.take("NotificationConfiguration") or {}
    parameters = {"Bucket": item.text("BucketName"), "NotificationConfiguration": configuration}
    await item.site.ask("s3", "PutBucketNotificationConfiguration", parameters)
    return Made(physical_id=item.name())


async def auto_delete(item: Item) -> Made:
    """Do nothing yet: the bucket is emptied when the stack is deleted."""
    _unread(item)
    return Made(physical_id=item.text("BucketName") or item.logical_id)


async def empty_bucket(item: Item, _: Made) -> None:
    """Delete every object and version, if the bucket's tag still says that this may be done."""
    bucket = {"Bucket": item.text("BucketName")}
    try:
        tagging = await item.site.ask("s3", "GetBucketTagging", bucket)
    except ApiError:
        return  # it has no tags, or is gone
    if {"Key": _AUTO_DELETE_TAG, "Value": "true"} not in tagging["TagSet"]:
        return
    while True:
        listed = await item.site.ask("s3", "ListObjectVersions", bucket)
        found = [
            {"Key": each["Key"], "VersionId": each["VersionId"]}
            for each in (*listed.get("Versions", ()), *listed.get("DeleteMarkers", ()))
        ]
        if not found:
            return
        await item.site.ask("s3", "DeleteObjects", {**bucket, "Delete": {"Objects": found, "Quiet": True}})


# --- files of an application -----------------------------------------------------------------------


async def deployment(item: Item) -> Made:
    """Put the files of assets into a bucket (`BucketDeployment`)."""
    _unread(item, "OutputObjectKeys", "SystemMetadata", "WaitForDistributionInvalidation", "DestinationBucketArn")
    sources = list(zip(item.take("SourceBucketNames", []), item.take("SourceObjectKeys", []), strict=True))
    if not item.flag("Extract", default=True):
        return placeholder(item, problem="deploys archives as they are, which is not simulated")
    kept = set()
    marks = asset_marks.for_each(sources, item.take("SourceMarkers"), "SourceMarkers")
    settings = asset_marks.for_each(sources, item.take("SourceMarkersConfig"), "SourceMarkersConfig")
    for (bucket, key), markers, configuration in zip(sources, marks, settings, strict=True):
        code = await find_code(item, {"S3Bucket": bucket, "S3Key": key})
        if code.folder is None:
            return placeholder(item, problem=f"has its files in s3://{bucket}/{key}, which is not here")
        for path, name in _wanted_files(item, code.folder):
            kept.add(await _deployed(item, name, asset_marks.filled(path.read_bytes(), markers, configuration)))
    if item.flag("Prune", default=True):
        await _prune(item, kept)
    destination = item.text("DestinationBucketName")
    attributes = {
        "DestinationBucketArn": f"arn:aws:s3:::{destination}",
        "SourceObjectKeys": [key for _, key in sources],
    }
    return Made(physical_id=f"aws.cdk.s3deployment.{item.site.identifier(item.logical_id)}", attributes=attributes)


def _wanted_files(item: Item, folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files of an asset and their names in it; what is excluded may be included again."""
    excluded, included = item.take("Exclude", []), item.take("Include", [])
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        is_out = any(fnmatch.fnmatchcase(name, pattern) for pattern in excluded)
        if path.is_file() and (not is_out or any(fnmatch.fnmatchcase(name, pattern) for pattern in included)):
            yield path, name


async def _deployed(item: Item, name: str, content: bytes) -> str:
    """Put one file, and return its key."""
    prefix = item.text("DestinationBucketKeyPrefix").strip("/")
    key = f"{prefix}/{name}" if prefix else name
    guessed, _ = mimetypes.guess_type(name)
    settings = {_SYSTEM_METADATA[each]: value for each, value in item.take("SystemMetadata", {}).items()}
    parameters = {
        "Bucket": item.text("DestinationBucketName"),
        "Key": key,
        "Body": content,
        "Metadata": item.take("UserMetadata", {}),
        "ContentType": guessed or "binary/octet-stream",
        **settings,
    }
    await item.site.ask("s3", "PutObject", parameters)
    return key


_SYSTEM_METADATA: Final[Mapping[str, str]] = {
    "acl": "ACL",
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-encoding": "ContentEncoding",
    "content-language": "ContentLanguage",
    "content-type": "ContentType",
    "sse": "ServerSideEncryption",
    "sse-kms-key-id": "SSEKMSKeyId",
    "storage-class": "StorageClass",
    "website-redirect": "WebsiteRedirectLocation",
}
"""What the command line of `aws s3 sync` calls a setting, and what PutObject does."""


async def _prune(item: Item, kept: set[str]) -> None:
    """Delete what lies below the destination and is in no asset."""
    bucket, prefix = item.text("DestinationBucketName"), item.text("DestinationBucketKeyPrefix").strip("/")
    within = {"Bucket": bucket, "Prefix": f"{prefix}/" if prefix else ""}
    gone: list[str] = []
    token: dict[str, str] = {}
    while True:
        listed = await item.site.ask("s3", "ListObjectsV2", {**within, **token})
        gone += [each["Key"] for each in listed.get("Contents", ()) if each["Key"] not in kept]
        if not listed.get("IsTruncated"):
            break
        token = {"ContinuationToken": listed["NextContinuationToken"]}
    for start in range(0, len(gone), _KEYS_MAX):
        objects = [{"Key": key} for key in gone[start : start + _KEYS_MAX]]
        await item.site.ask("s3", "DeleteObjects", {"Bucket": bucket, "Delete": {"Objects": objects, "Quiet": True}})


async def withdraw(item: Item, _: Made) -> None:
    """Delete what was deployed, unless it shall stay, which is the default."""
    if not item.flag("RetainOnDelete", default=True):
        await _prune(item, set())


# --- logs ------------------------------------------------------------------------------------------


async def log_retention(item: Item) -> Made:
    """Say how long a group of logs is kept, and make it if it is not there."""
    _unread(item, "LogGroupRegion", "RemovalPolicy", "SdkRetry")
    group = {"logGroupName": item.text("LogGroupName")}
    await ensure_log_group(item.site, group["logGroupName"])
    days = item.number("RetentionInDays")
    if days is None:
        await item.site.ask("logs", "DeleteRetentionPolicy", group)
    else:
        await item.site.ask("logs", "PutRetentionPolicy", {**group, "retentionInDays": days})
    return Made(physical_id=group["logGroupName"], attributes={"LogGroupName": group["logGroupName"]})


async def delete_logs(item: Item, made: Made) -> None:
    """Delete the group of logs if the stack says so."""
    if item.text("RemovalPolicy") == "destroy":
        await item.site.ask("logs", "DeleteLogGroup", {"logGroupName": made.physical_id})


# --- calls of AWS operations (`AwsCustomResource`) ---------------------------------------------------


async def call_on_create(item: Item) -> Made:
    """Carry out the call that a template wants for a new resource."""
    _unread(item, "InstallLatestAwsSdk", "Create", "Update", "Delete")
    named = (_call_of(item, event).get("physicalResourceId", {}).get("id") for event in ("Create", "Update", "Delete"))
    physical_id = next((str(each) for each in named if each is not None), item.logical_id)
    return await _carried_out(item, "Create", physical_id)


async def call_on_update(item: Item, made: Made, _: Mapping[str, Any]) -> Made:
    """Carry out the call that a template wants for a change."""
    named = _call_of(item, "Update").get("physicalResourceId", {}).get("id")
    changed = await _carried_out(item, "Update", made.physical_id if named is None else str(named))
    return structs.replace(changed, undo=made.undo)


async def call_on_delete(item: Item, made: Made) -> None:
    """Carry out the call that a template wants at the end."""
    await _carried_out(item, "Delete", made.physical_id)


def _call_of(item: Item, event: str) -> Mapping[str, Any]:
    given = item.take(event)
    call: Mapping[str, Any] = load_json(given) if isinstance(given, str) else given or {}
    return call


async def _carried_out(item: Item, event: str, physical_id: str) -> Made:
    call = _call_of(item, event)
    if not call:
        return Made(physical_id=physical_id)
    region = item.site.ground.region
    if call.get("region", region) != region:
        raise ConfigurationError(f"it calls {call['service']} in {call['region']}, and this world is {region}")
    service, operation = _operation_of(call)
    parameters = _decoded(call.get("parameters") or {}, physical_id)
    try:
        answer = await item.site.ask(service, operation, fitted_parameters(service, operation, parameters))
    except ApiError as error:
        ignored = call.get("ignoreErrorCodesMatching")
        if not ignored or not re.search(ignored, error.code):
            raise
        return Made(physical_id=physical_id)
    data = {"region": region, **dict(_flattened(answer))}
    path = call.get("physicalResourceId", {}).get("responsePath")
    if path is not None and path not in data:
        raise ConfigurationError(f"{service}.{operation} answered without {path}, which is the resource's id")
    outputs = call.get("outputPaths") or ([call["outputPath"]] if "outputPath" in call else None)
    told = data if outputs is None else {key: data[key] for key in data if key.startswith(tuple(outputs))}
    return Made(physical_id=physical_id if path is None else str(data[path]), attributes=told)


_SERVICES: Final[Mapping[str, str]] = {
    "cloudwatchevents": "events",
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "cognitoidentityserviceprovider": "cognito-idp",
    "elasticloadbalancingv2": "elbv2",
    "eventbridge": "events",
    "sfn": "stepfunctions",
}
"""What the JavaScript SDKs call a service, where botocore calls it otherwise."""


def _operation_of(call: Mapping[str, Any]) -> tuple[str, str]:
    """Return service and operation of a call, which is written as for version 2 or 3 of the JavaScript SDK."""
    service = str(call["service"]).lower().removeprefix("@aws-sdk/client-").replace("-", "")
    action = str(call["action"]).removesuffix("Command")
    return _SERVICES.get(service, service), action[:1].upper() + action[1:]


_SPECIAL: Final[Mapping[str, bool]] = {"TRUE:BOOLEAN": True, "FALSE:BOOLEAN": False}


def _decoded(value: Any, physical_id: str) -> Any:
    """Return parameters with what CDK writes as text because properties of custom resources are texts."""
    if isinstance(value, dict):
        return {key: _decoded(each, physical_id) for key, each in value.items()}
    if isinstance(value, list):
        return [_decoded(each, physical_id) for each in value]
    return (
        physical_id
        if value == "PHYSICAL:RESOURCEID:"
        else _SPECIAL.get(value, value)
        if isinstance(value, str)
        else value
    )


def _flattened(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every scalar of an answer by the path to it: `Parameter.Value`, `Items.0.id.S`."""
    if hasattr(value, "read"):
        value = value.read()
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _flattened(each, f"{path}.{key}" if path else str(key))
    elif isinstance(value, bytes):
        yield path, value.decode("utf-8", "replace")
    else:
        yield path, value


CDK: Final[Mapping[str, Any]] = {
    "Custom::AWS": call_on_create,
    "Custom::CDKBucketDeployment": deployment,
    "Custom::LogRetention": log_retention,
    "Custom::S3AutoDeleteObjects": auto_delete,
    "Custom::S3BucketNotifications": notifications,
}

GOODBYES: Final[Mapping[str, Goodbye]] = {
    "Custom::AWS": call_on_delete,
    "Custom::CDKBucketDeployment": withdraw,
    "Custom::LogRetention": delete_logs,
    "Custom::S3AutoDeleteObjects": empty_bucket,
}
