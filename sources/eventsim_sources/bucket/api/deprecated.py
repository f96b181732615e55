"""The operations that others have replaced: the same settings in the words of earlier days."""

from collections.abc import Mapping
from typing import Any, Final

from eventsim_sources.bucket.api import buckets, settings
from eventsim_sources.bucket.api.call import Call
from eventsim_sources.bucket.errors import malformed_xml

_RENAMED: Final = {"Transition": "Transitions", "NoncurrentVersionTransition": "NoncurrentVersionTransitions"}
"""Member of an old lifecycle rule → its successor, which is a list."""
_DESTINATIONS: Final = {
    "TopicConfiguration": ("TopicConfigurations", "Topic", "TopicArn"),
    "QueueConfiguration": ("QueueConfigurations", "Queue", "QueueArn"),
    "CloudFunctionConfiguration": ("LambdaFunctionConfigurations", "CloudFunction", "LambdaFunctionArn"),
}
"""Old member → its successor, which is a list, and what each calls its destination."""


def put_bucket_lifecycle(call: Call) -> dict[str, Any]:
    """Set lifecycle rules that have a prefix and at most one transition of each kind."""
    rules = (call.get("LifecycleConfiguration") or {}).get("Rules", ())
    call.parameters["LifecycleConfiguration"] = {"Rules": [_rule(rule) for rule in rules]}
    settings.put("BucketLifecycleConfiguration")(call)
    return {}


def get_bucket_lifecycle(call: Call) -> dict[str, Any]:
    """Return the lifecycle rules, as far as the old words go."""
    rules = settings.get("BucketLifecycleConfiguration")(call)["Rules"]
    return {"Rules": [_old_rule(rule) for rule in rules]}


def put_bucket_notification(call: Call) -> dict[str, Any]:
    """Set at most one destination of each kind, without filters."""
    given: Mapping[str, Any] = call.get("NotificationConfiguration") or {}
    configuration = {}
    for old, (new, old_name, new_name) in _DESTINATIONS.items():
        each = given.get(old)
        if each:
            events = each.get("Events") or [event for event in (each.get("Event"),) if event]
            if not events or old_name not in each:
                raise malformed_xml()
            id_ = {"Id": each["Id"]} if "Id" in each else {}
            configuration[new] = [{**id_, "Events": events, new_name: each[old_name]}]
    call.parameters["NotificationConfiguration"] = configuration
    return buckets.put_bucket_notification_configuration(call)


def get_bucket_notification(call: Call) -> dict[str, Any]:
    """Return the first destination of each kind."""
    configuration = buckets.get_bucket_notification_configuration(call)
    answer = {}
    for old, (new, old_name, new_name) in _DESTINATIONS.items():
        for each in configuration.get(new, ())[:1]:
            events = each["Events"]
            answer[old] = {"Id": each["Id"], "Events": events, "Event": events[0], old_name: each[new_name]}
    return answer


def _rule(old: Mapping[str, Any]) -> dict[str, Any]:
    return {_RENAMED.get(name, name): [value] if name in _RENAMED else value for name, value in old.items()}


def _old_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    prefix = rule.get("Prefix", rule.get("Filter", {}).get("Prefix", ""))
    old = {name: value for name, value in rule.items() if name not in ("Filter", *_RENAMED.values())}
    for name, successor in _RENAMED.items():
        for first in rule.get(successor, ())[:1]:
            old[name] = first
    return {**old, "Prefix": prefix}
