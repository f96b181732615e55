"""Secrets Manager as its clients know it: one function for each operation."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from eventsim import About, ApiError, Operation, Request, Result, World
from eventsim_sources.secret import care
from eventsim_sources.secret.listing import described, in_order, matching, page, version_described
from eventsim_sources.secret.password import random_password
from eventsim_sources.secret.store import CURRENT, Regions, Secret, Secrets, Version
from eventsim_sources.without_effect import check_heeded

VALUE_BYTES_MAX = 65_536
BATCH_MAX = 20
"""Values in one answer of BatchGetSecretValue (documented)."""
RECOVERY_DAYS_MIN, RECOVERY_DAYS_MAX = 7, 30
RECOVERY_DAYS_DEFAULT = 30
_NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]+")


def create_secret(secrets: Secrets, request: Request) -> Result:
    """Make a secret, with its first version if there is a value."""
    given, name = request.parameters, str(request.parameters["Name"])
    if not _NAME.fullmatch(name):
        raise ApiError(
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
        )
    _check_value(given)
    made = _made_before(secrets, name, given)
    if made is not None:
        return made
    secret = secrets.add(name)
    secret.description = str(given.get("Description") or "")
    secret.key = str(given.get("KmsKeyId") or "")
    secret.tags = _tags(given.get("Tags"))
    told: dict[str, Any] = {"ARN": secret.arn, "Name": secret.name}
    if _has_value(given):
        told["VersionId"] = _put(secrets, secret, given, [CURRENT]).identifier
    return told


def _made_before(secrets: Secrets, name: str, given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the answer to a request that was carried out already: one with the same token and value (documented)."""
    there = next((each for each in secrets.all() if each.name == name and each.deletes_us is None), None)
    version = None if there is None else there.versions.get(str(given.get("ClientRequestToken") or ""))
    if there is None or version is None:
        return None
    if (version.text, version.data) != (given.get("SecretString"), given.get("SecretBinary")):
        raise ApiError("ResourceExistsException", _used(version.identifier, there))
    return {"ARN": there.arn, "Name": there.name, "VersionId": version.identifier}


def put_secret_value(secrets: Secrets, request: Request) -> Result:
    """Add a version."""
    given = request.parameters
    secret = secrets.usable(str(request.parameters["SecretId"]))
    _check_value(given)
    if not _has_value(given):
        raise _invalid_request("You must provide either SecretString or SecretBinary.")
    stages: Any = given.get("VersionStages") or [CURRENT]
    version = _put(secrets, secret, given, list(stages))
    return {
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionId": version.identifier,
        "VersionStages": list(version.stages),
    }


def update_secret(secrets: Secrets, request: Request) -> Result:
    """Change what is said of a secret, or add a version."""
    given = request.parameters
    secret = secrets.usable(str(request.parameters["SecretId"]))
    _check_value(given)
    if given.get("Description") is not None:
        secret.description = str(given["Description"])
    if given.get("KmsKeyId") is not None:
        secret.key = str(given["KmsKeyId"])
    secret.changed_us = secrets.world.clock.now_us
    told: dict[str, Any] = {"ARN": secret.arn, "Name": secret.name}
    if _has_value(given):
        told["VersionId"] = _put(secrets, secret, given, [CURRENT]).identifier
    return told


def get_secret_value(secrets: Secrets, request: Request) -> Result:
    """Return a value: the current one, or that of a version or a stage."""
    secret = secrets.usable(str(request.parameters["SecretId"]))
    version = _wanted(secret, request.parameters)
    return _value(secrets, secret, version)


def batch_get_secret_value(secrets: Secrets, request: Request) -> Result:
    """Return the current values of several secrets."""
    given: Any = request.parameters
    values, errors = [], []
    if bool(given.get("SecretIdList")) is bool(given.get("Filters")):
        raise ApiError("InvalidParameterException", "You must include Filters or SecretIdList, but not both.")
    found = [each for each in matching(secrets, given.get("Filters") or ()) if each.deletes_us is None]
    shown, more = page(given.get("SecretIdList") or [each.arn for each in found], given, BATCH_MAX)
    for name in shown:
        try:
            secrets.world.authorize(
                "secretsmanager", "GetSecretValue", {"SecretId": name}, request.on_behalf, region=request.region
            )
            secret = secrets.usable(name)
            values.append(_value(secrets, secret, _wanted(secret, {})))
        except ApiError as error:
            errors.append({"SecretId": name, "ErrorCode": error.code, "Message": error.message})
    return {"SecretValues": values, "Errors": errors, **more}


def describe_secret(secrets: Secrets, request: Request) -> Result:
    """Tell of a secret, not of its value."""
    secret = secrets.find(str(request.parameters["SecretId"]))
    told = described(secrets, secret)
    stages = told.pop("SecretVersionsToStages", None)
    return {**told, **({"VersionIdsToStages": stages} if stages else {})}


def list_secrets(secrets: Secrets, request: Request) -> Result:
    """List secrets."""
    given: Any = request.parameters
    found = matching(secrets, given.get("Filters") or ())
    if not given.get("IncludePlannedDeletion"):
        found = [each for each in found if each.deletes_us is None]
    shown, more = page(in_order(found, given), given)
    return {"SecretList": [described(secrets, each) for each in shown], **more}


def list_secret_version_ids(secrets: Secrets, request: Request) -> Result:
    """List the versions of a secret."""
    given = request.parameters
    secret = secrets.find(str(given["SecretId"]))
    versions = [each for each in secret.versions.values() if each.stages or given.get("IncludeDeprecated")]
    shown, more = page(versions, given)
    told = [version_described(secrets, secret, version) for version in shown]
    return {"Versions": told, "ARN": secret.arn, "Name": secret.name, **more}


def delete_secret(secrets: Secrets, request: Request) -> Result:
    """Mark a secret for deletion, or forget it at once."""
    given: Any = request.parameters
    asked_days = given.get("RecoveryWindowInDays")
    days: int = RECOVERY_DAYS_DEFAULT if asked_days is None else asked_days
    is_forced = bool(given.get("ForceDeleteWithoutRecovery"))
    if is_forced and asked_days is not None:
        raise ApiError(
            "InvalidParameterException",
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        )
    if not RECOVERY_DAYS_MIN <= days <= RECOVERY_DAYS_MAX:
        raise ApiError(
            "InvalidParameterException",
            "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
        )
    clock = secrets.world.clock
    try:
        secret = secrets.find(str(given["SecretId"]))
    except ApiError:
        if not is_forced:
            raise
        name = str(given["SecretId"])  # forced deletion of what is not there succeeds (documented)
        return {"ARN": name, "Name": name, "DeletionDate": clock.date(clock.now_us)}
    if is_forced:
        secrets.remove(secret)
        return {"ARN": secret.arn, "Name": secret.name, "DeletionDate": clock.date(clock.now_us)}
    secret.check_there()
    secrets.schedule_removal(secret, days)
    assert secret.deletes_us is not None, "it was just marked"
    return {"ARN": secret.arn, "Name": secret.name, "DeletionDate": clock.date(secret.deletes_us)}


def restore_secret(secrets: Secrets, request: Request) -> Result:
    """Take back a deletion."""
    secret = secrets.find(str(request.parameters["SecretId"]))
    secret.deleted_us = secret.deletes_us = None
    return {"ARN": secret.arn, "Name": secret.name}


def get_random_password(secrets: Secrets, request: Request) -> Result:
    """Make up a password."""
    return {"RandomPassword": random_password(secrets.password_luck, request.parameters)}


def tag_resource(secrets: Secrets, request: Request) -> Result:
    """Set tags; a repeated key overwrites."""
    secret = secrets.usable(str(request.parameters["SecretId"]))
    secret.tags |= _tags(request.parameters.get("Tags"))
    return {}


def untag_resource(secrets: Secrets, request: Request) -> Result:
    """Take tags away; an absent key is no error."""
    secret = secrets.usable(str(request.parameters["SecretId"]))
    keys: Any = request.parameters.get("TagKeys") or ()
    for key in keys:
        secret.tags.pop(key, None)
    return {}


def update_secret_version_stage(secrets: Secrets, request: Request) -> Result:
    """Move a stage from one version to another."""
    given = request.parameters
    secret = secrets.usable(str(request.parameters["SecretId"]))
    stage = str(given["VersionStage"])
    source, goal = given.get("RemoveFromVersionId"), given.get("MoveToVersionId")
    before = secret.staged(stage)
    if before is not None and before.identifier not in (source, goal):
        raise ApiError(
            "InvalidParameterException",
            f"The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently attached to version "
            f"{before.identifier}, so you must explicitly reference that version in "
            "RemoveFromVersionId.",
        )
    if stage == CURRENT and goal is None:
        message = f"You can only move staging label {CURRENT} to a different secret version. "
        raise ApiError("InvalidParameterException", message + "It can\u2019t be completely removed.")
    to = None if goal is None else secret.versions.get(str(goal))
    if goal is not None and to is None:
        raise _no_value(f"VersionId: {goal}")
    secret.move(stage, to)
    return {"ARN": secret.arn, "Name": secret.name}


_VALUE = "ClientRequestToken SecretBinary SecretString"
_PAGE = "MaxResults NextToken"
_OPERATIONS: Mapping[str, tuple[Callable[[Secrets, Request], Result], str]] = {
    "BatchGetSecretValue": (batch_get_secret_value, f"SecretIdList Filters {_PAGE}"),
    "CancelRotateSecret": (care.cancel_rotate_secret, "SecretId"),
    "CreateSecret": (create_secret, f"Name Description KmsKeyId Tags Type {_VALUE}"),
    "DeleteResourcePolicy": (care.delete_resource_policy, "SecretId"),
    "DeleteSecret": (delete_secret, "SecretId RecoveryWindowInDays ForceDeleteWithoutRecovery"),
    "DescribeSecret": (describe_secret, "SecretId"),
    "GetRandomPassword": (
        get_random_password,
        "PasswordLength ExcludeCharacters ExcludeNumbers ExcludePunctuation ExcludeUppercase ExcludeLowercase "
        "IncludeSpace RequireEachIncludedType",
    ),
    "GetResourcePolicy": (care.get_resource_policy, "SecretId"),
    "GetSecretValue": (get_secret_value, "SecretId VersionId VersionStage"),
    "ListSecretVersionIds": (list_secret_version_ids, f"SecretId IncludeDeprecated {_PAGE}"),
    "ListSecrets": (list_secrets, f"IncludePlannedDeletion Filters SortOrder SortBy {_PAGE}"),
    "PutResourcePolicy": (care.put_resource_policy, "SecretId ResourcePolicy BlockPublicPolicy"),
    "PutSecretValue": (put_secret_value, f"SecretId VersionStages RotationToken {_VALUE}"),
    "RestoreSecret": (restore_secret, "SecretId"),
    "RotateSecret": (
        care.rotate_secret,
        "SecretId ClientRequestToken RotationLambdaARN RotationRules RotateImmediately",
    ),
    "TagResource": (tag_resource, "SecretId Tags"),
    "UntagResource": (untag_resource, "SecretId TagKeys"),
    "UpdateSecret": (update_secret, f"SecretId Description KmsKeyId Type {_VALUE}"),
    "UpdateSecretVersionStage": (
        update_secret_version_stage,
        "SecretId VersionStage RemoveFromVersionId MoveToVersionId",
    ),
    "ValidateResourcePolicy": (care.validate_resource_policy, "SecretId ResourcePolicy"),
}
"""Operation → its function, and the parameters that it heeds. Any other parameter is refused by name."""

_INERT: Mapping[str, str] = {
    "BlockPublicPolicy": "permissions are not checked",
    "KmsKeyId": "nothing is encrypted",
    "RotationToken": "whoever calls may write the secret",
    "Type": "no partner is asked for values",
}
"""What is taken and changes nothing."""
_COUNTS: Mapping[str, str] = {"ResourcePolicy": "permissions are not enforced"}
"""What changes something only where permissions are enforced."""

_ABOUT: Mapping[str, About] = {
    "CancelRotateSecret": About("secret:ARN"),
    "CreateSecret": About("secret:ARN"),
    "DeleteResourcePolicy": About("secret:ARN", part=":policy"),
    "DeleteSecret": About("secret:ARN", ends="ForceDeleteWithoutRecovery"),
    "PutResourcePolicy": About("secret:ARN", part=":policy"),
    "PutSecretValue": About("secret:ARN"),
    "RestoreSecret": About("secret:ARN"),
    "RotateSecret": About("secret:ARN"),
    "TagResource": About("secret:SecretId", part="Tags.Key"),
    "UntagResource": About("secret:SecretId"),
    "UpdateSecret": About("secret:ARN"),
    "UpdateSecretVersionStage": About("secret:ARN"),
}
"""Every value counts, as a version of its own."""


def operations(world: World) -> Mapping[str, Operation]:
    """Return Secrets Manager's operations for one simulation."""
    regions = world.share(Regions)
    made = {name: partial(_carry_out, regions, *entry) for name, entry in _OPERATIONS.items()}
    return world.lasting(made, but=(), about=_ABOUT)


def _carry_out(
    regions: Regions, operation: Callable[[Secrets, Request], Result], takes: str, request: Request
) -> Result:
    secrets = regions.of(request.region)
    world = secrets.world
    check_heeded(world, request, takes, inert=_INERT if world.permissions == "enforced" else {**_INERT, **_COUNTS})
    return operation(secrets, request)


def _invalid_request(message: str) -> ApiError:
    return ApiError("InvalidRequestException", message)


def _no_value(what: str) -> ApiError:
    message = f"Secrets Manager can't find the specified secret value for {what}"
    return ApiError("ResourceNotFoundException", message)


def _used(identifier: str, secret: Secret) -> str:
    return (
        f"You can't use ClientRequestToken {identifier} because that value is already in use for a version of secret "
        f"{secret.arn}."
    )


def _has_value(given: Mapping[str, Any]) -> bool:
    return given.get("SecretString") is not None or given.get("SecretBinary") is not None


def _check_value(given: Mapping[str, Any]) -> None:
    text, data = given.get("SecretString"), given.get("SecretBinary")
    if text is not None and data is not None:
        raise ApiError("InvalidParameterException", "You can't specify both a binary value and a string value.")
    size = len(text.encode()) if text is not None else len(data or b"")
    if size > VALUE_BYTES_MAX:
        raise ApiError(
            "ValidationException",
            "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have "
            f"length less than or equal to {VALUE_BYTES_MAX}",
        )


def _put(secrets: Secrets, secret: Secret, given: Mapping[str, Any], stages: list[str]) -> Version:
    """Add a version; the same request once more changes nothing."""
    identifier = str(given.get("ClientRequestToken") or secrets.version_id())
    text, data = given.get("SecretString"), given.get("SecretBinary")
    there = secret.versions.get(identifier)
    if there is not None and there.has_value:
        if (there.text, there.data) != (text, data):
            raise ApiError("ResourceExistsException", _used(identifier, secret))
        return there
    version = there or Version(identifier, None, None, secrets.world.clock.now_us)
    version.text, version.data = text, data
    secret.put(version, stages if secret.staged(CURRENT) is not None else list(dict.fromkeys([*stages, CURRENT])))
    secret.changed_us = secrets.world.clock.now_us
    return version


def _wanted(secret: Secret, given: Mapping[str, Any]) -> Version:
    identifier, stage = given.get("VersionId"), given.get("VersionStage")
    if identifier is not None:
        version = secret.versions.get(str(identifier))
        if version is None or not version.has_value:
            raise _no_value(f"VersionId: {identifier}")
        if stage is not None and stage not in version.stages:
            raise _invalid_request("You provided a VersionStage that is not associated to the provided VersionId.")
        return version
    version = secret.staged(str(stage or CURRENT))
    if version is None or not version.has_value:
        raise _no_value(f"staging label: {stage or CURRENT}")
    return version


def _value(secrets: Secrets, secret: Secret, version: Version) -> dict[str, Any]:
    secret.read_count += 1
    secret.accessed_us = version.accessed_us = secrets.world.clock.now_us
    told: dict[str, Any] = {
        "ARN": secret.arn,
        "Name": secret.name,
        "VersionId": version.identifier,
        "VersionStages": list(version.stages),
        "CreatedDate": secrets.world.clock.date(version.created_us),
    }
    if version.text is not None:
        told["SecretString"] = version.text
    else:
        told["SecretBinary"] = version.data
    return told


def _tags(given: Any) -> dict[str, str]:
    if any(not each.get("Key") for each in given or ()):
        raise ApiError("InvalidParameterException", "Each tag has a Key.")  # unconfirmed wording
    return {each["Key"]: each.get("Value", "") for each in given or ()}
