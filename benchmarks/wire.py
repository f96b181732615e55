"""Requests over HTTP, each server a process: ours, in memory and with a database, one that does nothing, and moto's.

The server that answers the same bytes to everything shows what the client itself costs: no server can be faster. moto's
needs Flask (`moto[server]`), without it its line is left out; it closes every connection, and so is asked on new ones.
"""

import asyncio
import contextlib
import hashlib
import io
import json
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from benchmarks.measure import Run, interleaved, line, table

BODY = "x" * 200
CONNECTIONS = 4
ACCOUNT = "000000000000"
_ANSWER = json.dumps({"MessageId": "0" * 36, "MD5OfMessageBody": hashlib.md5(BODY.encode()).hexdigest()}).encode()
_OURS = ("-m", "eventsim", "serve", "--port", "0", "--quiet")
_folder = tempfile.TemporaryDirectory
DURABLE = "eventsim --db"
_HANDLER = "def handler(event, context):\n    return event\n"


class Null(asyncio.Protocol):
    """Answers every request with the same bytes, as soon as it has all of it."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._data = b""

    def data_received(self, data: bytes) -> None:
        self._data += data
        while b"\r\n\r\n" in self._data:
            head, _, rest = self._data.partition(b"\r\n\r\n")
            size = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            if len(rest) < size:
                return
            self._data = rest[size:]
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n%b"
                % (len(_ANSWER), _ANSWER)
            )


async def _serve_null() -> None:
    server = await asyncio.get_running_loop().create_server(Null, "127.0.0.1", 0)
    print(f"null server is at http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


@contextlib.contextmanager
def served(*command: str, url: str = "") -> Iterator[str]:
    """Run a server and yield its URL, which it tells in its first line unless it is known."""
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        if not url:
            assert process.stdout is not None
            url = next(word for word in process.stdout.readline().split() if word.startswith("http"))
        _wait_for(url)
        yield url
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str) -> None:
    where = urlsplit(url)
    for _ in range(200):
        with contextlib.suppress(OSError), contextlib.closing(socket.create_connection((where.hostname, where.port))):
            return
        time.sleep(0.05)


@contextlib.contextmanager
def servers() -> Iterator[dict[str, str]]:
    """Run all servers; yield their URLs by name."""
    with contextlib.ExitStack() as stack:
        urls = {
            "eventsim": stack.enter_context(served(*_OURS)),
            DURABLE: stack.enter_context(served(*_OURS, "--db", f"{stack.enter_context(_folder())}/state.db")),
            "a server that does nothing": stack.enter_context(served("-m", "benchmarks.wire")),
        }
        if find_spec("flask") is not None:
            url = "http://127.0.0.1:5099"
            urls["moto"] = stack.enter_context(served("-m", "moto.server", "-p", "5099", url=url))
        yield urls


def client(service: str, url: str) -> object:
    """Return a client of a service."""
    session = boto3.Session(aws_access_key_id=ACCOUNT, aws_secret_access_key="none", region_name="us-east-1")
    return session.client(service, endpoint_url=url, config=Config(retries={"max_attempts": 0}))


def send_with_boto3(sqs: object, queue_url: str, count: int) -> int:
    """Send messages one after another."""
    for _ in range(count):
        sqs.send_message(QueueUrl=queue_url, MessageBody=BODY)
    return count


def request(path: str, target: str, body: bytes, service: str) -> bytes:
    """Write a request by hand."""
    scope = f"Credential={ACCOUNT}/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    named = f"X-Amz-Target: {target}\r\nContent-Type: application/x-amz-json-1.0\r\n" if target else ""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: AWS4-HMAC-SHA256 {scope}\r\n{named}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def ask(url: str, content: bytes, count: int) -> int:
    """Ask the same on a few connections at once, each waiting for its answer, and return how often."""
    asyncio.run(_ask(url, content, count))
    return count


async def _ask(url: str, content: bytes, count: int) -> None:
    where = urlsplit(url)
    loop = asyncio.get_running_loop()
    left = [count]

    async def ask_on() -> None:
        while left[0] > 0:
            _, asker = await loop.create_connection(partial(Asker, content, left), where.hostname, where.port)
            await asker.done

    await asyncio.gather(*(ask_on() for _ in range(CONNECTIONS)))


class Asker(asyncio.Protocol):
    """Asks until nothing is left to ask, or the server closes the connection."""

    def __init__(self, content: bytes, left: list[int]) -> None:
        self._content = content
        self._left = left
        self._data = b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if error is not None:
            self.done.set_exception(error)
        else:
            self.done.set_result(None)

    def _ask(self) -> None:
        if self._left[0] <= 0:
            self._transport.close()
            return
        self._left[0] -= 1
        self._transport.write(self._content)

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, end, body = self._data.partition(b"\r\n\r\n")
        if end and len(body) >= int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]):
            assert head.startswith(b"HTTP/1.1 200"), self._data
            self._data = b""
            if b"connection: close" in head.lower():
                self._transport.close()
            else:
                self._ask()


def main(*, is_quick: bool) -> None:
    """Compare."""
    rounds, count = (3, 300) if is_quick else (5, 1_500)
    with servers() as urls:
        queues = {name: f"{url}/{ACCOUNT}/jobs" for name, url in urls.items()}
        senders: dict[str, Run] = {}
        askers: dict[str, Run] = {}
        for name, url in urls.items():
            sqs = client("sqs", url)
            if name != "a server that does nothing":
                queues[name] = sqs.create_queue(QueueName="jobs")["QueueUrl"]
            senders[name] = partial(send_with_boto3, sqs, queues[name], count if name != "moto" else count // 3)
            body = json.dumps({"QueueUrl": queues[name], "MessageBody": BODY}).encode()
            content = request("/", "AmazonSQS.SendMessage", body, "sqs")
            askers[name] = partial(ask, url, content, count * 10 if name != "moto" else count)
        rates = interleaved(senders, rounds=rounds, clock=time.perf_counter)
        table("SendMessage by boto3 over HTTP, one client", "calls/s", rates, "a server that does nothing")
        rates = interleaved(askers, rounds=rounds, clock=time.perf_counter)
        title = f"SendMessage as bytes, {CONNECTIONS} connections"
        table(title, "requests/s", rates, "a server that does nothing")
        if "moto" in rates:
            line("SendMessage against moto's server", f"{rates['eventsim'] / rates['moto']:,.0f} x", ">= 40 x")
            line("the same with a database", f"{rates[DURABLE] / rates['moto']:,.0f} x", ">= 15 x")
        _invoke(urls["eventsim"], count, rounds)


def _invoke(url: str, count: int, rounds: int) -> None:
    """Print how many warm invocations there are in a second."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("app.py", _HANDLER)
    role = f"arn:aws:iam::{ACCOUNT}:role/any"
    settings = {
        "Runtime": "python3.12",
        "Role": role,
        "Handler": "app.handler",
        "Code": {"ZipFile": archive.getvalue()},
    }
    client("lambda", url).create_function(FunctionName="echo", **settings)
    content = request("/2015-03-31/functions/echo/invocations", "", b'{"n": 1}', "lambda")
    ask(url, content, 50)  # the environments are warm
    rate = interleaved({"invoke": partial(ask, url, content, count * 3)}, rounds=rounds, clock=time.perf_counter)[
        "invoke"
    ]
    line(f"warm Invoke, {CONNECTIONS} connections", f"{rate:,.0f}/s", ">= 2,950/s")


if __name__ == "__main__":
    asyncio.run(_serve_null())
