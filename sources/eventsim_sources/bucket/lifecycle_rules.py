"""May a bucket have these lifecycle rules? What S3 refuses to keep, and how what it keeps is completed; pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from eventsim import ApiError
from eventsim_sources.bucket.errors import invalid_argument, invalid_request, malformed_xml
from eventsim_sources.bucket.lifetime import LEAST_SIZES, conditions_of, tags_of

RULES_MAX = 1000
"""Rules of one bucket (documented)."""
KEPT_VERSIONS_MAX = 100
"""Versions that a rule keeps though they are not current (documented)."""
_ID_LENGTH_MAX = 255
_DAYS_MIN = {"STANDARD_IA": 30, "ONEZONE_IA": 30}
"""Storage class → the least age at which an object may move there (documented)."""
_ACTIONS = (
    *("Expiration", "Transitions", "NoncurrentVersionTransitions", "NoncurrentVersionExpiration"),
    "AbortIncompleteMultipartUpload",
)


def checked_configuration(
    rules: Sequence[Mapping[str, Any]], new_id: Callable[[], str], *, least_size: str = LEAST_SIZES[0]
) -> dict[str, Any]:
    """Return a lifecycle configuration as it is kept.

    Args:
        new_id: gives ids to rules that have none.
        least_size: how small an object may be that moves to another storage class.

    Raises:
        ApiError: S3 would refuse it; its words are from error reports of users (unconfirmed).
    """
    if least_size not in LEAST_SIZES:
        raise invalid_request(f"Invalid TransitionDefaultMinimumObjectSize found: {least_size}")
    return {"Rules": _checked_rules(rules, new_id), "TransitionDefaultMinimumObjectSize": least_size}


def _checked_rules(rules: Sequence[Mapping[str, Any]], new_id: Callable[[], str]) -> list[dict[str, Any]]:
    """Return the rules as they are kept, each with an id."""
    if not 1 <= len(rules) <= RULES_MAX:
        raise malformed_xml()
    kept = [dict(rule) if rule.get("ID") else {"ID": new_id(), **rule} for rule in rules]
    for rule in kept:
        _check_rule(rule)
    ids = [rule["ID"] for rule in kept]
    if len(set(ids)) < len(ids):
        repeated = next(each for each in ids if ids.count(each) > 1)
        raise invalid_argument("Rule ID must be unique. Found same ID for more than one rule", "ID", repeated)
    return kept


def _check_rule(rule: Mapping[str, Any]) -> None:
    if len(rule["ID"]) > _ID_LENGTH_MAX:
        raise invalid_argument(f"ID length should not exceed allowed limit of {_ID_LENGTH_MAX}", "ID", rule["ID"])
    if ("Prefix" in rule) == ("Filter" in rule):
        raise malformed_xml()
    _check_filter(rule)
    if not any(rule.get(action) for action in _ACTIONS):
        raise invalid_request("At least one action needs to be specified in a rule")
    _check_expiration(rule.get("Expiration") or {})
    _check_transitions(rule)
    for action, member in (
        ("NoncurrentVersionExpiration", "NoncurrentDays"),
        ("AbortIncompleteMultipartUpload", "DaysAfterInitiation"),
    ):
        if action in rule:
            if member not in rule[action]:
                raise malformed_xml()
            _check_positive(rule[action][member], member, action)
    _check_kept_versions(rule)


def _check_filter(rule: Mapping[str, Any]) -> None:
    """See that a filter has one condition, or several within `And`, and none that an action cannot have."""
    conditions = rule.get("Filter") or {}
    given = conditions_of(rule)
    tags = tags_of(given)
    is_alone = len(tags) + len(given.keys() - {"Tag", "Tags"}) < 2
    if len(conditions) > 1 or ("And" in conditions and is_alone):
        raise malformed_xml()
    if len({tag["Key"] for tag in tags}) < len(tags):
        raise invalid_request("Duplicate Tag Keys are not allowed.")
    if "ObjectSizeLessThan" in given and given["ObjectSizeLessThan"] <= given.get("ObjectSizeGreaterThan", 0):
        raise invalid_request("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.")
    if tags and "AbortIncompleteMultipartUpload" in rule:
        raise invalid_request("AbortIncompleteMultipartUpload cannot be specified with Tags.")
    if tags and "ExpiredObjectDeleteMarker" in (rule.get("Expiration") or {}):
        raise invalid_request("ExpiredObjectDeleteMarker cannot be specified with Tags.")


def _check_expiration(expiration: Mapping[str, Any]) -> None:
    if len(expiration) > 1:
        raise malformed_xml()
    _check_positive(expiration.get("Days"), "Days", "Expiration")
    _check_date(expiration.get("Date"))


def _check_transitions(rule: Mapping[str, Any]) -> None:
    """See that each transition is one, that they go together, and that the object is still there by then."""
    transitions = rule.get("Transitions") or ()
    for transition in transitions:
        if ("Days" in transition) == ("Date" in transition) or "StorageClass" not in transition:
            raise malformed_xml()
        _check_days(transition, "Days", "Transition")
        _check_date(transition.get("Date"))
    for transition in rule.get("NoncurrentVersionTransitions") or ():
        if not {"NoncurrentDays", "StorageClass"} <= transition.keys():
            raise malformed_xml()
        _check_days(transition, "NoncurrentDays", "NoncurrentVersionTransition")
    if len({transition["StorageClass"] for transition in transitions}) < len(transitions):
        raise invalid_request(
            f"'StorageClass' must be different for 'Transition' actions in same 'Rule' with {_named(rule)}"
        )
    expiration = rule.get("Expiration") or {}
    members = {member for each in (*transitions, expiration) for member in ("Days", "Date") if member in each}
    if transitions and len(members) > 1:
        message = "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for "
        raise invalid_request(message + _named(rule))
    for member in members & expiration.keys():
        if any(expiration[member] <= transition[member] for transition in transitions):
            raise invalid_argument(
                f"'{member}' in the Expiration action for {_named(rule)} must be greater than '{member}' in the "
                "Transition action",
                member,
                expiration[member],
            )


def _check_kept_versions(rule: Mapping[str, Any]) -> None:
    """See that a rule that keeps some versions keeps a number of them that S3 knows, and says of which objects."""
    actions = [rule.get("NoncurrentVersionExpiration") or {}, *(rule.get("NoncurrentVersionTransitions") or ())]
    for count in (each["NewerNoncurrentVersions"] for each in actions if "NewerNoncurrentVersions" in each):
        if "Filter" not in rule:  # documented; the words are unconfirmed
            raise invalid_request("Filter must be specified when NewerNoncurrentVersions is specified.")
        if not 1 <= count <= KEPT_VERSIONS_MAX:
            message = f"'NewerNoncurrentVersions' must be an integer between 1 and {KEPT_VERSIONS_MAX}"
            raise invalid_argument(message, "NewerNoncurrentVersions", count)


def _check_days(transition: Mapping[str, Any], member: str, action: str) -> None:
    days, least = transition.get(member), _DAYS_MIN.get(transition.get("StorageClass", ""), 0)
    if days is None:
        return
    if days < 0:
        raise invalid_argument(f"'{member}' in {action} action must be nonnegative", member, days)
    if days < least:
        message = f"'{member}' in {action} action must be greater than or equal to {least} for "
        raise invalid_argument(f"{message}storageClass '{transition['StorageClass']}'", member, days)


def _check_positive(value: int | None, member: str, action: str) -> None:
    if value is not None and value <= 0:
        raise invalid_argument(f"'{member}' for {action} action must be a positive integer", member, value)


def _check_date(date: datetime | None) -> None:
    if date is not None and date.astimezone(UTC).time() != datetime.min.time():
        raise ApiError("InvalidArgument", "'Date' must be at midnight GMT")


def _named(rule: Mapping[str, Any]) -> str:
    """Return a rule as errors name it: by its prefix."""
    if "Prefix" in rule:
        return f"prefix '{rule['Prefix']}'"
    return f"filter '(prefix={conditions_of(rule).get('Prefix', '')})'"
