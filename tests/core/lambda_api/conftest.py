"""A simulation and a client of its Lambda, for tests of the API."""

import functools
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from eventsim import SyncSimulation

ROLE = "arn:aws:iam::123456789012:role/worker"
HELLO = "def handler(event, context):\n    print('hello')\n    return {'saw': event}\n"


def archive(files: Mapping[str, str | bytes] | None = None, **more: str) -> bytes:
    """Return a zip archive, the same bytes for the same files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, text in {**(files or {}), **more}.items():
            opened.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return content.getvalue()


@functools.cache
def model() -> Any:
    """Return botocore's model of Lambda."""
    return botocore.session.get_session().get_service_model("lambda")


def check_answer(operation: str, answer: Mapping[str, object]) -> None:
    """See that an answer has members of the operation's output, and values of their types."""
    shape = model().operation_model(operation).output_shape
    told = {name: value for name, value in answer.items() if name not in ("EventStream", "ResponseMetadata")}
    if shape is None:
        assert told == {}
        return
    assert told.keys() <= shape.members.keys()
    report = ParamValidator().validate(told, shape)
    assert not report.has_errors(), report.generate_report()


class Lambda:
    """Calls operations as a client would: `client("Invoke", FunctionName="f")`."""

    def __init__(self, simulation: SyncSimulation) -> None:
        self.simulation = simulation

    def __call__(self, operation: str, **parameters: Any) -> Any:
        answer = self.simulation.request("lambda", operation, parameters)
        check_answer(operation, answer)
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    def create(self, name: str = "f", source: str = HELLO, **parameters: Any) -> Any:
        """Create a function from the text of its module."""
        given = {
            "FunctionName": name,
            "Runtime": "python3.12",
            "Role": ROLE,
            "Handler": "app.handler",
            "Code": {"ZipFile": archive({"app.py": source})},
        }
        return self("CreateFunction", **{**given, **parameters})

    def invoke(self, name: str = "f", event: object = None, **parameters: Any) -> Any:
        """Invoke a function and return its decoded payload."""
        result = self("Invoke", FunctionName=name, Payload=json.dumps(event or {}).encode(), **parameters)
        return json.loads(result["Payload"])

    def told(self, kind: str) -> list[Any]:
        """Return the details of the trace's entries of a kind."""
        return [entry.detail for entry in self.simulation.trace.entries([kind])]


@pytest.fixture
def zipped() -> Callable[..., bytes]:
    """Return what makes archives: `zipped({"app.py": "…"})`."""
    return archive


@pytest.fixture
def aws() -> Iterator[Lambda]:
    """A simulation's Lambda."""
    with SyncSimulation(seed=7) as simulation:
        yield Lambda(simulation)
