"""Does a test suite that knows nothing of eventsim run against it?"""

import shutil
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "endpoint"

WAITING = """\
import time

import boto3


def test_a_message_comes_back_after_its_visibility_timeout():
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="work", Attributes={"VisibilityTimeout": "3600"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="again")
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "again"
    assert "Messages" not in sqs.receive_message(QueueUrl=url)

    for _ in range(181):
        messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20).get("Messages", [])
        if messages:
            break

    assert messages[0]["Body"] == "again"
"""


def execute(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run pytest in a folder under `eventsim exec`."""
    suite = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
    command = [sys.executable, "-m", "eventsim", "exec", *words, "--", *suite]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_the_suite_of_the_page_runs_unchanged(tmp_path: Path) -> None:
    """docs/howto/use-as-aws-endpoint.md shows it."""
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)

    ended = execute(tmp_path)

    assert (ended.returncode, "1 passed" in ended.stdout) == (0, True), ended.stdout + ended.stderr


def test_a_suite_that_waits_is_over_at_once_in_virtual_time(tmp_path: Path) -> None:
    """An hour of visibility timeout passes while long polls have nothing to answer."""
    (tmp_path / "test_waiting.py").write_text(WAITING)

    ended = execute(tmp_path, "--virtual=auto")

    assert (ended.returncode, "1 passed" in ended.stdout) == (0, True), ended.stdout + ended.stderr
