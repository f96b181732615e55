"""Does time in a served virtual world pass when it shall, and only then?"""

from collections.abc import Callable

import pytest

from tests.live.conftest import Served, bodies, url_of

SCENARIO = """\
account: "000000000000"
queues:
  jobs: {visibility_timeout: 30 s, dead_letter: {queue: dead, max_receive_count: 2}}
  dead: {}
functions:
  fails: {handler: app.fails}
  reports: {handler: app.reports}
mappings:
  - {source: jobs, function: fails}
"""
FILES = {
    "scenario.yaml": SCENARIO,
    "app.py": """\
import time
import boto3


def fails(event, context):
    raise ValueError("never")


def reports(event, context):
    time.sleep(2)
    return time.time()
""",
}


@pytest.fixture(scope="module")
def auto(serve: Callable[..., Served]) -> Served:
    """A server whose time jumps."""
    return serve("--virtual=auto", "scenario.yaml", files=FILES)


def test_time_moves_on_demand(serve: Callable[..., Served]) -> None:
    """A hidden message comes back when two minutes have passed, and nobody has waited for them."""
    served = serve("--virtual")
    sqs = served.client("sqs")
    url = sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "120"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="again")
    first = sqs.receive_message(QueueUrl=url)
    meanwhile = sqs.receive_message(QueueUrl=url)

    served.advance("2 minutes")

    assert len(first["Messages"]) == 1
    assert "Messages" not in meanwhile
    assert bodies(sqs, "q") == ["again"]


def test_what_is_no_span_of_time_is_refused(auto: Served) -> None:
    """So is another method."""
    assert auto.ask("POST", "/_eventsim/advance", {"by": "soon"})[0] == 400
    assert auto.ask("GET", "/_eventsim/advance")[0] == 405


def test_long_polls_and_sleeping_handlers_answer_at_once(auto: Served) -> None:
    """With `auto`, twenty seconds of waiting take none."""
    sqs = auto.client("sqs")
    url = sqs.create_queue(QueueName="empty")["QueueUrl"]

    received = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)
    invoked = auto.client("lambda").invoke(FunctionName="reports")

    assert "Messages" not in received
    assert float(invoked["Payload"].read()) > 1_767_225_600 + 22


def test_retries_lead_to_the_dead_letter_queue_at_once(auto: Served) -> None:
    """Two failures, a minute of visibility timeouts, and the message has moved."""
    sqs = auto.client("sqs")

    sqs.send_message(QueueUrl=url_of(sqs, "jobs"), MessageBody="poison")

    assert bodies(sqs, "dead") == ["poison"]


def test_two_servers_tell_the_same_story(serve: Callable[..., Served]) -> None:
    """The same requests in the same order give the same trace: a request holds the clock."""
    traces = []
    for _ in range(2):
        served = serve("--virtual", "scenario.yaml", files=FILES)
        sqs = served.client("sqs")
        sqs.send_message(QueueUrl=url_of(sqs, "jobs"), MessageBody="poison")
        served.advance("5 minutes")
        traces.append(served.trace())

    assert traces[0] == traces[1]
    assert any(entry["kind"] == "dead-lettered" for entry in traces[0])
