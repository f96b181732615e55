"""Does SAM's command line deploy as it is? Build, deploy, invoke, logs, delete."""

import json
import shutil
from pathlib import Path

import pytest

from tests.clients.conftest import PROGRAMS, Account, tool
from tests.live.conftest import Served

pytestmark = pytest.mark.clients


def test_an_application_is_deployed_invoked_and_deleted(server: Served, tmp_path: Path) -> None:
    """By change sets, with a bucket of SAM's own for the code; logs are told, and everything goes again."""
    account = Account(server.url, "444444444444")
    shutil.copytree(PROGRAMS / "sam", tmp_path, dirs_exist_ok=True)

    def sam(*words: str) -> str:
        return account.run(tool("venv/bin/sam"), *words, "--stack-name", "shop", folder=tmp_path)

    deployed = sam("deploy", "--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset")
    assert "Successfully created/updated stack - shop in us-east-1" in deployed

    outputs = json.loads(sam("list", "stack-outputs", "--output", "json"))
    assert [each["OutputKey"] for each in outputs] == ["Url"]
    assert json.loads(sam("remote", "invoke", "Hello", "--event", '{"a": 1}')) == "hello"
    assert "got ['a']" in sam("logs", "--name", "Hello")

    sam("delete", "--no-prompts")
    assert account.client("lambda").list_functions()["Functions"] == []
