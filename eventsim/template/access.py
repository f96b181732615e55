"""Who sends to a queue or a topic that would not let it in? AWS drops such messages, and tells nobody.

Unless permissions are enforced, a queue or topic without any policy takes everything here, so that a few lines are
enough to begin with; a template that shall be deployed must have one.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from eventsim.permissions.role import Permissions
from eventsim.template.stack import Stack, StackResource

_POLICIES: Final[Mapping[str, tuple[str, str]]] = {
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues"),
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics"),
}
"""Type of a resource that lets others in by a policy → the type of that policy, and the property that names it."""


def tell_of_missing_policies(stack: Stack, permissions: Permissions) -> None:
    """Note every rule, topic and bucket that sends to a queue or topic of its stack which has no policy."""
    here = "nor may it here" if permissions == "enforced" else "here it may"
    closed = _without_policy(stack)
    for resource in stack.resources.values():
        for arn in dict.fromkeys(_receivers(resource)):
            receiver = closed.get(arn)
            if receiver is not None:
                policy, _ = _POLICIES[receiver.declared.type]
                stack.notes.add(
                    f"{resource.logical_id}: on AWS it may not send to {receiver.logical_id}, which has no {policy}; "
                    f"{here}"
                )


def _without_policy(stack: Stack) -> dict[str, StackResource]:
    """Return the queues and topics that no policy of the stack names, by ARN."""
    named = {
        each
        for resource in stack.resources.values()
        for policy, property_name in _POLICIES.values()
        if resource.declared.type == policy
        for each in _items(resource.properties.get(property_name))
    }
    found = {}
    for resource in stack.resources.values():
        made = resource.made
        if made is not None and resource.declared.type in _POLICIES and made.reference not in named:
            found[str(made.attributes.get("Arn") or made.reference)] = resource
    return found


def _receivers(resource: StackResource) -> Iterator[str]:
    """Yield the ARNs of those to whom a resource sends in its own name; schedules, pipes and the like have a role."""
    given = resource.properties
    match resource.declared.type:
        case "AWS::Events::Rule":
            for target in _items(given.get("Targets")):
                if not target.get("RoleArn"):
                    yield str(target.get("Arn"))
                yield str((target.get("DeadLetterConfig") or {}).get("Arn"))
        case "AWS::SNS::Subscription":
            yield from _of_subscription(given)
        case "AWS::SNS::Topic":
            for each in _items(given.get("Subscription")):
                yield from _of_subscription(each)
        case "AWS::S3::Bucket":
            told = given.get("NotificationConfiguration") or {}
            yield from (str(each.get("Queue")) for each in _items(told.get("QueueConfigurations")))
            yield from (str(each.get("Topic")) for each in _items(told.get("TopicConfigurations")))


def _of_subscription(given: Mapping[str, Any]) -> Iterator[str]:
    if given.get("Protocol") == "sqs":
        yield str(given.get("Endpoint"))
    redrive = given.get("RedrivePolicy")
    if isinstance(redrive, Mapping):
        yield str(redrive.get("deadLetterTargetArn"))


def _items(given: object) -> list[Any]:
    return given if isinstance(given, list) else []
