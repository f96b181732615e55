"""Where does the record of an asynchronous invocation go, and what does it say?

A destination gets a record of the invocation; a dead-letter queue gets the event itself, unchanged, with three
attributes. Both may be set, and both are told (recorded). A delivery that fails is told in the trace and is not tried
again.
"""

from collections.abc import Callable, Mapping

import msgspec
from msgspec import Struct

from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.envelope import Envelope, Lineage
from eventsim.errors import ApiError
from eventsim.function.function import LATEST
from eventsim.limits import DEAD_LETTER_MESSAGE_CHARACTERS_MAX
from eventsim.outcome import Attempt, Failure, Refused, Success
from eventsim.target import Shelf, Target
from eventsim.trace import Trace

MaySend = Callable[[str, str, int], str]
"""ARN of a function, of a target, and the trace entry that is the cause → why it may not, "" if it may."""
SUCCESS_CONDITION = "Success"
UNEXECUTED_STATUS, UNEXECUTED_MESSAGE = "429", "Rate Exceeded."
"""`ErrorCode` and `ErrorMessage` of a dead letter that never ran (unconfirmed)."""


class InvocationRecord(Struct, frozen=True, kw_only=True, gc=False):
    """What there is to say of an asynchronous invocation that has ended.

    Attributes:
        function_arn: without qualifier.
        qualifier: as asked for; the record names `$LATEST` for none.
        condition: `Success`, or why it was given up.
        invoke_count: how often code ran.
        request_payload: the event as JSON text.
        attempt: the last one that ran code, None if none did.
        at: when it ended, as ISO 8601.
    """

    request_id: str
    function_arn: str
    qualifier: str
    condition: str
    invoke_count: int
    request_payload: str
    attempt: Attempt | None
    at: str


def record_text(record: InvocationRecord) -> str:
    """Return the record as AWS sends it to destinations: these members, in this order (recorded)."""
    text = (
        f'{{"version":"1.0","timestamp":{_json(record.at)},"requestContext":{{"requestId":{_json(record.request_id)},'
        f'"functionArn":{_json(f"{record.function_arn}:{record.qualifier or LATEST}")},'
        f'"condition":{_json(record.condition)},"approximateInvokeCount":{record.invoke_count}}},'
        f'"requestPayload":{record.request_payload}'
    )
    attempt = record.attempt
    if attempt is not None and isinstance(attempt.outcome, Success | Failure):
        error = ',"functionError":"Unhandled"' if isinstance(attempt.outcome, Failure) else ""
        text += (
            f',"responseContext":{{"statusCode":200,"executedVersion":{_json(attempt.executed_version)}{error}}},'
            f'"responsePayload":{attempt.outcome.payload}'
        )
    return text + "}"


def dead_letter_attributes(record: InvocationRecord, refusal: Refused | None) -> dict[str, dict[str, str]]:
    """Return the message attributes of a dead letter (recorded; where no code ran, unconfirmed).

    Args:
        refusal: what loop detection said, if it ended the event.
    """
    status, message = UNEXECUTED_STATUS, UNEXECUTED_MESSAGE
    if refusal is not None:
        status, message = "400", refusal.message
    elif record.attempt is not None and isinstance(record.attempt.outcome, Failure):
        status, message = "200", record.attempt.outcome.message[:DEAD_LETTER_MESSAGE_CHARACTERS_MAX]
    return {
        "RequestID": {"DataType": "String", "StringValue": record.request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": status},
        "ErrorMessage": {"DataType": "String", "StringValue": message},
    }


def _json(text: str) -> str:
    return msgspec.json.encode(text).decode()


class Destinations:
    """Delivers to destinations and dead-letter queues.

    Args:
        find: returns the target that a scenario or an API call names, None if there is none.
        may_send: says why a function may not send to a target, "" if it may; None if everybody may.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        trace: Trace,
        find: Callable[[str], Target | Shelf | None],
        may_send: MaySend | None = None,
    ) -> None:
        self._clock = clock
        self._trace = trace
        self._find = find
        self._may_send = may_send
        self._uuid = chance.uuids("destination")
        kind = trace.kind
        self._delivered = kind("delivered", "the record of {subject} went to {to} ({condition})")
        self._undelivered = kind(
            "destination delivery failed", "the record of {subject} could not go to {to}: {reason}"
        )
        self._dead_lettered = kind("event dead-lettered", "the event of {subject} went to the dead-letter queue {to}")
        self._lost = kind("dead letter failed", "the event of {subject} could not go to {to}: {reason}")

    def deliver(
        self, name: str, record: InvocationRecord, *, subject: int, place: int, cause: int, lineage: Lineage | None
    ) -> None:
        """Send the record of an invocation to a destination."""
        self.send(
            name,
            lambda _: record_text(record),
            condition=record.condition,
            source_arn=record.function_arn,
            folder=_folder(record),
            subject=subject,
            place=place,
            cause=cause,
            lineage=lineage,
        )

    def send(
        self,
        name: str,
        text: Callable[[bool], str],
        *,
        condition: str,
        source_arn: str,
        folder: str,
        subject: int,
        place: int,
        cause: int,
        lineage: Lineage | None = None,
    ) -> bool:
        """Send a record to a destination; return whether that took it.

        Args:
            text: returns the record, given whether it is kept under a key: in a bucket.
            condition: why it is sent, in AWS's word.
            folder: where a bucket keeps it.
        """
        detail = {"to": name, "condition": condition}
        entry = self._trace.record(self._delivered, subject, place, cause, detail=detail)
        body = text(isinstance(self._find(name), Shelf))
        fault = self._hand_over(name, Envelope(body=body, source_arn=source_arn, lineage=lineage, cause=entry), folder)
        if fault:
            self._trace.record(self._undelivered, subject, place, entry, detail={"to": name, "reason": fault})
        return not fault

    def bury(
        self,
        name: str,
        record: InvocationRecord,
        attributes: Mapping[str, Mapping[str, str]],
        *,
        subject: int,
        place: int,
        cause: int,
        lineage: Lineage | None,
    ) -> None:
        """Send the event itself to a dead-letter queue."""
        entry = self._trace.record(self._dead_lettered, subject, place, cause, detail={"to": name})
        envelope = Envelope(
            body=record.request_payload,
            source_arn=record.function_arn,
            attributes=attributes,
            lineage=lineage,
            cause=entry,
        )
        fault = self._hand_over(name, envelope, _folder(record))
        if fault:
            self._trace.record(self._lost, subject, place, entry, detail={"to": name, "reason": fault})

    def _hand_over(self, name: str, envelope: Envelope, folder: str) -> str:
        """Give the envelope to the target, or return why that failed."""
        target = self._find(name)
        if target is None:
            return "there is no such target"
        arn = getattr(target, "arn", "")
        if self._may_send is not None and ":function:" in envelope.source_arn:
            refusal = self._may_send(envelope.source_arn, arn, envelope.cause)
            if refusal:
                return refusal
        try:
            if isinstance(target, Shelf):
                target.accept_as(self._object_key(folder), envelope)
            else:
                target.accept(envelope)
        except ApiError as error:
            return str(error)
        return ""

    def _object_key(self, folder: str) -> str:
        """Return where a bucket keeps the record (documented)."""
        return f"{folder}/{self._clock.date():%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{self._uuid()}"


def _folder(record: InvocationRecord) -> str:
    return f"aws/lambda/async/{record.function_arn.rpartition(':')[2]}"
