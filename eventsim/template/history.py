"""What became of a stack, step by step? Its status and those of its resources, each with an event and a reason."""

import json
from collections.abc import Mapping
from typing import Any

from eventsim.template.kept import StackBook
from eventsim.template.refused import words_of
from eventsim.template.site import Ground
from eventsim.template.stack import Stack, StackEvent, StackResource, Stacks

STACK_TYPE = "AWS::CloudFormation::Stack"
BY_USER = "User Initiated"
INITIATED = "Resource creation Initiated"
REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."
_SINGULAR = {"buses": "bus"}
_HIDDEN = "****"


class History:
    """Tells what becomes of one stack while something is done to it.

    Args:
        token: by which a client recognises the events of its request, "".

    Attributes:
        failed: logical ids of what failed so far, by what was done to it: `create`, `update`.
        cause: why the stack fails though no resource does.
    """

    def __init__(self, ground: Ground, stack: Stack, token: str) -> None:
        self._ground = ground
        self._stack = stack
        self._token = token
        self.failed: dict[str, list[str]] = {}
        self.cause = ""
        self._made_kind = ground.trace.kind("deployed", "{subject} was deployed as {place}")
        self._book = ground.share(StackBook)
        self._stacks = ground.share(Stacks)
        self._event_id = ground.chance.uuids("stack event", stack.identifier, len(stack.events))
        self._request_id = ground.chance.uuids("resource handler", stack.identifier, len(stack.events))

    def mark_stack(self, status: str, reason: str = "") -> None:
        """Tell what becomes of the stack; a status has its own reason, or none."""
        stack = self._stack
        stack.status, stack.reason = status, reason
        self._book.keep(stack)  # before its event, which belongs to it
        self._tell(stack.name, stack.identifier, STACK_TYPE, status, reason)

    def mark(self, resource: StackResource, status: str, reason: str = "") -> None:
        """Tell what becomes of a resource."""
        resource.status, resource.reason = status, reason
        verb, _, how = status.rpartition("_")
        if how == "FAILED":
            self.failed.setdefault(verb.lower(), []).append(resource.logical_id)
        resource.changed_us = self._ground.clock.now_us
        self._book.keep_resource(self._stack, resource)
        self._tell(
            resource.logical_id,
            resource.physical_id,
            resource.declared.type,
            status,
            reason,
            self._shown(resource.properties),
        )

    def mark_failed(self, resource: StackResource, verb: str, error: Exception) -> None:
        """Tell that a resource failed, and why, as CloudFormation says it.

        Args:
            verb: what was done to it: `CREATE`, `UPDATE`, `DELETE`.
        """
        self.mark(resource, f"{verb}_FAILED", self.words_of(error, resource))

    def words_of(self, error: Exception, resource: StackResource) -> str:
        """Return why a resource failed, as CloudFormation says it."""
        return words_of(error, resource, self._request_id)

    def failure(self) -> str:
        """Return why a stack failed, as CloudFormation says it."""
        told = [
            f"The following resource(s) failed to {verb}: [{', '.join(self.failed[verb])}]. "
            for verb in ("create", "update")
            if verb in self.failed
        ]
        return "".join(told) or f"{self.cause} "

    def record_deployed(self, resource: StackResource) -> None:
        """Record what a resource of the template is in the world."""
        trace = self._ground.trace
        subject = trace.subject("resource", resource.logical_id)
        section, name = (resource.made.place if resource.made else None) or ("", resource.physical_id)
        place = trace.subject(_SINGULAR.get(section, section.removesuffix("s").replace("_", " ")) or "resource", name)
        detail = {"type": resource.declared.type, "stack": self._stack.name, "physical_id": resource.physical_id}
        trace.record(self._made_kind, subject, place, 0, detail=detail)

    def _shown(self, properties: Mapping[str, Any]) -> str:
        """Return properties as events show them: what a secret parameter says is hidden."""
        text = json.dumps(properties, default=str)
        for parameter in self._stack.parameters.values():
            if parameter.is_secret and parameter.given:
                text = text.replace(json.dumps(parameter.given)[1:-1], _HIDDEN)
        return text

    def _tell(
        self, logical_id: str, physical_id: str, kind: str, status: str, reason: str, properties: str = ""
    ) -> None:
        event = StackEvent(
            identifier=f"{logical_id}-{self._event_id()}" if properties else self._event_id(),
            logical_id=logical_id,
            physical_id=physical_id,
            type=kind,
            status=status,
            reason=reason,
            at_us=self._ground.clock.now_us,
            token=self._token,
            properties=properties,
        )
        self._stack.events.append(event)
        self._stacks.change_count += 1
        self._book.keep_event(self._stack, event)
