"""Who is told of what happens in a bucket? S3's notification configuration: its form, rules and matches; pure.

A configuration is a list of rules; a rule names a destination, events, and at most one prefix and one suffix of keys.
Two rules for the same event must be separable by their prefixes or by their suffixes, so that an event never goes to
two destinations.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Literal

from msgspec import Struct

from eventsim import ApiError
from eventsim_sources.bucket.errors import invalid_argument, malformed_xml

DestinationKind = Literal["Queue", "Topic", "CloudFunction"]
"""The kinds of destination, by the names that S3's errors give them."""

RULES_MAX = 100
"""Most rules of one bucket (documented)."""

FILTER_VALUE_LENGTH_MAX = 1024
"""Longest prefix or suffix (documented)."""

_MEMBERS: Mapping[DestinationKind, tuple[str, str, str]] = {
    "Topic": ("TopicConfigurations", "TopicArn", "sns"),
    "Queue": ("QueueConfigurations", "QueueArn", "sqs"),
    "CloudFunction": ("LambdaFunctionConfigurations", "LambdaFunctionArn", "lambda"),
}
_GROUPS: Mapping[str, tuple[str, ...]] = {
    "s3:ObjectCreated": ("Put", "Post", "Copy", "CompleteMultipartUpload"),
    "s3:ObjectRemoved": ("Delete", "DeleteMarkerCreated"),
    "s3:ObjectRestore": ("Post", "Completed", "Delete"),
    "s3:Replication": (
        "OperationFailedReplication",
        "OperationNotTracked",
        "OperationMissedThreshold",
        "OperationReplicatedAfterThreshold",
    ),
    "s3:LifecycleExpiration": ("Delete", "DeleteMarkerCreated"),
    "s3:ObjectTagging": ("Put", "Delete"),
    "s3:ObjectAnnotation": ("Put", "Delete"),
    "s3:ObjectAcl": ("Put",),
    "s3:ObjectRetention": ("Put",),
}
_SINGLES = ("s3:ReducedRedundancyLostObject", "s3:LifecycleTransition", "s3:IntelligentTiering")
_NO_GROUP = {"s3:ObjectAcl", "s3:ObjectRetention"}
_EVENTS_BY_NAME: Mapping[str, frozenset[str]] = {
    **{name: frozenset({name}) for name in _SINGLES},
    **{f"{group}:{each}": frozenset({f"{group}:{each}"}) for group, members in _GROUPS.items() for each in members},
    **{
        f"{group}:*": frozenset(f"{group}:{each}" for each in members)
        for group, members in _GROUPS.items()
        if group not in _NO_GROUP
    },
}
"""Every name that a rule may list → the events that it means."""

_ARN = re.compile(r"arn:[a-z0-9-]+:([a-z0-9-]+):[a-z0-9-]*:[0-9]*:.+")


class NotificationRule(Struct, frozen=True, kw_only=True):
    """One destination, and of what it is told.

    Attributes:
        events: as listed, such as `s3:ObjectCreated:*`.
        prefix: what keys must begin with, None if nothing was said.
        suffix: what keys must end with, None if nothing was said.
    """

    id: str
    kind: DestinationKind
    arn: str
    events: tuple[str, ...]
    prefix: str | None = None
    suffix: str | None = None

    @property
    def destination(self) -> str:
        """The destination as a story names it: `queue uploads`."""
        if self.kind == "CloudFunction":
            return f"function {self.arn.rpartition(':function:')[2]}"
        return f"{self.kind.lower()} {self.arn.rpartition(':')[2]}"

    @property
    def event_set(self) -> frozenset[str]:
        """The events meant by the names, without `*`."""
        return frozenset().union(*(_EVENTS_BY_NAME[name] for name in self.events))

    def why_not(self, event: str, key: str) -> str | None:
        """Return why this rule does not tell of an event, None if it does.

        Args:
            event: in full, such as `s3:ObjectCreated:Put`.
            key: as it is, not encoded.
        """
        if not any(event in _EVENTS_BY_NAME[name] for name in self.events):
            return f"it tells of {', '.join(self.events)}, not of {event}"
        if self.prefix and not key.startswith(self.prefix):
            return f"prefix {self.prefix!r} does not match"
        if self.suffix and not key.endswith(self.suffix):
            return f"suffix {self.suffix!r} does not match"
        return None


def parse_rules(configuration: Mapping[str, Any], new_id: Callable[[], str]) -> tuple[NotificationRule, ...]:
    """Read the rules of a `NotificationConfiguration` in botocore's shape.

    Args:
        new_id: gives ids to rules that have none.

    Raises:
        ApiError: any part of it is wrong; nothing of it counts then.
    """
    rules = tuple(_parse(configuration, new_id))
    if len(rules) > RULES_MAX:
        message = f"The number of notification configurations must not exceed {RULES_MAX}"  # unconfirmed words
        raise invalid_argument(message, "NotificationConfiguration", len(rules))
    given = [
        each["Id"] for member, _, _ in _MEMBERS.values() for each in configuration.get(member, ()) if each.get("Id")
    ]
    if len(set(given)) < len(given):
        message = "Same ID used for multiple configurations. IDs must be unique"  # unconfirmed words
        raise ApiError("InvalidArgument", message)
    check_overlap(rules)
    return rules


def check_overlap(rules: Sequence[NotificationRule]) -> None:
    """See that no event can go to two destinations.

    Raises:
        ApiError: two rules share an event, and neither their prefixes nor their suffixes keep them apart.
    """
    for one, other in combinations(rules, 2):
        if not one.event_set & other.event_set:
            continue
        prefixes, suffixes = (one.prefix or "", other.prefix or ""), (one.suffix or "", other.suffix or "")
        if not any(prefixes) and not any(suffixes):
            raise ApiError(  # unconfirmed: which of the two messages AWS gives here
                "InvalidArgument",
                "Configurations overlap. Configurations on the same bucket cannot share a common event type.",
            )
        is_prefix_shared = prefixes[0].startswith(prefixes[1]) or prefixes[1].startswith(prefixes[0])
        is_suffix_shared = suffixes[0].endswith(suffixes[1]) or suffixes[1].endswith(suffixes[0])
        if is_prefix_shared and is_suffix_shared:
            raise ApiError(
                "InvalidArgument",
                "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes "
                "are overlapping for the same event type.",
            )


def check_destinations(
    rules: Sequence[NotificationRule], exists: Callable[[str], bool], lets_in: Callable[[str], bool]
) -> None:
    """See that S3 can reach every destination.

    Args:
        exists: whether somebody has this ARN.
        lets_in: whether a destination takes what the bucket sends.

    Raises:
        ApiError: it names each destination that is missing or refused.
    """
    problems = []
    for rule in rules:
        problem = _problem(rule, exists, lets_in)
        if problem is not None:
            problems.append((f"{rule.arn}, null" if rule.kind == "CloudFunction" else rule.arn, problem))
    if problems:
        fields = {}
        for number, (arn, problem) in enumerate(problems, 1):
            fields[f"ArgumentName{number}"] = arn
            fields[f"ArgumentValue{number}"] = problem
        raise ApiError("InvalidArgument", "Unable to validate the following destination configurations", fields=fields)


def render_rules(rules: Sequence[NotificationRule]) -> dict[str, Any]:
    """Return the rules in the shape in which they are asked for and read back."""
    configuration: dict[str, Any] = {}
    for rule in rules:
        member, arn_name, _ = _MEMBERS[rule.kind]
        rendered: dict[str, Any] = {"Id": rule.id, arn_name: rule.arn, "Events": list(rule.events)}
        filter_rules = [
            {"Name": name, "Value": value}
            for name, value in (("Prefix", rule.prefix), ("Suffix", rule.suffix))
            if value is not None
        ]
        if filter_rules:
            rendered["Filter"] = {"Key": {"FilterRules": filter_rules}}
        configuration.setdefault(member, []).append(rendered)
    return configuration


def _parse(configuration: Mapping[str, Any], new_id: Callable[[], str]) -> Iterator[NotificationRule]:
    for kind, (member, arn_name, service) in _MEMBERS.items():
        for each in configuration.get(member, ()):
            arn = each[arn_name]
            found = _ARN.fullmatch(arn)
            if found is None or found[1] != service:
                raise invalid_argument("The ARN could not be parsed", kind, arn)
    for kind, (member, arn_name, _) in _MEMBERS.items():
        for each in configuration.get(member, ()):
            prefix, suffix = _parse_filter(each.get("Filter", {}).get("Key", {}).get("FilterRules", ()))
            yield NotificationRule(
                id=each.get("Id") or new_id(),
                kind=kind,
                arn=each[arn_name],
                events=_parse_events(each["Events"]),
                prefix=prefix,
                suffix=suffix,
            )


def _parse_events(names: Sequence[str]) -> tuple[str, ...]:
    if not names:
        raise malformed_xml()
    for name in names:
        if name not in _EVENTS_BY_NAME:
            raise invalid_argument("The event is not supported for notifications", "Event", name)  # unconfirmed words
    return tuple(names)


def _parse_filter(filter_rules: Sequence[Mapping[str, str]]) -> tuple[str | None, str | None]:
    values: dict[str, str] = {}
    for each in filter_rules:
        name, value = each.get("Name", "").lower(), each.get("Value", "")
        if name not in {"prefix", "suffix"}:
            message = "filter rule name must be either prefix or suffix"
            raise invalid_argument(message, "FilterRule.Name", each.get("Name", ""))
        if name in values:  # unconfirmed words
            message = f"Cannot specify more than one {name} rule in a filter."
            raise invalid_argument(message, "FilterRule.Name", each["Name"])
        if len(value) > FILTER_VALUE_LENGTH_MAX:  # unconfirmed words
            message = f"Size of filter rule value cannot exceed {FILTER_VALUE_LENGTH_MAX} bytes in UTF-8"
            raise invalid_argument(message, "FilterRule.Value", value)
        values[name] = value
    return values.get("prefix"), values.get("suffix")


def _problem(rule: NotificationRule, exists: Callable[[str], bool], lets_in: Callable[[str], bool]) -> str | None:
    if rule.kind == "CloudFunction":
        may_invoke = exists(rule.arn) and lets_in(rule.arn)
        return None if may_invoke else f"Not authorized to invoke function [{rule.arn}]"
    kind = rule.kind.lower()
    if rule.arn.endswith(".fifo"):
        return f"FIFO {kind}s are not supported"  # unconfirmed words; that they are refused is documented
    if not exists(rule.arn):
        return f"The destination {kind} does not exist"
    if not lets_in(rule.arn):
        return f"Permissions on the destination {kind} do not allow S3 to publish notifications from this bucket"
    return None
