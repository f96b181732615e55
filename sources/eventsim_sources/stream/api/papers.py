"""What is kept of streams and consumers and given back? Tags and resource policies."""

import re
from collections.abc import Mapping
from typing import Any, Final

from eventsim import Request, Result, load_json, policy_fault
from eventsim_sources.parameters import listed, mapping, number, text
from eventsim_sources.stream import errors
from eventsim_sources.stream.api.directory import Directory
from eventsim_sources.stream.consumer import Consumer
from eventsim_sources.stream.limits import LIST_TAGS_MAX, TAGS_MAX
from eventsim_sources.stream.source import Stream

_UNTAGGABLE: Final = re.compile(r"[^\w\s.:/=+%@-]")
"""What stands in no tag; colons stand in those that AWS itself sets."""


def check_tags(what: object, tags: Mapping[str, str]) -> None:
    """See that something may have these tags.

    Raises:
        ApiError: they are too many, or hold characters that no tag has.
    """
    if any(_UNTAGGABLE.search(part) for pair in tags.items() for part in pair):
        raise errors.argument_invalid(
            "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, "
            "_ . / = + - % @."
        )
    if len(tags) > TAGS_MAX:
        raise errors.argument_invalid(
            f"Failed to add tags to {what} because it cannot have more than {TAGS_MAX} tags associated with it."
        )


def add_tags_to_stream(directory: Directory, request: Request) -> Result:
    """Set tags; a repeated key overwrites."""
    return _tag(directory.of(request), mapping(request, "Tags"))


def tag_resource(directory: Directory, request: Request) -> Result:
    """Set tags of a stream or a consumer."""
    return _tag(directory.resource(request), mapping(request, "Tags"))


def _tag(resource: Stream | Consumer, tags: Mapping[str, str]) -> Result:
    together = {**resource.tags, **tags}
    check_tags(resource.arn, together)
    resource.retag(together)
    return {}


def remove_tags_from_stream(directory: Directory, request: Request) -> Result:
    """Take tags away; an absent key is no error."""
    return _untag(directory.of(request), listed(request, "TagKeys"))


def untag_resource(directory: Directory, request: Request) -> Result:
    """Take tags of a stream or a consumer away."""
    return _untag(directory.resource(request), listed(request, "TagKeys"))


def _untag(resource: Stream | Consumer, keys: list[str]) -> Result:
    resource.retag({key: value for key, value in resource.tags.items() if key not in keys})
    return {}


def list_tags_for_stream(directory: Directory, request: Request) -> Result:
    """List the tags by key, fifty at a time."""
    stream = directory.of(request)
    after = text(request, "ExclusiveStartTagKey")
    limit = number(request, "Limit") or LIST_TAGS_MAX
    found = [tag for tag in _told(stream.tags) if tag["Key"] > after]
    return {"Tags": found[:limit], "HasMoreTags": len(found) > limit}


def list_tags_for_resource(directory: Directory, request: Request) -> Result:
    """List the tags of a stream or a consumer."""
    return {"Tags": _told(directory.resource(request).tags)}


def _told(tags: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def put_resource_policy(directory: Directory, request: Request) -> Result:
    """Keep a policy (words of refusals are unconfirmed)."""
    resource = directory.resource(request)
    policy = text(request, "Policy")
    try:
        is_object = isinstance(load_json(policy), dict)
    except ValueError:
        is_object = False
    if not is_object:
        raise errors.argument_invalid("The policy is not a valid JSON document.")
    fault = policy_fault(policy)
    if fault:
        raise errors.argument_invalid(f"The policy is not valid: {fault}")
    resource.keep_policy(policy)
    stream = resource.stream if isinstance(resource, Consumer) else resource
    if directory.world.permissions != "enforced":
        stream.journal.inert("Policy", "it is kept and given back; permissions are not enforced", request.entry)
    return {}


def get_resource_policy(directory: Directory, request: Request) -> Result:
    """Return the policy that was put."""
    resource = directory.resource(request)
    if not resource.policy:
        raise errors.missing(f"No resource policy found for resource ARN {resource.arn}.")
    return {"Policy": resource.policy}


def delete_resource_policy(directory: Directory, request: Request) -> Result:
    """Take the policy away."""
    resource = directory.resource(request)
    if not resource.policy:
        raise errors.missing(f"No resource policy found for resource ARN {resource.arn}.")
    resource.keep_policy("")
    return {}
