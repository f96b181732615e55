"""boto3 in process: send, receive ten, handle, delete; beside moto, which reads every message for every message.

Each run has a process of its own, since moto, once imported, listens to every call of every client.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3

from benchmarks.measure import table

BODY = json.dumps({"order": "x" * 180})
SMALL = 100


def work(client: Any, queue: str, count: int) -> None:
    """Put messages through a queue, with a client of SQS."""
    url = client.create_queue(QueueName=queue)["QueueUrl"]
    for _ in range(count):
        client.send_message(QueueUrl=url, MessageBody=BODY)
    handled = 0
    while handled < count:
        for message in client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]:
            json.loads(message["Body"])
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            handled += 1


@contextmanager
def moto() -> Iterator[None]:
    """Let moto answer."""
    from moto import mock_aws

    with mock_aws():
        yield


@contextmanager
def eventsim() -> Iterator[None]:
    """Let a simulation answer."""
    from eventsim import SyncSimulation

    with SyncSimulation(seed=1):
        yield


WORLDS: dict[str, Callable[[], Any]] = {"moto": moto, "eventsim": eventsim}


def rate(world: str, count: int) -> float:
    """Return messages a second of processor time, in this process, after one message to warm up."""
    with WORLDS[world]():
        client = boto3.client("sqs", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
        work(client, "first", 1)
        began_s = time.process_time()
        work(client, "work", count)
        return count / (time.process_time() - began_s)


def rate_in_new_process(world: str, count: int) -> float:
    """Return the same, measured in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.sdk", world, str(count)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main(*, is_quick: bool) -> None:
    """Print the ratios."""
    rates: dict[str, list[float]] = {world: [] for world in WORLDS}
    for _ in range(3 if is_quick else 5):
        for world, of_world in rates.items():
            of_world.append(rate_in_new_process(world, SMALL))
    medians = {world: statistics.median(of_world) for world, of_world in rates.items()}
    table(f"boto3 in process, {SMALL} messages (goal: 25 x)", "messages/s", medians, "moto")
    counts = (1_000, 10_000) if is_quick else (1_000, 10_000, 100_000)
    grown = {f"{count:,} messages": rate_in_new_process("eventsim", count) for count in counts}
    table("boto3 in process, ever more messages (goal: flat)", "messages/s", grown, "1,000 messages")


if __name__ == "__main__":
    print(rate(sys.argv[1], int(sys.argv[2])))
