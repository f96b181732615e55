"""Roles of a stack, for tests of what they may do."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from eventsim import SyncSimulation

SERVICES = ("events", "firehose", "scheduler", "states")
"""Services that a role trusts unless a test says otherwise."""


def make_role(
    world: SyncSimulation,
    name: str,
    actions: Mapping[str, str | Sequence[str]],
    *,
    trusts: Sequence[str] = SERVICES,
) -> str:
    """Make a role that the account and services trust, and return its ARN.

    Args:
        actions: action → the resources on which it is allowed.
    """
    statements = [
        {"Effect": "Allow", "Action": action, "Resource": resource if isinstance(resource, str) else list(resource)}
        for action, resource in actions.items()
    ]
    policies = [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}]
    services = [f"{each}.amazonaws.com" for each in trusts]
    principals = {"AWS": "arn:aws:iam::123456789012:root", "Service": services}
    trust = {"Effect": "Allow", "Principal": principals, "Action": "sts:AssumeRole"}
    trusted = {"Version": "2012-10-17", "Statement": [trust]}
    properties = {"RoleName": name, "AssumeRolePolicyDocument": trusted, "Policies": policies if statements else []}
    template = {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}}
    parameters = {"StackName": name, "TemplateBody": json.dumps(template), "Capabilities": ["CAPABILITY_NAMED_IAM"]}
    world.request("cloudformation", "CreateStack", parameters)
    world.until_idle()
    return f"arn:aws:iam::123456789012:role/{name}"


def missing(world: SyncSimulation) -> list[tuple[Any, Any]]:
    """Return what the trace tells of as missing: actions and resources."""
    return [(each.detail["action"], each.detail["resource"]) for each in world.trace.entries(("permission missing",))]


def unknown(world: SyncSimulation) -> list[Any]:
    """Return what the trace tells of roles that are not checked."""
    return [each.detail["reason"] for each in world.trace.entries(("permissions unknown",))]
