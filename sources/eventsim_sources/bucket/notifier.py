"""Who is to be told of what happens in a bucket? Its rules, and what they make of it."""

import base64
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from eventsim import Caller, Lineage, World
from eventsim_sources.arns import arn_of
from eventsim_sources.bucket.messenger import Messenger, Notice
from eventsim_sources.bucket.notification import NotificationRule, check_destinations, parse_rules, render_rules
from eventsim_sources.bucket.permission import is_let_in
from eventsim_sources.bucket.record import Happening, bus_event_json, is_told_on_bus, record_json, s3_test_event_json
from eventsim_sources.bucket.version import ObjectVersion, Version

OWNER_ID = "A3NL1KOZZKExample"
"""`ownerIdentity` of every bucket, from AWS's documentation."""

_NO_FAILURE: Final[Mapping[str, str]] = MappingProxyType({})
_USER_ID = "AIDAJDPLRKLG7UEXAMPLE"
_ROLE_ID = "AROAJDPLRKLG7UEXAMPLE"


class Notifier:
    """Records what happens in a bucket, and tells every rule's destination that wants to know.

    Args:
        delay_us: how long a notification is on its way; AWS says "usually seconds" and no more.
    """

    def __init__(self, world: World, bucket: str, region: str, *, delay_us: int = 0) -> None:
        self.rules: tuple[NotificationRule, ...] = ()
        self.tells_bus = False
        """Whether the default bus is told of everything."""
        self._world = world
        self._bucket = bucket
        self._region = region
        self._delay_us = delay_us
        self._bus_arn = arn_of(world, "bus", "default")
        self._sequencer = 0
        self._new_rule_id = world.chance.uuids("bucket", bucket, "notifications")
        self._new_request_id = world.chance.hex_ids(16, "bucket", bucket, "requests")
        self._host_ids = world.chance.stream("bucket", bucket, "hosts")
        self._place = world.trace.subject("bucket", bucket)
        kind = world.trace.kind
        self._happened = {
            "ObjectCreated": kind("object created", "{subject} was written ({event})", value="size_bytes"),
            "ObjectRemoved": kind("object removed", "{subject} was deleted ({event})"),
            "ObjectRestore": kind(
                "object restored", "the restored copy of {subject} is asked for, there or gone ({event})"
            ),
            "ObjectAcl": kind("object opened", "the access control list of {subject} changed ({event})"),
            "ObjectRetention": kind("object retained", "the retention of {subject} changed ({event})"),
            "ObjectAnnotation": kind("object annotated", "the annotations of {subject} changed ({event})"),
            "ObjectTagging": kind("object tagged", "the tags of {subject} changed ({event})"),
            "LifecycleExpiration": kind("object expired", "a lifecycle rule let {subject} go ({event})"),
            "Replication": kind("replication failed", "{subject} was not copied: {reason} ({event})"),
            "LifecycleTransition": kind("object moved", "a lifecycle rule moved {subject} to another class ({event})"),
        }
        self._notified = kind("notified", "{place} told {to} of {subject}")
        self._not_notified = kind("not notified", "{place} did not tell {to} of {subject}, because {reason}")
        self._messenger = world.share(Messenger)

    def tell(
        self, event: str, version: Version, caller: Caller, cause: int, *, failure: Mapping[str, str] = _NO_FAILURE
    ) -> None:
        """Tell of something that happened to an object.

        Args:
            event: without `s3:`, such as `ObjectCreated:Put`.
            cause: the trace entry of the request.
            failure: of a copy that failed, the members that tell of it.
        """
        record = self._world.trace.record
        subject = self._world.trace.subject("object", f"{self._bucket}/{version.key}")
        group = event.partition(":")[0]
        size_bytes = version.size_bytes if group == "ObjectCreated" and isinstance(version, ObjectVersion) else 0
        detail = {"event": event, **({"reason": failure["failureReason"]} if failure else {})}
        entry = record(self._happened[group], subject, self._place, cause, size_bytes, detail)
        happening: Happening | None = None
        for rule in self.rules:
            why_not = rule.why_not(f"s3:{event}", version.key)
            if why_not is not None:
                detail = {"to": rule.destination, "reason": why_not}
                record(self._not_notified, subject, self._place, entry, detail=detail)
                continue
            happening = happening or self._happening(event, version, caller, failure)
            self._send(rule.arn, rule.destination, record_json(happening, rule.id), subject, entry, caller.lineage)
        if self.tells_bus and is_told_on_bus(event):
            happening = happening or self._happening(event, version, caller)
            body = bus_event_json(happening, account_id=self._world.account_id)
            self._send(self._bus_arn, "bus default", body, subject, entry, caller.lineage)

    def configure(self, configuration: Mapping[str, Any], *, validate: bool, cause: int = 0) -> None:
        """Replace the rules, given in botocore's shape; queues and topics get a test event.

        Raises:
            ApiError: the configuration is wrong; the old rules stay.
        """
        rules = parse_rules(configuration, self._new_rule_id)
        if validate:
            check_destinations(rules, lambda arn: self._world.target(arn) is not None, partial(self._is_let_in, cause))
        self.rules = rules
        self.tells_bus = "EventBridgeConfiguration" in configuration
        for rule in rules:
            if validate and rule.kind != "CloudFunction":
                self._send(rule.arn, rule.destination, self._test_event(), self._place, cause, None)

    def _is_let_in(self, cause: int, arn: str) -> bool:
        return is_let_in(self._world, arn, self._bucket, cause)

    def configuration(self) -> dict[str, Any]:
        """Return the rules in botocore's shape."""
        rendered = render_rules(self.rules)
        return {**rendered, "EventBridgeConfiguration": {}} if self.tells_bus else rendered

    def _happening(
        self, event: str, version: Version, caller: Caller, failure: Mapping[str, str] = _NO_FAILURE
    ) -> Happening:
        clock = self._world.clock
        self._sequencer = max(self._sequencer + 1, clock.epoch_us() << 16)
        function = caller.arn.rpartition(":function:")[2]
        return Happening(
            event=event,
            at=clock.iso_ms(),
            region=self._region,
            bucket=self._bucket,
            version=version,
            sequencer=f"{self._sequencer:018X}",
            request_id=self._new_request_id().upper(),
            host_id=self._new_host_id(),
            principal_id=f"AWS:{_ROLE_ID}:{function}" if function else f"AWS:{_USER_ID}",
            owner_id=OWNER_ID,
            failure=failure,
        )

    def _test_event(self) -> str:
        return s3_test_event_json(
            bucket=self._bucket,
            at=self._world.clock.iso_ms(),
            request_id=self._new_request_id().upper(),
            host_id=self._new_host_id(),
        )

    def _new_host_id(self) -> str:
        return base64.b64encode(self._host_ids.randbytes(57)).decode()

    def _send(self, arn: str, to: str, body: str, subject: int, cause: int, lineage: Lineage | None) -> None:
        clock = self._world.clock
        entry = self._world.trace.record(self._notified, subject, self._place, cause, detail={"to": to})
        due_us = clock.epoch_us() + self._delay_us
        notice = Notice(bucket=self._bucket, arn=arn, to=to, body=body, due_us=due_us, lineage=lineage)
        self._messenger.send(notice, subject=subject, cause=entry)
