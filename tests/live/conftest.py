"""A server as a process, and clients of it."""

import functools
import http.client
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

LINES_SHOWN_MAX = 40


@functools.cache
def _session() -> boto3.Session:
    """Return the session of all clients: another would read all models of the services anew."""
    return boto3.Session()


class Served:
    """A running `eventsim serve`; what it tells goes to a file beside its folder, which takes all of it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        handle, name = tempfile.mkstemp(prefix="told-", dir=folder.parent)
        self._told = Path(name)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "eventsim", "serve", "--port", "0", *arguments],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=handle,
            text=True,
        )
        os.close(handle)
        assert self.process.stdout is not None
        words = self.process.stdout.readline().split()
        assert words[:4] == ["eventsim", "is", "ready", "at"], self.told()
        self.url = words[4]

    def client(self, service: str, **settings: Any) -> Any:
        """Return a client of a service."""
        given = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test", **settings}
        config = Config(retries={"max_attempts": 0})
        return _session().client(service, endpoint_url=self.url, config=config, **given)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
        """Send one request and return status and body."""
        where = urlsplit(self.url)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
        try:
            content = body if isinstance(body, bytes | None) else json.dumps(body)
            connection.request(method, path, content, {name.replace("_", "-"): text for name, text in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def advance(self, by: str) -> None:
        """Let virtual time pass."""
        assert self.ask("POST", "/_eventsim/advance", {"by": by})[0] == 200

    def trace(self) -> list[dict[str, Any]]:
        """Return all entries so far."""
        lines = self.ask("GET", "/_eventsim/trace")[1].splitlines()
        return [json.loads(line) for line in lines[1:]]

    def kinds(self) -> list[str]:
        """Return the kinds of all entries so far."""
        return [entry["kind"] for entry in self.trace()]

    def told(self) -> str:
        """Return what it has told so far: each request, and what went wrong."""
        return self._told.read_text(encoding="utf-8")

    def end(self) -> tuple[int, str]:
        """Stop it; return its exit code and what it told."""
        self.process.terminate()
        self.process.communicate(timeout=20)
        return self.process.returncode, self.told()


class Servers:
    """The servers of a module of tests."""

    def __init__(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        self._tmp_path_factory = tmp_path_factory
        self.started: list[Served] = []

    def __call__(self, *arguments: str, files: dict[str, str] | None = None) -> Served:
        """Start a server in a folder with some files."""
        folder = self._tmp_path_factory.mktemp("served")
        for name, text in (files or {}).items():
            (folder / name).write_text(text)
        self.started.append(Served(folder, *arguments))
        return self.started[-1]


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Return what starts a server in a folder with some files: `serve("scenario.yaml", files={…})`."""
    servers = Servers(tmp_path_factory)
    yield servers
    for each in servers.started:
        if each.process.poll() is None:
            each.end()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a test that fails show what its servers have told last."""
    report = yield
    servers = getattr(item, "funcargs", {}).get("serve")
    if report.failed and isinstance(servers, Servers):
        for each in servers.started:
            last = each.told().splitlines()[-LINES_SHOWN_MAX:]
            report.sections.append((f"told last by {each.url}", "\n".join(last)))
    return report


def url_of(sqs: Any, queue: str) -> str:
    """Return the URL of a queue."""
    return str(sqs.get_queue_url(QueueName=queue)["QueueUrl"])


def bodies(sqs: Any, queue: str, count: int = 1) -> list[str]:
    """Receive, with long polls, until so many messages have come."""
    found: list[str] = []
    url = url_of(sqs, queue)
    while len(found) < count:
        received = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, MaxNumberOfMessages=10).get("Messages", [])
        assert received, f"nothing came within five seconds, and before that {found}"
        found += [message["Body"] for message in received]
    return sorted(found)
