"""What becomes of messages when somebody ends the server? None is left in flight whose handler could have ended."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.live.conftest import Served, bodies, url_of
from tests.live.test_kept_functions import FORWARD, make
from tests.patience import until

Serve = Callable[..., Served]


def map_queue(served: Served, code: str, **settings: Any) -> Any:
    """Make queues `jobs` and `done`, and a function between them; return a client of SQS."""
    sqs, functions = served.client("sqs"), served.client("lambda")
    for name in ("jobs", "done"):
        sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "600"})
    make(functions, "forward", code, Timeout=30)
    arn = "arn:aws:sqs:us-east-1:000000000000:jobs"
    functions.create_event_source_mapping(EventSourceArn=arn, FunctionName="forward", **settings)
    return sqs


def counts(served: Served, queue: str) -> tuple[str, str]:
    """Return how many messages are there, and in flight."""
    sqs = served.client("sqs")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = sqs.get_queue_attributes(QueueUrl=url_of(sqs, queue), AttributeNames=names)["Attributes"]
    return attributes[names[0]], attributes[names[1]]


@pytest.mark.parametrize(
    ("code", "settings", "awaited"),
    [
        pytest.param(
            FORWARD.replace("boto3.client", "__import__('time').sleep(1) or boto3.client"),
            {},
            "started",
            id="a slow handler",
        ),
        pytest.param(
            FORWARD, {"BatchSize": 9, "MaximumBatchingWindowInSeconds": 300}, "polled", id="a batch that waits"
        ),
    ],
)
def test_what_was_taken_is_finished_first(
    serve: Serve, tmp_path: Path, code: str, settings: dict[str, Any], awaited: str
) -> None:
    """SIGTERM: the handler gets its batch, its calls are answered, and its message is deleted."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    sqs = map_queue(first, code, **settings)
    sqs.send_message(QueueUrl=url_of(sqs, "jobs"), MessageBody="a")
    until(first.kinds, lambda kinds: awaited in kinds)

    code_of_exit, _ = first.end()
    second = serve("--quiet", "--db", str(path))

    assert code_of_exit == 0
    assert counts(second, "jobs") == ("0", "0")
    assert bodies(second.client("sqs"), "done") == ["a"]
