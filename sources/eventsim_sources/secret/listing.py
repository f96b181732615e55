"""How are secrets listed? By filters, in some order, page by page; what is told of each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from eventsim import ApiError
from eventsim_sources import paging
from eventsim_sources.secret.store import Secret, Secrets, Version

RESULTS_MAX = 100
_US_PER_DAY = 86_400_000_000


def described(secrets: Secrets, secret: Secret) -> dict[str, Any]:
    """Return what lists tell of a secret."""
    clock = secrets.world.clock
    staged = [each for each in secret.versions.values() if each.stages]
    told: dict[str, Any] = {
        "ARN": secret.arn,
        "Name": secret.name,
        "CreatedDate": clock.date(secret.created_us),
        "LastChangedDate": clock.date(secret.changed_us),
    }
    if staged:
        told["SecretVersionsToStages"] = {each.identifier: list(each.stages) for each in staged}
    if secret.description:
        told["Description"] = secret.description
    if secret.key:
        told["KmsKeyId"] = secret.key
    if secret.tags:
        told["Tags"] = [{"Key": key, "Value": value} for key, value in secret.tags.items()]
    if secret.accessed_us is not None:
        told["LastAccessedDate"] = day_of(secrets, secret.accessed_us)
    if secret.deleted_us is not None:
        told["DeletedDate"] = clock.date(secret.deleted_us)
    return told | _rotation_described(secrets, secret)


def version_described(secrets: Secrets, secret: Secret, version: Version) -> dict[str, Any]:
    """Return what lists tell of a version."""
    told: dict[str, Any] = {
        "VersionId": version.identifier,
        "CreatedDate": secrets.world.clock.date(version.created_us),
        "KmsKeyIds": [secret.key or "DefaultEncryptionKey"],
    }
    if version.stages:
        told["VersionStages"] = list(version.stages)
    if version.accessed_us is not None:
        told["LastAccessedDate"] = day_of(secrets, version.accessed_us)
    return told


def day_of(secrets: Secrets, at_us: int) -> datetime:
    """Return the beginning of the day on which something was read: no more is told of it (documented)."""
    clock = secrets.world.clock
    return clock.date(at_us - (clock.start_epoch_us + at_us) % _US_PER_DAY)


def _rotation_described(secrets: Secrets, secret: Secret) -> dict[str, Any]:
    clock, told = secrets.world.clock, dict[str, Any]()
    if secret.rotated_us is not None:
        told["LastRotatedDate"] = clock.date(secret.rotated_us)
    if secret.rotation is not None:
        told |= {"RotationEnabled": secret.rotation.is_on, "RotationLambdaARN": secret.rotation.function_arn}
        told["RotationRules"] = dict(secret.rotation.rules)
    if secret.rotates_us is not None:
        told["NextRotationDate"] = clock.date(secret.rotates_us)
    return told


def matching(secrets: Secrets, filters: Iterable[Mapping[str, Any]]) -> list[Secret]:
    """Return the secrets that suit all filters."""
    found = secrets.all()
    for each in filters:
        if not each.get("Key") or not each.get("Values"):
            message = "Each filter has a Key and Values."  # unconfirmed wording
            raise ApiError("InvalidParameterException", message)
        found = [secret for secret in found if any(_matches(secret, each["Key"], value) for value in each["Values"])]
    return found


def _matches(secret: Secret, key: str, value: str) -> bool:
    """Tell whether a secret suits a filter; values match by their beginning, those with `!` are the contrary.

    Case counts, but not in descriptions, and not for `all`, which looks for each of its words anywhere (documented).
    """
    if value.startswith("!"):
        return not _matches(secret, key, value[1:])
    texts = {
        "name": [secret.name],
        "description": [secret.description],
        "tag-key": list(secret.tags),
        "tag-value": list(secret.tags.values()),
        "primary-region": [secret.arn.split(":")[3]],
        "owning-service": [],
    }.get(key)
    if key == "all":
        everything = " ".join([secret.name, secret.description, *secret.tags, *secret.tags.values()]).lower()
        return all(word in everything for word in value.lower().split())
    if texts is None:
        raise ApiError("InvalidParameterException", f"Invalid filter key: {key}")
    if key == "description":
        texts, value = [text.lower() for text in texts], value.lower()
    return any(text.startswith(value) for text in texts)


def in_order(found: Iterable[Secret], given: Mapping[str, Any]) -> list[Secret]:
    """Return secrets in the order asked for: by creation unless it is said otherwise (documented)."""
    by: Mapping[str, Callable[[Secret], Any]] = {
        "created-date": lambda secret: secret.created_us,
        "last-accessed-date": lambda secret: secret.accessed_us or 0,
        "last-changed-date": lambda secret: secret.changed_us,
        "name": lambda secret: secret.name,
    }
    key = by[str(given.get("SortBy") or "created-date")]
    return sorted(found, key=key, reverse=given.get("SortOrder") == "desc")


def page(
    items: Sequence[Any], given: Mapping[str, Any], results_max: int = RESULTS_MAX
) -> tuple[list[Any], dict[str, str]]:
    """Return one page of a list, and the token of the next one if there is more.

    Raises:
        ApiError: the token is none of ours.
    """
    refusal = ApiError("InvalidNextTokenException", "The NextToken value is invalid.")  # unconfirmed wording
    return paging.page(items, given, results_max, refusal)
