"""A server as a process, and clients of it."""

import http.client
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config


class Served:
    """A running `eventsim serve`."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "eventsim", "serve", "--port", "0", *arguments],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        words = self.process.stdout.readline().split()
        assert words[:4] == ["eventsim", "is", "ready", "at"], self.process.communicate()
        self.url = words[4]

    def client(self, service: str, **settings: Any) -> Any:
        """Return a client of a service."""
        given = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test", **settings}
        config = Config(retries={"max_attempts": 0})
        return boto3.Session().client(service, endpoint_url=self.url, config=config, **given)

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

    def end(self) -> tuple[int, str]:
        """Stop it; return its exit code and what it told."""
        self.process.terminate()
        _, told = self.process.communicate(timeout=20)
        return self.process.returncode, told


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Served]]:
    """Return what starts a server in a folder with some files: `serve("scenario.yaml", files={…})`."""
    started: list[Served] = []

    def start(*arguments: str, files: dict[str, str] | None = None) -> Served:
        folder = tmp_path_factory.mktemp("served")
        for name, text in (files or {}).items():
            (folder / name).write_text(text)
        started.append(Served(folder, *arguments))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.end()


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
