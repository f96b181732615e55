"""Does a run write what its functions must be allowed?"""

import json
from pathlib import Path

from eventsim.cli.main import main

SCENARIO = """\
functions:
  tell: {handler: app.handler}
queues:
  news: {}
workload:
  - {invoke: {function: tell, event: {}}}
"""
CODE = """\
import boto3


def handler(event, context):
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="news")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="1")
"""


def test_a_run_writes_the_least_policies(tmp_path: Path) -> None:
    """The run is the same with them and without: to look at it does not change it."""
    (tmp_path / "news.yaml").write_text(SCENARIO)
    (tmp_path / "app.py").write_text(CODE)
    scenario, policies, traces = tmp_path / "news.yaml", tmp_path / "policies.json", [tmp_path / "1", tmp_path / "2"]

    assert main(["run", str(scenario), "--trace", str(traces[0])]) == 0
    assert main(["run", str(scenario), "--trace", str(traces[1]), "--policies", str(policies)]) == 0

    (statement,) = json.loads(policies.read_text())["tell"]["Statement"]
    assert statement["Action"] == ["sqs:GetQueueUrl", "sqs:SendMessage"]
    assert statement["Resource"] == ["arn:aws:sqs:us-east-1:123456789012:news"]
    assert traces[0].read_bytes() == traces[1].read_bytes()


def test_the_command_line_says_what_becomes_of_permissions(tmp_path: Path) -> None:
    """It goes before what the scenario says."""
    may_log = "app.handler, policies: [AWSLambdaBasicExecutionRole]"
    (tmp_path / "news.yaml").write_text(SCENARIO.replace("app.handler", may_log))
    (tmp_path / "app.py").write_text(CODE)
    trace = tmp_path / "trace"

    assert main(["run", str(tmp_path / "news.yaml"), "--permissions", "enforced", "--trace", str(trace)]) == 0

    missing = [json.loads(line) for line in trace.read_text().splitlines()[1:] if '"permission missing"' in line]
    assert [entry["detail"]["action"] for entry in missing] == ["sqs:GetQueueUrl"]
