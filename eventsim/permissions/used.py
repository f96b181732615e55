"""What have calls needed? Summed up by role: the least that each must be allowed."""

from collections.abc import Iterable, Mapping
from typing import Any

from eventsim.permissions.need import Need
from eventsim.permissions.role import Principal


class Used:
    """What was needed in one run."""

    def __init__(self) -> None:
        self._needs: dict[str, dict[tuple[str, str], None]] = {}

    def note(self, principal: Principal, needs: Iterable[Need]) -> None:
        """Take down what a call of somebody needs."""
        name = principal.function_arn.rpartition(":")[2] or principal.role_name
        known = self._needs.setdefault(name, {})
        for need in needs:
            known[need.action, need.resource or "*"] = None

    def documents(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the least policy of every function, or role of others, by name."""
        return {name: _document(needs) for name, needs in sorted(self._needs.items())}


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
