"""Does CDK's command line deploy as it is? Bootstrap, deploy, change, destroy."""

import shutil
from pathlib import Path

import pytest

from tests.clients.conftest import PROGRAMS, Account, tool
from tests.live.conftest import Served

pytestmark = pytest.mark.clients


class Cdk:
    """CDK's command line in the folder of an application."""

    def __init__(self, account: Account, folder: Path) -> None:
        self.account = account
        self.folder = folder
        shutil.copytree(PROGRAMS / "cdk", folder, dirs_exist_ok=True)
        (folder / "node_modules").symlink_to(tool("node/node_modules"))

    def run(self, *words: str) -> None:
        """Run a command."""
        self.account.run("node_modules/.bin/cdk", *words, "--no-notices", folder=self.folder)

    def outputs(self) -> dict[str, str]:
        """Return the outputs of the stack."""
        (stack,) = self.account.client("cloudformation").describe_stacks(StackName="Shop")["Stacks"]
        assert stack["StackStatus"].endswith("E_COMPLETE")
        return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


@pytest.fixture
def cdk(server: Served, tmp_path: Path) -> Cdk:
    return Cdk(Account(server.url, "333333333333"), tmp_path)


def test_an_application_is_deployed_changed_and_destroyed(cdk: Cdk) -> None:
    """With what CDK brings along of its own: files in a bucket, calls, providers, emptied buckets."""
    account = cdk.account
    cdk.run("bootstrap")
    cdk.run("deploy", "--require-approval", "never")

    told = cdk.outputs()
    assert told["Answer"] == "cba"
    page = account.client("s3").get_object(Bucket=told["Bucket"], Key="index.html")
    assert (page["ContentType"], page["Body"].read()) == ("text/html", b"<h1>Shop</h1>\n")
    account.client("sqs").send_message(QueueUrl=told["QueueUrl"], MessageBody="o-1")
    (message,) = account.client("sqs").receive_message(QueueUrl=told["BookedUrl"], WaitTimeSeconds=20)["Messages"]
    assert message["Body"] == "o-1"
    items = account.client("dynamodb").scan(TableName=told["Table"])["Items"]
    assert sorted(item["id"]["S"] for item in items) == ["o-1", "seed"]

    (cdk.folder / "site" / "index.html").write_text("changed")
    cdk.run("deploy", "--require-approval", "never")
    cdk.run("deploy", "--hotswap", "--require-approval", "never")
    page = account.client("s3").get_object(Bucket=told["Bucket"], Key="index.html")
    assert page["Body"].read() == b"changed"

    cdk.run("destroy", "--force")
    assert told["Bucket"] not in [bucket["Name"] for bucket in account.client("s3").list_buckets()["Buckets"]]
    assert account.client("lambda").list_functions()["Functions"] == []
