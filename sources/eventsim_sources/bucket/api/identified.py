"""What clients set on a bucket many times over, each under an id: reports and tiers, kept and given back.

S3 writes the reports and moves the objects; here nobody does, and the trace says so.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from eventsim import ApiError
from eventsim_sources.bucket.api.call import Call
from eventsim_sources.bucket.api.settings import tell_without_effect
from eventsim_sources.bucket.errors import invalid_argument
from eventsim_sources.bucket.listing import entry_of, token_of
from eventsim_sources.bucket.source import Bucket

KINDS: Final = ("Analytics", "IntelligentTiering", "Inventory", "Metrics")
"""The kinds of configurations that have ids."""
CONFIGURATIONS_MAX: Final = 1000
"""Configurations of one kind on one bucket (documented)."""
_PAGE_MAX: Final = 100
"""Configurations on one page (documented)."""

Carry = Callable[[Call], dict[str, Any]]


def operations() -> Mapping[str, tuple[Carry, frozenset[str]]]:
    """Return the operations on all kinds, each with the parameters that it takes besides the bucket."""
    table: dict[str, tuple[Carry, frozenset[str]]] = {}
    for kind in KINDS:
        parameter = f"{kind}Configuration"
        table[f"PutBucket{parameter}"] = (_put(parameter), frozenset({"Id", parameter}))
        table[f"GetBucket{parameter}"] = (_get(parameter), frozenset({"Id"}))
        table[f"DeleteBucket{parameter}"] = (_delete(parameter), frozenset({"Id"}))
        table[f"ListBucket{parameter}s"] = (_list(parameter), frozenset({"ContinuationToken"}))
    return table


def _put(parameter: str) -> Carry:
    def put(call: Call) -> dict[str, Any]:
        bucket, configuration = call.bucket(), call.parameters[parameter]
        if configuration["Id"] != call.text("Id"):
            message = "Document ID does not match the specified configuration ID."
            raise ApiError("IdMismatch", message, fields={"ArgumentName": "id", "ArgumentValue": call.text("Id")})
        kept = _kept(bucket, parameter)
        if configuration["Id"] not in kept and len(kept) >= CONFIGURATIONS_MAX:
            message = "You have already reached the limit of 1,000 configurations."  # unconfirmed words
            raise ApiError("TooManyConfigurations", message)
        bucket.settings[parameter] = {**kept, configuration["Id"]: configuration}
        bucket.keep_settings()
        tell_without_effect(call, bucket, parameter)
        return {}

    return put


def _get(parameter: str) -> Carry:
    def get(call: Call) -> dict[str, Any]:
        return {parameter: _find(call, parameter)}

    return get


def _delete(parameter: str) -> Carry:
    def delete(call: Call) -> dict[str, Any]:
        bucket = call.bucket()
        _find(call, parameter)
        bucket.settings[parameter] = {
            id_: each for id_, each in _kept(bucket, parameter).items() if id_ != call.text("Id")
        }
        bucket.keep_settings()
        return {}

    return delete


def _list(parameter: str) -> Carry:
    def list_(call: Call) -> dict[str, Any]:
        kept, token = _kept(call.bucket(), parameter), call.get("ContinuationToken")
        after = "" if token is None else entry_of(token)
        ids = [id_ for id_ in sorted(kept) if id_ > after]
        answer: dict[str, Any] = {"IsTruncated": len(ids) > _PAGE_MAX}
        if token is not None:
            answer["ContinuationToken"] = token
        if len(ids) > _PAGE_MAX:
            answer["NextContinuationToken"] = token_of(ids[_PAGE_MAX - 1])
        if ids:
            answer[f"{parameter}List"] = [kept[id_] for id_ in ids[:_PAGE_MAX]]
        return answer

    return list_


def _kept(bucket: Bucket, parameter: str) -> dict[str, Any]:
    kept: dict[str, Any] = bucket.settings.get(parameter) or {}
    return kept


def _find(call: Call, parameter: str) -> Any:
    bucket, id_ = call.bucket(), call.text("Id")
    if not id_:
        raise invalid_argument("The configuration ID is missing.", "id")  # unconfirmed words
    found = _kept(bucket, parameter).get(id_)
    if found is None:
        message = "The specified configuration does not exist."
        raise ApiError("NoSuchConfiguration", message, status=404, fields={"BucketName": bucket.name})
    return found
