"""How do log events reach those who subscribed? In batches, packed as AWS packs them.

Events wait a moment for others of their stream. A function gets `{"awslogs": {"data": …}}` with the batch compressed
and in base64, a stream or a delivery stream a record with the compressed batch.
"""

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

from eventsim.api import Caller
from eventsim.calls.log_book import LogEvent
from eventsim.calls.log_filters import SubscriptionFilter
from eventsim.calls.log_groups import LogGroup, LogStreamContent
from eventsim.clock import Clock
from eventsim.envelope import Envelope
from eventsim.errors import ApiError
from eventsim.target import Target
from eventsim.trace import Trace

DELIVERY_US = 1_000_000
"""How long events wait for others (unconfirmed: AWS says "near real-time")."""

_STREAMS = {"kinesis": "Kinesis stream", "firehose": "Firehose"}
"""Services whose streams may subscribe, and what control messages call them (unconfirmed for Kinesis)."""

_Batch = tuple[str, str, str]


class LogDelivery:
    """Sends what matches subscription filters.

    Args:
        find: returns the target with an ARN, None if there is none.
        call: carries out operations of other services.
    """

    def __init__(
        self,
        clock: Clock,
        trace: Trace,
        account_id: str,
        find: Callable[[str], Target | None],
        call: Callable[..., Any],
    ) -> None:
        self._clock = clock
        self._trace = trace
        self._account_id = account_id
        self._find = find
        self._call = call
        self._waiting: dict[_Batch, tuple[SubscriptionFilter, list[dict[str, Any]]]] = {}
        kind = trace.kind
        self._delivered = kind("log events delivered", "{value} events of {subject} went to {to}", value="count")
        self._undelivered = kind("log delivery failed", "events of {subject} could not go to {to}: {reason}")

    def see(self, group: LogGroup, stream: LogStreamContent, event: LogEvent) -> None:
        """Let an event wait for its delivery, if somebody has subscribed to it."""
        for made in group.subscriptions.values():
            if made.matches(event.message):
                if not self._waiting:
                    self._clock.at(self._clock.now_us + DELIVERY_US, self._deliver_all, None)
                _, events = self._waiting.setdefault((group.name, made.name, stream.name), (made, []))
                events.append({"id": event.identifier, "timestamp": event.at_ms, "message": event.message})

    def test(self, arn: str, role_arn: str, cause: int) -> None:
        """See that a stream or a delivery stream can be reached, by a control message, as AWS does (documented).

        Args:
            role_arn: as whom it is reached, "" for nobody that is known.

        Raises:
            ApiError: it cannot.
        """
        if self._clock.is_bygone:
            return
        message = f"CWL CONTROL MESSAGE: Checking health of destination {_STREAMS[arn.split(':')[2]]}."
        control = {
            "messageType": "CONTROL_MESSAGE",
            "owner": "CloudwatchLogs",
            "logGroup": "",
            "logStream": "",
            "subscriptionFilters": [],
            "logEvents": [{"id": "", "timestamp": self._clock.epoch_ms(), "message": message}],
        }
        self._put(arn, _packed(control), "CONTROL_MESSAGE", Caller(cause=cause, role_arn=role_arn))

    def _deliver_all(self, _: None) -> None:
        waiting, self._waiting = self._waiting, {}
        for (group, name, stream), (made, events) in waiting.items():
            batch = {
                "messageType": "DATA_MESSAGE",
                "owner": self._account_id,
                "logGroup": group,
                "logStream": stream,
                "subscriptionFilters": [name],
                "logEvents": events,
            }
            self._deliver(group, stream, made, batch, len(events))

    def _deliver(self, group: str, stream: str, made: SubscriptionFilter, batch: dict[str, Any], count: int) -> None:
        arn = made.destination
        subject = self._trace.subject("log group", group)
        entry = self._trace.record(self._delivered, subject, subject, value=count, detail={"to": arn})
        packed = _packed(batch)
        try:
            if arn.split(":")[2] in _STREAMS:
                caller = Caller(cause=entry, role_arn=made.told.get("roleArn", ""))
                self._put(arn, packed, stream[:256], caller)
                return
            target = self._find(arn)
            if target is None:
                raise ApiError("ResourceNotFoundException", "there is no such target")
            body = json.dumps({"awslogs": {"data": base64.b64encode(packed).decode()}})
            target.accept(Envelope(body=body, source_arn=group, cause=entry))
        except ApiError as error:
            detail = {"to": arn, "reason": str(error)}
            self._trace.record(self._undelivered, subject, subject, entry, detail=detail)

    def _put(self, arn: str, packed: bytes, partition_key: str, caller: Caller) -> None:
        """Put a record into a stream or a delivery stream.

        Raises:
            ApiError: it cannot be put.
        """
        service, name = arn.split(":")[2], arn.rpartition("/")[2]
        if service == "kinesis":
            record: dict[str, Any] = {"StreamName": name, "Data": packed, "PartitionKey": partition_key}
        else:
            record = {"DeliveryStreamName": name, "Record": {"Data": packed}}
        self._call(service, "PutRecord", record, caller=caller)


def _packed(message: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps(message, separators=(",", ":")).encode(), mtime=0)
