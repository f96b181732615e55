"""Real clients and a server. What `make clients` installs lies in `.clients`; a test whose tool is missing fails."""

import io
import os
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.live.conftest import Served

TOOLS = Path(os.environ.get("EVENTSIM_CLIENTS", Path(__file__).parents[2] / ".clients"))
PROGRAMS = Path(__file__).parent / "programs"

HANDLER = """\
import json
import os

import boto3


def handler(event, context):
    print("got", json.dumps(event))
    identity = boto3.client("sts").get_caller_identity()
    return {"queues": boto3.client("sqs").list_queues().get("QueueUrls", []), "account": identity["Account"]}
"""


def tool(name: str) -> str:
    """Return the path of an installed tool."""
    path = TOOLS / name
    assert path.exists(), f"{path} is not there; `make clients` installs it"
    return str(path)


def packed(**modules: str) -> bytes:
    """Return modules as a zip file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in modules.items():
            archive.writestr(f"{name}.py", text)
    return content.getvalue()


class Account:
    """One account and region of a server, and what a client needs to reach it."""

    def __init__(self, url: str, account_id: str, region: str = "us-east-1") -> None:
        self.url = url
        self.account_id = account_id
        self.region = region
        self._session = boto3.Session(aws_access_key_id=account_id, aws_secret_access_key="secret", region_name=region)

    def client(self, service: str, **config: Any) -> Any:
        """Return boto3's client of a service."""
        return self._session.client(service, endpoint_url=self.url, config=Config(**config))

    def resource(self, service: str) -> Any:
        """Return boto3's resource of a service."""
        return self._session.resource(service, endpoint_url=self.url)

    @property
    def environ(self) -> dict[str, str]:
        """Variables by which tools find the server."""
        return {
            **os.environ,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.account_id,
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_PAGER": "",
        }

    def run(self, *command: str, folder: Path | None = None, patience_s: int = 120) -> str:
        """Run a program that talks to the server, and return what it prints."""
        ended = subprocess.run(
            command, env=self.environ, cwd=folder, capture_output=True, text=True, timeout=patience_s, check=False
        )
        assert ended.returncode == 0, f"{command}: {ended.stdout}\n{ended.stderr}"
        return ended.stdout

    def add_function(self, name: str, source: str = HANDLER, **settings: Any) -> Any:
        """Create a function, wait until it can be invoked, and return a client of Lambda's."""
        functions = self.client("lambda")
        functions.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=f"arn:aws:iam::{self.account_id}:role/any",
            Code={"ZipFile": packed(app=source)},
            **{"Handler": "app.handler", "Timeout": 30, "MemorySize": 512, **settings},
        )
        functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        return functions


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("served"), "--quiet")
    yield served
    served.end()


@pytest.fixture(scope="module")
def account(server: Served) -> Account:
    return Account(server.url, "111111111111")
