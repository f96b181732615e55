"""A client that hammers a server and writes down what it was told: `python hammer.py PORT NAME SEED`.

It goes on until its input ends, whatever becomes of the server, and then prints one JSON line for each fact. HTTP is
written out here, because an SDK would take the time that the server needs.
"""

import asyncio
import json
import random  # noqa: TID251 - a client, seeded
import sys
from time import monotonic, time  # noqa: TID251 - one clock for all clients
from typing import Any

STANDARD, FIFO, BUCKET = "jobs", "line.fifo", "box"
GROUP, STREAM = "talk", "all"
TARGETS = {"sqs": "AmazonSQS", "logs": "Logs_20140328", "events": "AWSEvents"}
VISIBILITY_S = 2
REMEMBERED_S = 240
"""Within the five minutes for which a FIFO queue remembers an id."""
GROUPS = 3
WORKERS = 4
"""Of each kind."""

Fact = tuple[Any, ...]


class ServerGone(Exception):  # noqa: N818 - a fact
    """The answer did not come: what was asked for may have happened, or not."""


class Line:
    """One connection, opened anew whenever it broke."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self, operation: str, service: str = "sqs", **parameters: Any) -> dict[str, Any]:
        """Call an operation.

        Raises:
            ServerGone: the server was killed before it answered.
        """
        answer: dict[str, Any] = json.loads(await self.ask(request(operation, parameters, service)) or b"{}")
        return answer

    async def ask(self, request: bytes) -> bytes:
        """Send a request and return the body of the answer.

        Raises:
            ServerGone: the server was killed before it answered.
        """
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            reader, writer = self._streams
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            body = await reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            await asyncio.sleep(0.02)
            raise ServerGone from None
        assert head.startswith(b"HTTP/1.1 200 "), (request, head, body)
        return body

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def insist(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call until there is an answer."""
        while True:
            try:
                return await self.call(operation, **parameters)
            except ServerGone:
                continue


def request(operation: str, parameters: dict[str, Any], service: str = "sqs") -> bytes:
    """Write a request of the JSON protocol."""
    body = json.dumps(parameters).encode()
    return (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
        b"X-Amz-Target: %b.%b\r\nContent-Length: %d\r\n\r\n%b"
        % (TARGETS[service].encode(), operation.encode(), len(body), body)
    )


def put_request(path: str, body: bytes) -> bytes:
    """Write a request of S3's that puts a bucket or an object."""
    return b"PUT /%b HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b" % (path.encode(), len(body), body)


def content(key: str, count: int) -> bytes:
    """Return an object of which one can tell which it is, and whether it is whole."""
    return f"{key} {count}\n".encode() * (1 + count * 97 % 4_000)


def url(queue: str) -> str:
    """Return the URL of a queue."""
    return f"http://localhost/000000000000/{queue}"


class Hammer:
    """Sends, receives and deletes, and remembers the facts."""

    def __init__(self, port: int, name: str, seed: int) -> None:
        self.facts: list[Fact] = []
        self._port = port
        self._name = name
        self._random = random.Random(seed)
        self._is_over = False
        self._sent: list[tuple[float, str, str, str]] = []

    async def run(self) -> None:
        """Hammer until the input ends."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(WORKERS):
                tasks.create_task(self._send(number))
                tasks.create_task(self._consume(STANDARD))
            for number in range(GROUPS):
                tasks.create_task(self._send_in_order(f"{self._name}-{number}"))
            tasks.create_task(self._consume(FIFO))
            tasks.create_task(self._put())
            tasks.create_task(self._log())
            tasks.create_task(self._rule())
            await asyncio.to_thread(sys.stdin.read)
            self._is_over = True

    async def _send(self, worker: int) -> None:
        """Send each body once; without an answer nobody knows."""
        line, count = Line(self._port), 0
        while not self._is_over:
            count += 1
            body = f"{self._name}-{worker}-{count}"
            try:
                sent = await line.call("SendMessage", QueueUrl=url(STANDARD), MessageBody=body)
            except ServerGone:
                self.facts.append(("perhaps sent", body))
            else:
                self.facts.append(("sent", body, sent["MessageId"]))

    async def _send_in_order(self, group: str) -> None:
        """Send one after the other and repeat without an answer, as the deduplication id allows; now and then again."""
        line, count = Line(self._port), 0
        while not self._is_over:
            count += 1
            body = f"{group}/{count}"
            began_s = monotonic()
            sent = await self._send_once(line, group, body)
            self.facts.append(("sent", body, sent["MessageId"]))
            self._sent.append((began_s, group, body, sent["MessageId"]))
            if count % 10 == 0:
                sent_s, old_group, old_body, message_id = self._random.choice(self._sent)
                if monotonic() > sent_s + REMEMBERED_S:
                    continue
                again = await self._send_once(line, old_group, old_body)
                if again["MessageId"] != message_id:
                    self.facts.append(("forgotten", old_body))
            await asyncio.sleep(0.002)

    async def _send_once(self, line: Line, group: str, body: str) -> dict[str, Any]:
        return await line.insist(
            "SendMessage",
            QueueUrl=url(FIFO),
            MessageBody=body,
            MessageGroupId=group,
            MessageDeduplicationId=body.replace("/", "-"),
        )

    async def _put(self) -> None:
        """Overwrite a few objects again and again."""
        line, count = Line(self._port), 0
        while not self._is_over:
            count += 1
            key = f"{self._name}-{count % 3}"
            try:
                await line.ask(put_request(f"{BUCKET}/{key}", content(key, count)))
            except ServerGone:
                self.facts.append(("perhaps put", key, count))
            else:
                self.facts.append(("put", key, count))
            await asyncio.sleep(0.005)

    async def _log(self) -> None:
        """Put log events, each once; without an answer nobody knows."""
        line, count = Line(self._port), 0
        while not self._is_over:
            count += 1
            text = f"{self._name}-{count}"
            event = {"timestamp": round(time() * 1_000), "message": text}
            try:
                await line.call("PutLogEvents", "logs", logGroupName=GROUP, logStreamName=STREAM, logEvents=[event])
            except ServerGone:
                self.facts.append(("perhaps logged", text))
            else:
                self.facts.append(("logged", text))
            await asyncio.sleep(0.005)

    async def _rule(self) -> None:
        """Make rules, and delete most of them: what is kept of them is rewritten again and again."""
        line, count = Line(self._port), 0
        while not self._is_over:
            count += 1
            name = f"{self._name}-{count}"
            try:
                await line.call("PutRule", "events", Name=name, ScheduleExpression="rate(1 day)")
                self.facts.append(("made", name))
                if count % 20:
                    self.facts.append(("perhaps unmade", name))
                    await line.call("DeleteRule", "events", Name=name)
                    self.facts.append(("unmade", name))
            except ServerGone:
                self.facts.append(("perhaps made", name))

    async def _consume(self, queue: str) -> None:
        """Receive, and delete most of it."""
        line = Line(self._port)
        while not self._is_over:
            asked_s = monotonic()
            try:
                answer = await line.call(
                    "ReceiveMessage",
                    QueueUrl=url(queue),
                    MaxNumberOfMessages=self._random.randint(1, 10),
                    MessageSystemAttributeNames=["ApproximateReceiveCount"],
                    WaitTimeSeconds=self._random.choice((0, 1)),
                )
            except ServerGone:
                continue
            answered_s = monotonic()
            for each in answer.get("Messages", []):
                message_id = each["MessageId"]
                count = int(each["Attributes"]["ApproximateReceiveCount"])
                self.facts.append(("received", each["Body"], message_id, count, asked_s, answered_s))
                if self._random.random() < 0.7:
                    await self._delete(line, queue, message_id, each["ReceiptHandle"], answered_s)
            await asyncio.sleep(0.002)

    async def _delete(self, line: Line, queue: str, message_id: str, handle: str, received_s: float) -> None:
        if monotonic() > received_s + VISIBILITY_S / 2:
            return  # a FIFO queue would refuse the handle
        try:
            await line.call("DeleteMessage", QueueUrl=url(queue), ReceiptHandle=handle)
        except ServerGone:
            self.facts.append(("perhaps deleted", message_id))
        else:
            self.facts.append(("deleted", message_id))


def main() -> None:
    """Hammer, then tell."""
    port, name, seed = sys.argv[1:]
    hammer = Hammer(int(port), name, int(seed))
    asyncio.run(hammer.run())
    for fact in hammer.facts:
        print(json.dumps(fact))


if __name__ == "__main__":
    main()
