"""Secrets Manager as its clients know it: one function for each operation."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from eventsim import ApiError, Operation, Request, Result, World
from eventsim_sources.secret.password import random_password
from eventsim_sources.secret.store import CURRENT, Regions, Secret, Secrets, Version

VALUE_BYTES_MAX = 65_536
RECOVERY_DAYS_MIN, RECOVERY_DAYS_MAX = 7, 30
RECOVERY_DAYS_DEFAULT = 30
RESULTS_MAX = 100


def create_secret(secrets: Secrets, request: Request) -> Result:
    """Make a secret, with its first version if there is a value."""
    given = request.parameters
    _check_value(given)
    secret = secrets.add(str(given["Name"]))
    secret.description = str(given.get("Description") or "")
    secret.key = str(given.get("KmsKeyId") or "")
    secret.tags = _tags(given.get("Tags"))
    told: dict[str, Any] = {"ARN": secret.arn, "Name": secret.name}
    if _has_value(given):
        told["VersionId"] = _put(secrets, secret, given, [CURRENT]).identifier
    return told


def put_secret_value(secrets: Secrets, request: Request) -> Result:
    """Add a version."""
    given = request.parameters
    secret = _usable(secrets, request)
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
    secret = _usable(secrets, request)
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
    secret = _usable(secrets, request)
    version = _wanted(secret, request.parameters)
    secret.accessed_us = secrets.world.clock.now_us
    return _value(secrets, secret, version)


def batch_get_secret_value(secrets: Secrets, request: Request) -> Result:
    """Return the current values of several secrets."""
    given: Any = request.parameters
    values, errors = [], []
    names = given.get("SecretIdList") or [each.arn for each in _matching(secrets, given.get("Filters") or ())]
    for name in names:
        try:
            secret = _not_deleted(secrets.find(name))
            values.append(_value(secrets, secret, _wanted(secret, {})))
        except ApiError as error:
            errors.append({"SecretId": name, "ErrorCode": error.code, "Message": error.message})
    return {"SecretValues": values, "Errors": errors}


def describe_secret(secrets: Secrets, request: Request) -> Result:
    """Tell of a secret, not of its value."""
    secret = secrets.find(str(request.parameters["SecretId"]))
    told = _described(secrets, secret)
    told["VersionIdsToStages"] = told.pop("SecretVersionsToStages")
    return told


def list_secrets(secrets: Secrets, request: Request) -> Result:
    """List secrets."""
    given: Any = request.parameters
    found = _matching(secrets, given.get("Filters") or ())
    if not given.get("IncludePlannedDeletion"):
        found = [each for each in found if each.deletes_us is None]
    if given.get("SortOrder") == "desc":
        found.reverse()
    page, more = _page(found, given)
    return {"SecretList": [_described(secrets, each) for each in page], **more}


def list_secret_version_ids(secrets: Secrets, request: Request) -> Result:
    """List the versions of a secret."""
    given = request.parameters
    secret = secrets.find(str(given["SecretId"]))
    versions = [each for each in secret.versions.values() if each.stages or given.get("IncludeDeprecated")]
    page, more = _page(versions, given)
    told = []
    for version in page:
        entry: dict[str, Any] = {
            "VersionId": version.identifier,
            "CreatedDate": secrets.world.clock.date(version.created_us),
        }
        if version.stages:
            entry["VersionStages"] = list(version.stages)
        told.append(entry)
    return {"Versions": told, "ARN": secret.arn, "Name": secret.name, **more}


def delete_secret(secrets: Secrets, request: Request) -> Result:
    """Mark a secret for deletion, or forget it at once."""
    given = request.parameters
    days = int(str(given.get("RecoveryWindowInDays") or RECOVERY_DAYS_DEFAULT))
    is_forced = bool(given.get("ForceDeleteWithoutRecovery"))
    if is_forced and given.get("RecoveryWindowInDays"):
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
    _not_deleted(secret)
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
    secret = _usable(secrets, request)
    secret.tags |= _tags(request.parameters.get("Tags"))
    return {}


def untag_resource(secrets: Secrets, request: Request) -> Result:
    """Take tags away; an absent key is no error."""
    secret = _usable(secrets, request)
    keys: Any = request.parameters.get("TagKeys") or ()
    for key in keys:
        secret.tags.pop(key, None)
    return {}


def update_secret_version_stage(secrets: Secrets, request: Request) -> Result:
    """Move a stage from one version to another."""
    given = request.parameters
    secret = _usable(secrets, request)
    stage = str(given["VersionStage"])
    source, goal = given.get("RemoveFromVersionId"), given.get("MoveToVersionId")
    before = secret.staged(stage)
    if source is not None and (before is None or before.identifier != source):
        raise ApiError(
            "InvalidParameterException",
            f"The parameter RemoveFromVersionId can't be empty. Staging label {stage} is currently attached to version "
            f"{before.identifier if before else 'None'}, so you must explicitly reference that version in "
            "RemoveFromVersionId.",
        )
    to = None if goal is None else secret.versions.get(str(goal))
    if goal is not None and to is None:
        raise _no_value(f"VersionId: {goal}")
    secret.move(stage, to)
    return {"ARN": secret.arn, "Name": secret.name}


_OPERATIONS: Mapping[str, Callable[[Secrets, Request], Result]] = {
    "BatchGetSecretValue": batch_get_secret_value,
    "CreateSecret": create_secret,
    "DeleteSecret": delete_secret,
    "DescribeSecret": describe_secret,
    "GetRandomPassword": get_random_password,
    "GetSecretValue": get_secret_value,
    "ListSecretVersionIds": list_secret_version_ids,
    "ListSecrets": list_secrets,
    "PutSecretValue": put_secret_value,
    "RestoreSecret": restore_secret,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "UpdateSecret": update_secret,
    "UpdateSecretVersionStage": update_secret_version_stage,
}


def operations(world: World) -> Mapping[str, Operation]:
    """Return Secrets Manager's operations for one simulation."""
    regions = world.share(Regions)
    made = {name: partial(_carry_out, regions, operation) for name, operation in _OPERATIONS.items()}
    return world.lasting(made, but=())


def _carry_out(regions: Regions, operation: Callable[[Secrets, Request], Result], request: Request) -> Result:
    return operation(regions.of(request.region), request)


def _usable(secrets: Secrets, request: Request) -> Secret:
    return _not_deleted(secrets.find(str(request.parameters["SecretId"])))


def _not_deleted(secret: Secret) -> Secret:
    if secret.deletes_us is not None:
        raise _invalid_request("You can't perform this operation on the secret because it was marked for deletion.")
    return secret


def _invalid_request(message: str) -> ApiError:
    return ApiError("InvalidRequestException", message)


def _no_value(what: str) -> ApiError:
    message = f"Secrets Manager can't find the specified secret value for {what}"
    return ApiError("ResourceNotFoundException", message)


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
    if there is not None:
        if (there.text, there.data) != (text, data):
            raise ApiError(
                "ResourceExistsException",
                "You can't use ClientRequestToken for a version that already exists with other content.",
            )
        return there
    version = Version(identifier, text, data, secrets.world.clock.now_us)
    secret.put(version, stages if secret.staged(CURRENT) is not None else list(dict.fromkeys([*stages, CURRENT])))
    secret.changed_us = secrets.world.clock.now_us
    return version


def _wanted(secret: Secret, given: Mapping[str, Any]) -> Version:
    identifier, stage = given.get("VersionId"), given.get("VersionStage")
    if identifier is not None:
        version = secret.versions.get(str(identifier))
        if version is None:
            raise _no_value(f"VersionId: {identifier}")
        if stage is not None and stage not in version.stages:
            raise _invalid_request("You provided a VersionStage that is not associated to the provided VersionId.")
        return version
    version = secret.staged(str(stage or CURRENT))
    if version is None:
        raise _no_value(f"staging label: {stage or CURRENT}")
    return version


def _value(secrets: Secrets, secret: Secret, version: Version) -> dict[str, Any]:
    secret.read_count += 1
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


def _described(secrets: Secrets, secret: Secret) -> dict[str, Any]:
    clock = secrets.world.clock
    staged = [each for each in secret.versions.values() if each.stages]
    told: dict[str, Any] = {
        "ARN": secret.arn,
        "Name": secret.name,
        "CreatedDate": clock.date(secret.created_us),
        "LastChangedDate": clock.date(secret.changed_us),
        "SecretVersionsToStages": {each.identifier: list(each.stages) for each in staged},
    }
    if secret.description:
        told["Description"] = secret.description
    if secret.key:
        told["KmsKeyId"] = secret.key
    if secret.tags:
        told["Tags"] = [{"Key": key, "Value": value} for key, value in secret.tags.items()]
    if secret.accessed_us is not None:
        told["LastAccessedDate"] = clock.date(secret.accessed_us)
    if secret.deleted_us is not None:
        told["DeletedDate"] = clock.date(secret.deleted_us)
    return told


def _matching(secrets: Secrets, filters: Iterable[Mapping[str, Any]]) -> list[Secret]:
    found = secrets.all()
    for each in filters:
        found = [secret for secret in found if any(_matches(secret, each["Key"], value) for value in each["Values"])]
    return found


def _matches(secret: Secret, key: str, value: str) -> bool:
    """Tell whether a secret suits a filter; values match by their beginning, those with `!` are the contrary."""
    if value.startswith("!"):
        return not _matches(secret, key, value[1:])
    texts = {
        "name": [secret.name],
        "description": [secret.description],
        "tag-key": list(secret.tags),
        "tag-value": list(secret.tags.values()),
        "primary-region": [secret.arn.split(":")[3]],
        "owning-service": [],
        "all": [secret.name, secret.description, *secret.tags, *secret.tags.values()],
    }.get(key)
    if texts is None:
        raise ApiError("InvalidParameterException", f"Invalid filter key: {key}")
    return any(text.lower().startswith(value.lower()) for text in texts)


def _page(items: Sequence[Any], given: Mapping[str, Any]) -> tuple[list[Any], dict[str, str]]:
    start = int(str(given.get("NextToken") or 0))
    end = start + int(str(given.get("MaxResults") or RESULTS_MAX))
    return list(items[start:end]), {"NextToken": str(end)} if end < len(items) else {}


def _tags(given: Any) -> dict[str, str]:
    return {each["Key"]: each.get("Value", "") for each in given or ()}
