"""Operations on messages: send, receive, delete, and change how long one stays hidden."""

from asyncio import Future
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, Final

from eventsim import Request, Result
from eventsim_sources.parameters import listed, number, text
from eventsim_sources.queue import content, errors
from eventsim_sources.queue.api.directory import Directory
from eventsim_sources.queue.attributes import NAMES
from eventsim_sources.queue.digest import attributes_md5, body_md5
from eventsim_sources.queue.limits import (
    RECEIVE_MESSAGES_MAX,
    SECOND_US,
    TOKEN_LENGTH_MAX,
    VISIBILITY_TIMEOUT_MAX_S,
    WAIT_MAX_S,
)
from eventsim_sources.queue.message import Duplicate, Message, MessageAttribute
from eventsim_sources.queue.record import SENDER_ID, system_attributes
from eventsim_sources.queue.source import Queue

_NAMES: Final = NAMES | {
    *("SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp", "SequenceNumber"),
    *("MessageDeduplicationId", "MessageGroupId", "AWSTraceHeader", "DeadLetterQueueSourceArn"),
}
"""What a receive may ask for by name: the model of its older parameter has the names of queue attributes, too."""

_PLAIN: Final = {"QueueUrl", "MessageBody"}
"""What a send gives that is nothing but a body."""


def send_message(directory: Directory, request: Request) -> Result:
    """Store a message."""
    queue = directory.of(request)
    queue.check_rate("SendMessage", (text(request, "MessageGroupId"),), request.entry)
    return sent(queue, _outgoing(queue, request), request)


def _outgoing(queue: Queue, request: Request) -> content.Outgoing:
    """Check a message; most are nothing but a body, of which less can be wrong."""
    body, trace_header = request.parameters.get("MessageBody"), request.caller.trace_header
    if isinstance(body, str) and request.parameters.keys() == _PLAIN:
        return content.plain(body, queue.settings, trace_header=trace_header)
    content.check_request(request.parameters, queue.settings)
    return content.checked(request.parameters, queue.settings, trace_header=trace_header)


def sent(queue: Queue, outgoing: content.Outgoing, request: Request) -> dict[str, Any]:
    """Store a checked message, and return what tells the sender of it."""
    message = queue.enqueue(outgoing, cause=request.entry, lineage=request.caller.lineage)
    result = {"MessageId": message.message_id, "MD5OfMessageBody": body_md5(outgoing.body)}
    if outgoing.extras.attributes:
        result["MD5OfMessageAttributes"] = attributes_md5(outgoing.extras.attributes)
    if outgoing.system_attributes:
        result["MD5OfMessageSystemAttributes"] = attributes_md5(outgoing.system_attributes)
    if queue.settings.is_fifo or isinstance(message, Duplicate):
        result["SequenceNumber"] = message.sequence_number
    return result


def receive_message(directory: Directory, request: Request) -> Result | Awaitable[Result]:
    """Receive up to ten messages; with a wait, come back as soon as there is one."""
    receive = _Receive(directory, request)
    receive.queue.check_rate("ReceiveMessage", (), request.entry)
    messages = receive.try_once()
    if messages or receive.wait_us == 0:
        return receive.answer(messages)
    return receive.wait()


def delete_message(directory: Directory, request: Request) -> Result:
    """Delete a message by its receipt handle."""
    queue = directory.of(request)
    queue.check_rate("DeleteMessage", (), request.entry)
    queue.delete(_handle(request), request.entry)
    return {}


def change_message_visibility(directory: Directory, request: Request) -> Result:
    """Change how long a received message stays hidden."""
    queue = directory.of(request)
    queue.check_rate("ChangeMessageVisibility", (), request.entry)
    timeout_s = number(request, "VisibilityTimeout")
    if timeout_s is None:
        raise errors.parameter_missing("VisibilityTimeout")
    check_visibility_timeout(timeout_s)
    queue.change_visibility(_handle(request), timeout_s, request.entry)
    return {}


def check_visibility_timeout(timeout_s: int) -> None:
    """Check a visibility timeout that a request gives.

    Raises:
        ApiError: It is out of bounds; the words are unconfirmed.
    """
    if not 0 <= timeout_s <= VISIBILITY_TIMEOUT_MAX_S:
        raise errors.value_invalid(
            timeout_s, "VisibilityTimeout", "VisibilityTimeout must be an integer between 0 and 43200."
        )


class _Receive:
    """One ReceiveMessage."""

    def __init__(self, directory: Directory, request: Request) -> None:
        self._clock = directory.world.clock
        self._request = request
        self.queue = queue = directory.of(request)
        self._limit = _within(request, "MaxNumberOfMessages", 1, RECEIVE_MESSAGES_MAX, "Must be between 1 and 10")
        wait_s = _within(request, "WaitTimeSeconds", 0, WAIT_MAX_S, "Must be >= 0 and <= 20")
        self.wait_us = (queue.settings.wait_s if wait_s is None else wait_s) * SECOND_US
        visibility_s = number(request, "VisibilityTimeout")
        if visibility_s is not None:
            check_visibility_timeout(visibility_s)
        self._visibility_us = None if visibility_s is None else visibility_s * SECOND_US
        for name in (*listed(request, "MessageSystemAttributeNames"), *listed(request, "AttributeNames")):
            if name not in _NAMES:
                raise errors.attribute_unknown(name)
        self._attempt_id = text(request, "ReceiveRequestAttemptId")
        if len(self._attempt_id) > TOKEN_LENGTH_MAX or (self._attempt_id and not queue.settings.is_fifo):
            raise errors.value_invalid(  # unconfirmed words
                self._attempt_id,
                "ReceiveRequestAttemptId",
                "The request includes a parameter that is not valid for this queue type, or longer than 128.",
            )

    def try_once(self) -> list[Message]:
        """Take what there is.

        Raises:
            ApiError: The queue is gone, or a standard queue is full.
        """
        queue = self.queue
        if queue.is_deleted:
            raise errors.queue_missing()
        if not queue.settings.is_fifo and queue.store.is_full(self._clock.now_us):
            raise errors.too_many_in_flight()
        return queue.receive(self._limit or 1, visibility_us=self._visibility_us, attempt_id=self._attempt_id)

    async def wait(self) -> Result:
        """Wait for a message, but not beyond the time that was asked for."""
        deadline_us = self._clock.now_us + self.wait_us
        messages: list[Message] = []
        while not messages and self._clock.now_us < deadline_us:
            await self._until_ready(deadline_us)
            messages = self.try_once()
        return self.answer(messages)

    async def _until_ready(self, deadline_us: int) -> None:
        loop = self._clock.loop
        ready: Future[None] = loop.create_future()

        def wake() -> None:
            if not ready.done():
                ready.set_result(None)

        timer = loop.call_later((deadline_us - self._clock.now_us) / SECOND_US, wake)
        self.queue.waiters.add(wake)
        try:
            await ready
        finally:
            timer.cancel()
            self.queue.waiters.discard(wake)

    def answer(self, messages: Iterable[Message]) -> dict[str, Any]:
        """Return the messages as ReceiveMessage tells them; with none, the member is absent (recorded)."""
        named = listed(self._request, "MessageSystemAttributeNames") or listed(self._request, "AttributeNames")
        wanted = listed(self._request, "MessageAttributeNames")
        told = [self._told(message, named, wanted) for message in messages]
        return {"Messages": told} if told else {}

    def _told(self, message: Message, named: list[str], wanted: list[str]) -> dict[str, Any]:
        told: dict[str, Any] = {
            "MessageId": message.message_id,
            "ReceiptHandle": self.queue.store.receipts.write(message.number, message.receive_count),
            "MD5OfBody": body_md5(message.body),
            "Body": message.body,
        }
        if named:
            system = self._system_attributes(message)
            shown = system if "All" in named else {name: value for name, value in system.items() if name in named}
            if shown:
                told["Attributes"] = shown
        attributes = _selected(message.extras.attributes, wanted)
        if attributes:
            told["MD5OfMessageAttributes"] = attributes_md5(attributes)
            told["MessageAttributes"] = {name: _told_attribute(value) for name, value in attributes.items()}
        return told

    def _system_attributes(self, message: Message) -> dict[str, str]:
        start_us = self._clock.start_epoch_us
        return {
            "SenderId": SENDER_ID,
            "SentTimestamp": str((start_us + message.sent_us) // 1000),
            "ApproximateReceiveCount": str(message.receive_count),
            "ApproximateFirstReceiveTimestamp": str((start_us + message.first_received_us) // 1000),
            **system_attributes(message),
        }


def _selected(attributes: Mapping[str, MessageAttribute], wanted: list[str]) -> dict[str, MessageAttribute]:
    """Return those attributes that a receive asked for; names that do not exist are ignored (recorded)."""
    return {
        name: attribute
        for name, attribute in attributes.items()
        if any(
            each in ("All", ".*", "*", name) or (each.endswith(".*") and name.startswith(each[:-2])) for each in wanted
        )
    }


def _told_attribute(attribute: MessageAttribute) -> dict[str, Any]:
    if attribute.binary_value is not None:
        return {"BinaryValue": attribute.binary_value, "DataType": attribute.data_type}
    return {"StringValue": attribute.string_value, "DataType": attribute.data_type}


def _within(request: Request, name: str, least: int, most: int, words: str) -> int | None:
    value = number(request, name)
    if value is not None and not least <= value <= most:
        raise errors.value_invalid(value, name, f"{words}, if provided.")
    return value


def _handle(request: Request) -> str:
    handle = text(request, "ReceiptHandle")
    if not handle:
        raise errors.parameter_missing("ReceiptHandle")
    return handle
