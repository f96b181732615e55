"""Does a server that is killed at any instant keep what it has acknowledged?

The short form kills as often as fits into a few seconds. `EVENTSIM_KILLS=200 pytest tests/live/test_crash.py` kills 200
times, `EVENTSIM_SEED=7` at other instants.
"""

import asyncio
import contextlib
import json
import os
import random  # noqa: TID251 - seeded, outside of any world
import socket
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from tests.live.hammer import (
    BUCKET,
    FIFO,
    GROUP,
    STANDARD,
    STREAM,
    VISIBILITY_S,
    Fact,
    Line,
    content,
    put_request,
    url,
)

KILLS = int(os.environ.get("EVENTSIM_KILLS", "0"))
SEED = int(os.environ.get("EVENTSIM_SEED", "1"))
SHORT_S = 8
CLIENTS = 3
SLACK_S = 0.01
"""Between the server's clock and the clients'."""


class Crashing:
    """A server on one port and one database that is killed and started over and over."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self.process = self._start()

    def _start(self) -> "subprocess.Popen[str]":
        kept = ["--db", "queues.db", "--buckets", "buckets"]
        process = subprocess.Popen(
            [sys.executable, "-m", "eventsim", "serve", "--quiet", "--port", str(self.port), *kept],
            cwd=self._folder,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert "ready" in process.stdout.readline()
        return process

    def kill(self) -> None:
        """Kill it and start another."""
        self.end()
        self.process = self._start()

    def end(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.communicate()


def free_port() -> int:
    """Return a port that no client is given for its own end: one that calls a server that is down may call itself."""
    for port in random.SystemRandom().sample(range(20_000, 30_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("a hundred ports are taken")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Crashing]:
    """A server with two queues, a bucket and a log stream."""
    server = Crashing(tmp_path)
    timeout = {"VisibilityTimeout": str(VISIBILITY_S)}

    async def furnish() -> None:
        line = Line(server.port)
        await line.call("CreateQueue", QueueName=STANDARD, Attributes=timeout)
        await line.call("CreateQueue", QueueName=FIFO, Attributes={"FifoQueue": "true", **timeout})
        await line.ask(put_request(BUCKET, b""))
        await line.call("CreateLogGroup", "logs", logGroupName=GROUP)
        await line.call("CreateLogStream", "logs", logGroupName=GROUP, logStreamName=STREAM)
        line.close()

    asyncio.run(furnish())
    yield server
    server.end()


def test_what_was_acknowledged_survives_any_kill(server: Crashing, tmp_path: Path) -> None:
    """Every message is there once, in order, until it is deleted, and not before its time; no object is half.

    Every log event is there once; every rule is, until it is deleted.
    """
    chance = random.Random(SEED)
    hammer = Path(__file__).with_name("hammer.py")
    clients = [
        subprocess.Popen(
            [sys.executable, str(hammer), str(server.port), f"c{number}", str(SEED + number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(CLIENTS)
    ]
    kills, end_s = 0, perf_counter() + SHORT_S

    while kills < KILLS if KILLS else perf_counter() < end_s:
        with pytest.raises(subprocess.TimeoutExpired):  # nothing else than this test ends it
            server.process.wait(chance.uniform(0.0, 0.4))
        server.kill()
        kills += 1
    facts = [fact for client in clients for fact in told(client)]
    drained = asyncio.run(drain(server.port))

    print(f"{kills} kills, {Counter(fact[0] for fact in facts)}, {len(drained)} left")
    assert len(facts) > kills, "hardly anything was acknowledged"
    assert violations(facts, drained) == []
    assert damaged(facts, tmp_path / "buckets" / BUCKET) == []
    assert asyncio.run(unkept(server.port, facts)) == []


def told(client: "subprocess.Popen[str]") -> list[Fact]:
    """Let a client end and return what it was told."""
    output, _ = client.communicate()
    assert client.returncode == 0
    return [tuple(json.loads(line)) for line in output.splitlines()]


async def unkept(port: int, facts: Sequence[Fact]) -> list[str]:
    """Return which log events and rules are not as they were acknowledged."""
    line = Line(port)
    logged = Counter(
        event["message"] for event in await _all(line, "FilterLogEvents", "logs", "events", logGroupName=GROUP)
    )
    rules = {rule["Name"] for rule in await _all(line, "ListRules", "events", "Rules")}
    line.close()
    of = defaultdict(set)
    for fact in facts:
        of[fact[0]].add(fact[1])
    found = [f"the log event {text} is there {count} times" for text, count in logged.items() if count > 1]
    found += [f"the log event {text} is lost" for text in of["logged"] - set(logged)]
    found += [f"{text} was never logged" for text in set(logged) - of["logged"] - of["perhaps logged"]]
    found += [f"the rule {name} is lost" for name in of["made"] - of["perhaps unmade"] - rules]
    found += [f"the rule {name} came back" for name in of["unmade"] & rules]
    return found + [f"the rule {name} was never made" for name in rules - of["made"] - of["perhaps made"]]


async def _all(line: Line, operation: str, service: str, member: str, **parameters: Any) -> list[dict[str, Any]]:
    """Return all pages of a list."""
    token = "NextToken" if service == "events" else "nextToken"
    found: list[dict[str, Any]] = []
    while True:
        answer = await line.call(operation, service, **parameters)
        found += answer[member]
        if token not in answer:
            return found
        parameters[token] = answer[token]


async def drain(port: int) -> list[Fact]:
    """Receive and delete everything that is left, when nothing is in flight any more."""
    line, drained = Line(port), []
    for queue in (STANDARD, FIFO):
        empty = 0
        while empty < 2:
            asked_s = asyncio.get_running_loop().time()
            answer = await line.call(
                "ReceiveMessage",
                QueueUrl=url(queue),
                MaxNumberOfMessages=10,
                WaitTimeSeconds=VISIBILITY_S,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
            answered_s = asyncio.get_running_loop().time()
            messages = answer.get("Messages", [])
            empty = 0 if messages else empty + 1
            entries = [{"Id": str(at), "ReceiptHandle": each["ReceiptHandle"]} for at, each in enumerate(messages)]
            for each in messages:
                count = int(each["Attributes"]["ApproximateReceiveCount"])
                drained.append(("received", each["Body"], each["MessageId"], count, asked_s, answered_s))
            if entries:
                await line.call("DeleteMessageBatch", QueueUrl=url(queue), Entries=entries)
    line.close()
    return drained


def violations(facts: Sequence[Fact], drained: Sequence[Fact]) -> list[str]:
    """Return what must not have been, in sentences."""
    sent = {fact[1]: fact[2] for fact in facts if fact[0] == "sent"}
    perhaps_sent = {fact[1] for fact in facts if fact[0] == "perhaps sent"}
    deleted = {fact[1] for fact in facts if fact[0] == "deleted"}
    perhaps_deleted = {fact[1] for fact in facts if fact[0] == "perhaps deleted"}
    left = Counter(fact[1] for fact in drained)
    left_ids = {fact[2] for fact in drained}
    found = [f"the deduplication id of {fact[1]} was forgotten" for fact in facts if fact[0] == "forgotten"]
    found += [f"{body} is there {count} times" for body, count in left.items() if count > 1]
    found += [f"{body} was never sent" for body in left if body not in sent and body not in perhaps_sent]
    found += [f"{body} was deleted and came back" for body in left if sent.get(body) in deleted]
    found += [
        f"{body} is lost"
        for body, message_id in sent.items()
        if message_id not in deleted | perhaps_deleted and message_id not in left_ids
    ]
    found += _out_of_order([fact[1] for fact in drained])
    return found + _shown_too_early([*facts, *drained])


def damaged(facts: Sequence[Fact], folder: Path) -> list[str]:
    """Return which objects are not what was last put, whole."""
    last = {fact[1]: fact[2] for fact in facts if fact[0] == "put"}  # the later wins
    may_be = {(fact[1], fact[2]) for fact in facts if fact[0] == "perhaps put"}
    found = []
    for key, count in last.items():
        data = (folder / key).read_bytes()
        later = [each for name, each in may_be if name == key and each > count]
        if data not in [content(key, each) for each in (count, *later)]:
            found.append(f"{key} is {data[:30]!r} with {len(data)} bytes, not the {count}. content")
    return found


def _out_of_order(bodies: Sequence[str]) -> list[str]:
    """Each group of the FIFO queue counts up."""
    last: dict[str, int] = defaultdict(int)
    found = []
    for body in bodies:
        group, _, number = body.partition("/")
        if number:
            if int(number) <= last[group]:
                found.append(f"{body} came behind {last[group]}")
            last[group] = int(number)
    return found


def _shown_too_early(facts: Sequence[Fact]) -> list[str]:
    """Who was given a message had it for its visibility timeout, and no receive counts like another."""
    receives: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for fact in facts:
        if fact[0] == "received":
            receives[fact[2]].append((fact[3], fact[4], fact[5], fact[1]))
    found = []
    for deliveries in receives.values():
        deliveries.sort()
        for (count, asked_s, _, body), (next_count, _, answered_s, _) in pairwise(deliveries):
            if next_count == count:
                found.append(f"{body} was received for the {count}. time twice")
            if answered_s < asked_s + VISIBILITY_S - SLACK_S:
                found.append(f"{body} was shown again after {answered_s - asked_s:.3f} s")
    return found
