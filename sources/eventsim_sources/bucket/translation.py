"""What does a scenario say of a bucket in the words of S3's API? Settings in botocore's shape."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from eventsim import ConfigurationError, World
from eventsim_sources.arns import arn_of
from eventsim_sources.bucket.spec import LifecycleSpec, NotificationSpec


def notification_configuration(notifications: Sequence[NotificationSpec], world: World) -> dict[str, Any]:
    """Return the notification configuration of a bucket.

    Raises:
        ConfigurationError: a notification goes nowhere, or to two places.
    """
    configuration: dict[str, Any] = {}
    for index, each in enumerate(notifications):
        match each.function, each.queue, each.topic:
            case str(function), None, None:
                arn = arn_of(world, "function", function)
                member, destination = "LambdaFunctionConfigurations", {"LambdaFunctionArn": arn}
            case None, str(queue), None:
                member, destination = "QueueConfigurations", {"QueueArn": arn_of(world, "queue", queue)}
            case None, None, str(topic):
                member, destination = "TopicConfigurations", {"TopicArn": arn_of(world, "topic", topic)}
            case _:
                raise ConfigurationError(
                    "a notification goes to one place: name either `function`, `queue` or `topic`",
                    key=f"notifications.{index}",
                )
        configuration.setdefault(member, []).append({**destination, **_conditions(each)})
    return configuration


def _conditions(spec: NotificationSpec) -> dict[str, Any]:
    filter_rules = [
        {"Name": name, "Value": value}
        for name, value in (("Prefix", spec.prefix), ("Suffix", spec.suffix))
        if value is not None
    ]
    return {
        "Events": [event if event.startswith("s3:") else f"s3:{event}" for event in spec.events],
        **({"Filter": {"Key": {"FilterRules": filter_rules}}} if filter_rules else {}),
        **({"Id": spec.id} if spec.id is not None else {}),
    }


def lifecycle_rules(rules: Sequence[LifecycleSpec]) -> list[dict[str, Any]]:
    """Return the lifecycle rules of a bucket.

    Raises:
        ConfigurationError: a rule says when in two ways, or does nothing.
    """
    return [_lifecycle_rule(rule, f"lifecycle.{index}") for index, rule in enumerate(rules)]


def _lifecycle_rule(rule: LifecycleSpec, key: str) -> dict[str, Any]:
    ends = [rule.expire_days is not None, rule.expire_date is not None, rule.remove_lone_markers]
    if sum(ends) > 1:
        raise ConfigurationError(
            "a rule has one of `expire_days`, `expire_date` and `remove_lone_markers`; make it two rules", key=key
        )
    if rule.noncurrent_keep is not None and rule.noncurrent_expire_days is None:
        raise ConfigurationError(
            "`noncurrent_keep` needs `noncurrent_expire_days`: the age at which versions go that are not kept", key=key
        )
    for index, each in enumerate(rule.transitions):
        if (each.days is None) == (each.date is None):
            text = "a transition has either `days` or `date`"
            raise ConfigurationError(text, key=f"{key}.transitions.{index}")
    members = {
        "ID": rule.id,
        "Status": "Enabled",
        "Filter": _filter(rule),
        "Expiration": _expiration(rule),
        "NoncurrentVersionExpiration": _said(
            NoncurrentDays=rule.noncurrent_expire_days, NewerNoncurrentVersions=rule.noncurrent_keep
        ),
        "AbortIncompleteMultipartUpload": _said(DaysAfterInitiation=rule.abort_upload_days),
        "Transitions": [
            _said(Days=each.days, Date=_midnight(each.date), StorageClass=each.storage_class)
            for each in rule.transitions
        ],
        "NoncurrentVersionTransitions": [
            _said(NoncurrentDays=each.days, NewerNoncurrentVersions=each.keep, StorageClass=each.storage_class)
            for each in rule.noncurrent_transitions
        ],
    }
    return {name: value for name, value in members.items() if value or name == "Filter"}


def _expiration(rule: LifecycleSpec) -> dict[str, Any]:
    if rule.remove_lone_markers:
        return {"ExpiredObjectDeleteMarker": True}
    return _said(Days=rule.expire_days, Date=_midnight(rule.expire_date))


def _filter(rule: LifecycleSpec) -> dict[str, Any]:
    """Return which objects a rule is for: one condition by itself, several within `And`."""
    conditions = _said(
        Prefix=rule.prefix, ObjectSizeGreaterThan=rule.larger_than_bytes, ObjectSizeLessThan=rule.smaller_than_bytes
    )
    tags = [{"Key": key, "Value": value} for key, value in rule.tags.items()]
    if len(tags) + len(conditions) > 1:
        return {"And": {**conditions, **({"Tags": tags} if tags else {})}}
    return {"Tag": tags[0]} if tags else conditions


def _said(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)
