"""Does Terraform deploy as it is? Apply, send events through, plan without a change, change, destroy.

Neither pip nor npm brings Terraform and its provider for AWS along: where they are not there, nothing is tried.
"""

import json
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.clients.conftest import PROGRAMS, Account
from tests.live.conftest import Served

pytestmark = pytest.mark.clients

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "terraform"
PATIENCE_S = 400
"""The provider waits for half a minute and more before it believes that a queue is there, on AWS as here."""


def prepare(folder: Path, source: Path, module: str) -> None:
    """Copy an application, zip its module, and have Terraform find its provider; skip the test if it cannot."""
    if shutil.which("terraform") is None:
        pytest.skip("`terraform` is not on the PATH")
    shutil.copytree(source, folder, dirs_exist_ok=True)
    with zipfile.ZipFile(folder / f"{module}.zip", "w") as archive:
        archive.write(folder / f"{module}.py", f"{module}.py")
    begun = subprocess.run(
        ["terraform", "init", "-input=false", "-no-color"], cwd=folder, capture_output=True, text=True, check=False
    )
    if begun.returncode != 0:
        pytest.skip(f"Terraform finds no provider for AWS: {begun.stderr}")


class Terraform:
    """Terraform's command line in the folder of an application."""

    def __init__(self, account: Account, folder: Path) -> None:
        self.account = account
        self.folder = folder

    def run(self, *words: str) -> str:
        """Run a command."""
        return self.account.run("terraform", *words, "-no-color", folder=self.folder, patience_s=PATIENCE_S)

    def change(self, verb: str, *words: str) -> str:
        """Run a command that changes what is there, and return how it counts what it did."""
        told = self.run(verb, "-auto-approve", *words)
        return next(line for line in told.splitlines() if line.endswith("destroyed."))

    def outputs(self) -> dict[str, str]:
        """Return the outputs of the application."""
        return {name: output["value"] for name, output in json.loads(self.run("output", "-json")).items()}


def test_an_application_is_applied_used_changed_and_destroyed(server: Served, tmp_path: Path) -> None:
    """Bucket, topic, queue and function behind one another, an alarm, an API; what was applied is found as it is."""
    prepare(tmp_path, PROGRAMS / "terraform", "app")
    account = Account(server.url, "555555555555")
    terraform = Terraform(account, tmp_path)

    assert terraform.change("apply") == "Apply complete! Resources: 22 added, 0 changed, 0 destroyed."
    terraform.run("plan", "-detailed-exitcode")

    told = terraform.outputs()
    s3 = account.client("s3")
    for key, text in {"a.txt": b"hello", "b.txt": b"poison", "c.jpg": b"not for us"}.items():
        s3.put_object(Bucket=told["said"], Key=key, Body=text)
    s3.get_waiter("object_exists").wait(Bucket=told["shouted"], Key="a.txt", WaiterConfig={"Delay": 1})
    assert s3.get_object(Bucket=told["shouted"], Key="a.txt")["Body"].read() == b"HELLO"
    (dead,) = account.client("sqs").receive_message(QueueUrl=told["dead"], WaitTimeSeconds=20)["Messages"]
    assert "b.txt" in dead["Body"]
    assert urllib.request.urlopen(f"{told['api']}/hello/you").read() == b"hello you"

    assert terraform.change("apply", "-var", "greeting=goodbye") == (
        "Apply complete! Resources: 0 added, 1 changed, 0 destroyed."
    )
    assert urllib.request.urlopen(f"{told['api']}/hello/you").read() == b"goodbye you"

    assert terraform.change("destroy") == "Destroy complete! Resources: 22 destroyed."
    assert s3.list_buckets()["Buckets"] == []
    assert account.client("lambda").list_functions()["Functions"] == []


def test_the_application_of_the_page_runs_unchanged(tmp_path: Path) -> None:
    """docs/howto/use-as-aws-endpoint.md shows it: apply and test on a server that lives as long as both.

    The function's role may do no more than the page lets it.
    """
    prepare(tmp_path, EXAMPLE, "charge")
    suite = f"{sys.executable} -m pytest -q -p no:cacheprovider test_charge.py"

    command = f"terraform apply -auto-approve && {suite}"
    ended = subprocess.run(
        [sys.executable, "-m", "eventsim", "exec", "--permissions", "enforced", "--", "sh", "-c", command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert (ended.returncode, "1 passed" in ended.stdout) == (0, True), ended.stdout + ended.stderr
