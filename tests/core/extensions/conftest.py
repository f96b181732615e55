"""A function beside which an extension runs."""

import http.client
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from eventsim import SyncSimulation

SECRETS = "arn:aws:lambda:us-east-1:177933569100:layer:AWS-Parameters-and-Secrets-Lambda-Extension:12"


def get(path: str, *, port: int = 2773, token: str | None = None, **query: str) -> tuple[int, str]:
    """Ask an extension, as tutorials have it."""
    url = f"http://localhost:{port}{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
    token = os.environ["AWS_SESSION_TOKEN"] if token is None else token
    request = urllib.request.Request(url, headers={"X-Aws-Parameters-Secrets-Token": token})
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def by_http_client(path: str) -> Any:
    """Ask it by the plainest client, and return the JSON."""
    connection = http.client.HTTPConnection("localhost", 2773)
    connection.request("GET", path, headers={"X-Aws-Parameters-Secrets-Token": os.environ["AWS_SESSION_TOKEN"]})
    return json.loads(connection.getresponse().read())


@pytest.fixture
def world() -> Iterator[SyncSimulation]:
    """Return an open simulation."""
    with SyncSimulation(seed=1) as simulation:
        yield simulation
    simulation.trace.close()


@pytest.fixture
def add(world: SyncSimulation) -> Callable[..., None]:
    """Return what adds the function `f` with the extension for secrets: `add(handler, TTL=0)`."""

    def add_function(
        handler: Callable[[Any, Any], Any], *, layers: tuple[str, ...] = (SECRETS,), **variables: Any
    ) -> None:
        world.add_function("f", handler=handler, layers=list(layers), environment=variables, timeout="15 minutes")

    return add_function
