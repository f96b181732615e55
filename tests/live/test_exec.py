"""Does a command find its server, and end as it ends by itself?"""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from eventsim.cli.main import main
from eventsim.report.saved import SavedTrace
from eventsim.report.story import tell_story

SCRIPT = """\
import os
import boto3
sqs = boto3.client("sqs")
print(sqs.list_queues()["QueueUrls"], os.environ["AWS_REGION"])
raise SystemExit(7)
"""


def execute(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run `eventsim exec` in a folder."""
    command = [sys.executable, "-m", "eventsim", "exec", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=20, check=False)


@pytest.mark.parametrize("mode", [(), ("--virtual",)], ids=["live", "virtual"])
def test_a_command_runs_against_a_server_of_its_own(tmp_path: Path, mode: tuple[str, ...]) -> None:
    """Endpoint, credentials and region are set; output and exit code are the command's."""
    (tmp_path / "scenario.yaml").write_text("region: eu-west-1\nqueues: {orders: {}}\n")
    (tmp_path / "script.py").write_text(SCRIPT)

    ended = execute(tmp_path, *mode, "scenario.yaml", "--", sys.executable, "script.py")

    assert ended.stderr == ""
    assert ended.returncode == 7
    assert ended.stdout.endswith("/123456789012/orders'] eu-west-1\n")


SYNC_SCRIPT = """\
import boto3
sfn = boto3.client("stepfunctions")
definition = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
role = "arn:aws:iam::123456789012:role/r"
made = sfn.create_state_machine(name="m", definition=definition, roleArn=role, type="EXPRESS")
print(sfn.start_sync_execution(stateMachineArn=made["stateMachineArn"])["status"])
"""


def test_operations_with_hosts_of_their_own_find_the_server(tmp_path: Path) -> None:
    """`StartSyncExecution` would ask a host called sync-127.0.0.1; the variable of AWS's SDKs prevents it."""
    (tmp_path / "scenario.yaml").write_text("queues: {orders: {}}\n")
    (tmp_path / "script.py").write_text(SYNC_SCRIPT)

    ended = execute(tmp_path, "scenario.yaml", "--", sys.executable, "script.py")

    assert (ended.stderr, ended.stdout) == ("", "SUCCEEDED\n")


STACK_SCRIPT = """\
import os
import boto3
stack = os.environ["AWS_SAM_STACK_NAME"]
(described,) = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
print(stack, described["Parameters"])
"""
TEMPLATE = """\
Parameters: {Stage: {Type: String}}
Resources: {Queue: {Type: AWS::SQS::Queue}}
"""


@pytest.mark.parametrize("given", ["my-stack", ""])
def test_a_suite_finds_its_stack_by_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    """The stack is called as the suite has been told, and the suite is told what it is called if nobody did."""
    (tmp_path / "shop.yaml").write_text(TEMPLATE)
    (tmp_path / "script.py").write_text(STACK_SCRIPT)
    monkeypatch.setenv("AWS_SAM_STACK_NAME", given)

    ended = execute(tmp_path, "--parameter", "Stage=test", "shop.yaml", "--", sys.executable, "script.py")

    assert ended.stdout.split(" ", 1) == [
        given or "shop",
        "[{'ParameterKey': 'Stage', 'ParameterValue': 'test'}]\n",
    ], ended.stderr


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        (["no-such-command"], 127, "no-such-command: No such file or directory"),
        ([sys.executable, "-c", "import os; os.kill(os.getpid(), 15)"], 143, ""),
    ],
    ids=["not found", "killed"],
)
def test_a_command_that_fails_has_a_shells_exit_code(tmp_path: Path, command: list[str], code: int, says: str) -> None:
    """Scripts around it see what they would see without it."""
    ended = execute(tmp_path, "--", *command)

    assert ended.returncode == code
    assert says in ended.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "write the command behind `--`"),
        (["nowhere.yaml", "--", "true"], "nowhere.yaml"),
        (["--set", "seed=1", "--", "true"], "--set and --parameter change a scenario or a template; name one"),
    ],
    ids=["no command", "no scenario", "nothing to set"],
)
def test_a_mistake_of_the_caller_is_explained(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, before any server has begun."""
    code = main(["exec", *words])

    assert code == 2
    assert says in capsys.readouterr().err


def test_a_port_may_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """Suites that were written for another emulator name a port, which is found taken before anything begins."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        code = main(["exec", "--port", str(port), "--", "true"])

    assert code == 2
    assert f"port {port} is taken" in capsys.readouterr().err


FAILING_SCRIPT = """\
import boto3
answer = boto3.client("lambda").invoke(FunctionName="charge", Payload="{}")
raise SystemExit("FunctionError" in answer)
"""


def test_a_command_that_fails_is_told_what_went_wrong_on_the_server(tmp_path: Path) -> None:
    """The server is gone by then, so it tells what clients do not see, and keeps the rest if it is asked to."""
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return event['amount']\n")
    (tmp_path / "scenario.yaml").write_text("functions: {charge: {handler: app.handler}}\n")
    (tmp_path / "script.py").write_text(FAILING_SCRIPT)
    words = ("--virtual=auto", "--trace", "run.jsonl", "--report", "run.html", "scenario.yaml")

    ended = execute(tmp_path, *words, "--", sys.executable, "script.py")

    assert ended.returncode == 1
    assert ended.stderr == (
        "eventsim: what went wrong on the server\n"
        "  function charge\n      1 × KeyError: 'amount' (i1 at 00:00:00.101)\n"
    )
    assert "fails: 'amount'" in "\n".join(tell_story(SavedTrace(tmp_path / "run.jsonl"), "i1", width=80))
    assert "KeyError" in (tmp_path / "run.html").read_text()


def test_who_only_looked_does_not_hide_what_went_wrong(tmp_path: Path) -> None:
    """Tools look whether something is there before they make it; if nothing else went wrong, that is it."""
    look = (
        "import boto3, sys\nsqs = boto3.client('sqs')\ntry: sqs.get_queue_url(QueueName='a')\nexcept Exception: pass\n"
    )
    (tmp_path / "looks.py").write_text(f"{look}sys.exit(1)")
    (tmp_path / "fails.py").write_text(f"{look}sqs.create_queue(QueueName='?')")

    looks, fails = (execute(tmp_path, "--", sys.executable, script).stderr for script in ("looks.py", "fails.py"))

    assert "sqs.GetQueueUrl\n      1 × refused calls from outside, AWS.SimpleQueueService.NonExistentQueue" in looks
    assert "\n  sqs.CreateQueue\n      1 × refused" in fails
    assert "  besides, these did not find what they asked for: sqs.GetQueueUrl\n" in fails


def test_stubs_of_hosts_are_for_virtual_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Live functions run in processes of their own, with the network as it is: a stub there would lie."""
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text("http_stubs:\n  - {host: api.partner.example, body: hello}\n")

    code = main(["exec", str(scenario), "--", "true"])

    assert code == 2
    assert "serve with --virtual=auto" in capsys.readouterr().err


REFUSED_CODE = """\
import os

import boto3


def handler(event, context):
    del os.environ["_X_AMZN_TRACE_ID"]
    return len(boto3.client("sqs").list_queues().get("QueueUrls", []))
"""
REFUSED_SCRIPT = """\
import boto3
print(boto3.client("lambda").invoke(FunctionName="count")["Payload"].read().decode())
"""


def test_permissions_count_on_a_server_and_policies_are_written(tmp_path: Path) -> None:
    """Functions that run in processes of their own are their roles' sessions, too, whatever headers they send."""
    policies = "policies: [AWSLambdaBasicExecutionRole]"
    (tmp_path / "scenario.yaml").write_text(f"functions: {{count: {{handler: app.handler, {policies}}}}}\n")
    (tmp_path / "app.py").write_text(REFUSED_CODE)
    (tmp_path / "script.py").write_text(REFUSED_SCRIPT)

    words = ("--permissions", "enforced", "--policies", "policies.json", "scenario.yaml")
    ended = execute(tmp_path, *words, "--", sys.executable, "script.py")

    assert "because no identity-based policy allows the sqs:listqueues action" in ended.stdout
    (statement,) = json.loads((tmp_path / "policies.json").read_text())["count"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == (["sqs:ListQueues"], ["*"])
