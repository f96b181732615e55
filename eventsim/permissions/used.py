"""What have calls needed? Summed up by role: the least that each must be allowed, as a policy that IAM takes."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from eventsim.permissions.need import Need
from eventsim.permissions.role import Principal

OBJECTS_MAX: Final = 100
"""Objects of a bucket beyond which a policy names them all by `*`: nobody could attach one that names each."""

_ARN: Final = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+", re.DOTALL)
_OBJECT: Final = re.compile(r"(arn:[^:]+:s3:::[^/]+/).+", re.DOTALL)


class Used:
    """What was needed in one world, by whoever: the ARN of a function, or of a role of others."""

    def __init__(self) -> None:
        self._needs: dict[str, dict[tuple[str, str], None]] = {}
        self._object_counts: dict[tuple[str, str, str], int] = {}
        """Of those that are named: by role, action and bucket."""

    def note(self, principal: Principal, needs: Iterable[Need]) -> None:
        """Take down what a call of somebody needs."""
        name = principal.function_arn or principal.role_arn
        for need in needs:
            resource = need.resource if need.resource.startswith("arn:") else "*"  # a telephone number is no resource
            if resource != "*" and not _ARN.fullmatch(resource):
                continue  # a call that leads nowhere, by whichever policy
            known = self._needs.setdefault(name, {})
            if (need.action, resource) not in known:
                known[need.action, self._named(name, need.action, resource)] = None

    def needs(self) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield who needs which action on which resource."""
        for name, needs in self._needs.items():
            for need in needs:
                yield name, need

    def _named(self, name: str, action: str, resource: str) -> str:
        """Return as what a policy names a resource; of too many objects it names all that are in their bucket."""
        an_object = _OBJECT.fullmatch(resource)
        if an_object is None:
            return resource
        bucket, known = an_object[1], self._needs[name]
        count = self._object_counts.get((name, action, bucket), 0)
        if count < OBJECTS_MAX:
            self._object_counts[name, action, bucket] = count + 1
            return resource
        if (action, f"{bucket}*") not in known:
            for each in [each for each in known if each[0] == action and each[1].startswith(bucket)]:
                del known[each]
        return f"{bucket}*"


def least_policies(worlds: Iterable[Used], name_of: Callable[[str], str]) -> Mapping[str, Mapping[str, Any]]:
    """Return the least policy of every function, or role of others, by name.

    Args:
        worlds: what was needed in each world of a run.
        name_of: returns what to call a function or a role by its ARN.
    """
    by_name: dict[str, dict[tuple[str, str], None]] = {}
    for used in worlds:
        for arn, need in used.needs():
            by_name.setdefault(name_of(arn), {})[need] = None
    return {name: _document(needs) for name, needs in sorted(by_name.items())}


def _document(needs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return a policy: one statement for all resources that need the same actions of one service."""
    by_resource: dict[str, list[str]] = {}
    for action, resource in sorted(needs):
        by_resource.setdefault(resource, []).append(action)
    by_actions: dict[tuple[str, ...], list[str]] = {}
    for resource, actions in by_resource.items():
        by_actions.setdefault(tuple(actions), []).append(resource)
    statements = [
        {"Effect": "Allow", "Action": list(actions), "Resource": resources}
        for actions, resources in sorted(by_actions.items())
    ]
    return {"Version": "2012-10-17", "Statement": statements}
