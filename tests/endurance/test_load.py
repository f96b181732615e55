"""Does a server stand what many clients ask for a minute, and what one client piles up?

Run by `make endurance`; the figures are printed. `EVENTSIM_ENDURANCE_S` says how long, 60 seconds if it does not.
"""

import json
import os
import statistics
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from time import monotonic, sleep  # noqa: TID251 - clients of a live server
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.live.conftest import Served, serve  # noqa: F401 - a fixture

pytestmark = pytest.mark.endurance

CLIENTS = 200
SPAN_S = float(os.environ.get("EVENTSIM_ENDURANCE_S", "60"))
QUEUES = 10_000

Serve = Callable[..., Served]


def resident_mib(served: Served) -> float:
    """Return how much memory a server has."""
    status = Path(f"/proc/{served.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def busy_s(served: Served) -> float:
    """Return how long a server's process has computed so far."""
    fields = Path(f"/proc/{served.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def clients(served: Served, count: int) -> list[Any]:
    """Return clients of SQS, each with connections of its own."""
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    config = Config(retries={"max_attempts": 0}, read_timeout=60)
    return [session.client("sqs", endpoint_url=served.url, config=config) for _ in range(count)]


def work(sqs: Any, url: str, until_s: float) -> list[float]:
    """Send, receive and delete until then; return how long each call took."""
    spans_s: list[float] = []

    def call(operation: Callable[..., Any], **parameters: Any) -> Any:
        began_s = monotonic()
        answer = operation(QueueUrl=url, **parameters)
        spans_s.append(monotonic() - began_s)
        return answer

    while monotonic() < until_s:
        call(sqs.send_message, MessageBody="x" * 200)
        for message in call(sqs.receive_message, MaxNumberOfMessages=1).get("Messages", ()):
            call(sqs.delete_message, ReceiptHandle=message["ReceiptHandle"])
    return spans_s


def test_two_hundred_clients_for_a_minute(serve: Serve, record_property: Callable[[str, object], None]) -> None:  # noqa: F811
    """No call fails, and memory stands still: within a tenth, from a sixth of the time on."""
    served = serve("--quiet")
    everybody = clients(served, CLIENTS)
    urls = [everybody[0].create_queue(QueueName=f"load-{number}")["QueueUrl"] for number in range(10)]
    until_s = monotonic() + SPAN_S
    sizes_mib: list[float] = []

    def watch() -> None:
        sleep(SPAN_S / 6)
        while monotonic() < until_s:
            sizes_mib.append(resident_mib(served))
            sleep(SPAN_S / 60)

    watching = threading.Thread(target=watch)
    watching.start()
    with ThreadPoolExecutor(CLIENTS) as pool:
        spans_s = sorted(chain.from_iterable(pool.map(work, everybody, urls * (CLIENTS // 10), [until_s] * CLIENTS)))
    watching.join()

    figures = {
        "calls": len(spans_s),
        "calls_a_second": round(len(spans_s) / SPAN_S),
        "median_ms": round(statistics.median(spans_s) * 1e3, 1),
        "p99_ms": round(spans_s[len(spans_s) * 99 // 100] * 1e3, 1),
        "resident_mib": [round(sizes_mib[0], 1), round(max(sizes_mib), 1)],
    }
    record_property("figures", figures)
    print(json.dumps(figures))
    assert max(sizes_mib) < sizes_mib[0] * 1.1


def test_ten_thousand_queues(serve: Serve, record_property: Callable[[str, object], None]) -> None:  # noqa: F811
    """All are made, listed page by page and used; the last costs the server's processor no more than the first."""
    served = serve("--quiet")
    (sqs,) = clients(served, 1)
    before_mib = resident_mib(served)
    urls: list[str] = []
    costs_ms: list[float] = []
    for thousand in range(QUEUES // 1000):
        began_s = busy_s(served)
        names = [f"queue-{thousand}-{number}" for number in range(1000)]
        urls += [sqs.create_queue(QueueName=name)["QueueUrl"] for name in names]
        costs_ms.append(busy_s(served) - began_s)  # of a thousand in seconds is of one in milliseconds
    after_mib = resident_mib(served)

    pages = sqs.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 1000})
    listed = [url for page in pages for url in page["QueueUrls"]]
    sqs.send_message(QueueUrl=urls[-1], MessageBody="a")
    (message,) = sqs.receive_message(QueueUrl=urls[-1])["Messages"]
    figures = {
        "first_ms": round(costs_ms[0], 2),
        "last_ms": round(costs_ms[-1], 2),
        "kib_a_queue": round((after_mib - before_mib) * 1024 / QUEUES, 1),
    }
    record_property("figures", figures)
    print(json.dumps(figures))

    assert sorted(listed) == sorted(urls)
    assert message["Body"] == "a"
    assert figures["last_ms"] < 2 * figures["first_ms"]
