"""Requests over HTTP, each server a process: ours, in memory and with a database, one that does nothing, and moto's.

The server that answers the same bytes to everything shows what the client itself costs: no server can be faster. Its
answer is SQS's own, header by header, for a client takes longer the more of them there are. moto's needs Flask
(`moto[server]`), without it its line is left out; it closes every connection, and so is asked on new ones.

One client of boto3 waits for each answer, so what is compared is how long a call takes, the median of many, some to one
server, then some to the next: a neighbour who takes the processor away for a while spoils a few of them, not a run. How
far the servers are apart rests on the machine, too: an answer that is there before the client asks for it saves the
client from falling asleep, and on an idle virtual machine to wake it again takes as long as half of what we do.

Then functions: how soon the first invocation of a function is answered, less the time that its own module took to be
imported, beside the start of a Python that does nothing; and how many invocations there are in a second afterwards.
"""

import asyncio
import contextlib
import hashlib
import http.client
import io
import json
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.util import find_spec
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from benchmarks.measure import Run, interleaved, line, table

BODY = "x" * 200
CONNECTIONS = 4
ACCOUNT = "000000000000"
_ID = "0f3ab3b4-5a3c-5d57-9d3f-d3b1c1b9f6a5"
_CONTENT = f'{{"MD5OfMessageBody":"{hashlib.md5(BODY.encode()).hexdigest()}","MessageId":"{_ID}"}}'
_ANSWER = f"""HTTP/1.1 200 OK
x-amzn-RequestId: {_ID}
Date: Thu, 01 Jan 2026 00:00:00 GMT
Content-Type: application/x-amz-json-1.0
Content-Length: {len(_CONTENT)}
connection: keep-alive

{_CONTENT}""".replace("\n", "\r\n").encode()
"""What SQS answers to `SendMessage`."""
_OURS = ("-m", "eventsim", "serve", "--port", "0", "--quiet")
_folder = tempfile.TemporaryDirectory
DURABLE = "eventsim --db"
NULL = "a server that does nothing"
CALLS, CALLS_TO_WARM_UP = 25, 3
"""Calls to a server before it is another's turn, and those that only bring it back into the processor's caches."""
BURST = 10
"""First invocations at once: only one finds a process that waits for it."""
_MODULE = """
import time

began_s = time.perf_counter()
import difflib, sqlite3, xml.dom.minidom  # what no process of the server's has imported
own_s = time.perf_counter() - began_s

def handler(event, context):
    return own_s
"""
_PAUSE_S = 0.3
"""Between first invocations: by then, the next process waits."""


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
            self._transport.write(_ANSWER)


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
            NULL: stack.enter_context(served("-m", "benchmarks.wire")),
        }
        if find_spec("flask") is not None:
            url = "http://127.0.0.1:5099"
            urls["moto"] = stack.enter_context(served("-m", "moto.server", "-p", "5099", url=url))
        yield urls


def client(service: str, url: str) -> object:
    """Return a client of a service."""
    session = boto3.Session(aws_access_key_id=ACCOUNT, aws_secret_access_key="none", region_name="us-east-1")
    return session.client(service, endpoint_url=url, config=Config(retries={"max_attempts": 0}))


def call_rates(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Make some calls to each server in turn, one after another; return how many of the median length fill a second.

    Each round has an order of its own: who comes after a server that takes long finds the processor's caches cold.
    """
    spans_s: dict[str, list[float]] = {name: [] for name in calls}
    order, luck = list(calls.items()), random.Random(1)
    for _ in range(rounds):
        luck.shuffle(order)
        for name, call in order:
            for nth in range(CALLS):
                began_s = time.perf_counter()
                call()
                if nth >= CALLS_TO_WARM_UP:
                    spans_s[name].append(time.perf_counter() - began_s)
    return {name: 1 / statistics.median(each) for name, each in spans_s.items()}


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
        calls: dict[str, Callable[[], object]] = {}
        askers: dict[str, Run] = {}
        for name, url in urls.items():
            sqs = client("sqs", url)
            if name != NULL:
                queues[name] = sqs.create_queue(QueueName="jobs")["QueueUrl"]
            calls[name] = partial(sqs.send_message, QueueUrl=queues[name], MessageBody=BODY)
            body = json.dumps({"QueueUrl": queues[name], "MessageBody": BODY}).encode()
            content = request("/", "AmazonSQS.SendMessage", body, "sqs")
            askers[name] = partial(ask, url, content, count * 10 if name != "moto" else count)
        rates = call_rates(calls, rounds=60 if is_quick else 200)
        table("SendMessage by boto3 over HTTP, one client", "calls/s", rates, NULL)
        line(f"against {NULL}", f"{rates['eventsim'] / rates[NULL]:.2f} x", ">= 0.9 x")
        rates = interleaved(askers, rounds=rounds, clock=time.perf_counter)
        table(f"SendMessage as bytes, {CONNECTIONS} connections", "requests/s", rates, NULL)
        if "moto" in rates:
            line("SendMessage against moto's server", f"{rates['eventsim'] / rates['moto']:,.0f} x", ">= 40 x")
            line("the same with a database", f"{rates[DURABLE] / rates['moto']:,.0f} x", ">= 15 x")
        print("\nFunctions")
        _invoke_first(urls["eventsim"], 7 if is_quick else 15)
        _invoke_warm(urls["eventsim"], count, rounds)


def _invoke_first(url: str, rounds: int) -> None:
    """Print how soon functions are answered that are invoked for the first time."""
    alone_ms, burst_ms, python_ms = [], [], []
    for nth in range(rounds):
        alone_ms += first_answers_ms(url, [f"alone-{nth}"])
        burst_ms.append(max(first_answers_ms(url, [f"burst-{nth}-{each}" for each in range(BURST)])))
        began_s = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        python_ms.append((time.perf_counter() - began_s) * 1_000)
    alone, python = statistics.median(alone_ms), statistics.median(python_ms)
    line("first Invoke, beyond the function's own import", f"{alone:.1f} ms", "<= 30 ms")
    line("the same beside `python -c pass`", f"{alone / python:.1f} x", f"<= 2 x; that took {python:.1f} ms")
    line(
        f"{BURST} functions at once, the last of them",
        f"{statistics.median(burst_ms):.1f} ms",
        "as the cores will have it",
    )


def first_answers_ms(url: str, names: list[str]) -> list[float]:
    """Make functions and invoke each once, all at the same time; return how long each took beyond its own import."""
    functions = client("lambda", url)
    for name in names:
        _create_function(functions, name)
    time.sleep(_PAUSE_S)
    where = urlsplit(url)
    clients = [http.client.HTTPConnection(where.hostname or "", where.port) for _ in names]
    spans_ms = []
    began_s = time.perf_counter()
    for name, each in zip(names, clients, strict=True):
        each.request("POST", f"/2015-03-31/functions/{name}/invocations", b"{}")
    for each in clients:
        own_s = json.loads(each.getresponse().read())
        spans_ms.append((time.perf_counter() - began_s - own_s) * 1_000)
        each.close()
    return spans_ms


def _create_function(functions: object, name: str) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("app.py", _MODULE)
    functions.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=f"arn:aws:iam::{ACCOUNT}:role/any",
        Handler="app.handler",
        Code={"ZipFile": archive.getvalue()},
    )


def _invoke_warm(url: str, count: int, rounds: int) -> None:
    """Print how many warm invocations there are in a second."""
    _create_function(client("lambda", url), "echo")
    content = request("/2015-03-31/functions/echo/invocations", "", b'{"n": 1}', "lambda")
    ask(url, content, 50)  # the environments are warm
    rate = interleaved({"invoke": partial(ask, url, content, count * 3)}, rounds=rounds, clock=time.perf_counter)[
        "invoke"
    ]
    line(f"warm Invoke, {CONNECTIONS} connections", f"{rate:,.0f}/s", ">= 2,950/s")


if __name__ == "__main__":
    asyncio.run(_serve_null())
