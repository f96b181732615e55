"""An order as one function: it saves every step, waits without running, and goes on where it was."""

import json
import os
from datetime import UTC, datetime
from typing import Any

import boto3
from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration, JitterStrategy, StepConfig, WaitForCallbackConfig
from aws_durable_execution_sdk_python.exceptions import CallbackError
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy

BANK_OPENS = datetime(2026, 1, 1, 0, 5, tzinfo=UTC)
EVERY_TWO_MINUTES = RetryStrategyConfig(
    max_attempts=5, initial_delay=Duration.from_minutes(2), backoff_rate=1, jitter_strategy=JitterStrategy.NONE
)

sqs = boto3.client("sqs")


@durable_execution
def handler(event: dict[str, Any], context: DurableContext) -> str:
    bank = StepConfig(retry_strategy=create_retry_strategy(EVERY_TWO_MINUTES))
    context.step(lambda _: charge(event["eur"]), name="charge", config=bank)

    def ask(callback_id: str, _: object) -> None:
        note = {"order": event["id"], "callback": callback_id}
        sqs.send_message(QueueUrl=os.environ["DESK"], MessageBody=json.dumps(note))

    try:
        context.wait_for_callback(ask, name="approval", config=WaitForCallbackConfig(timeout=Duration.from_days(3)))
    except CallbackError:
        context.step(lambda _: print(f"{event['eur']} EUR go back"), name="refund")
        return "refunded"
    context.step(lambda _: print(f"{event['id']} is sent"), name="send")
    context.wait(Duration.from_days(10), name="until it cannot come back")
    return "done"


def charge(eur: int) -> None:
    if datetime.now(UTC) < BANK_OPENS:
        raise ConnectionError("the bank does not answer")
    print(f"{eur} EUR charged")


def manager(event: dict[str, Any], context: object) -> None:
    note = json.loads(event["Records"][0]["body"])
    if note["order"] == "forgotten":
        raise LookupError("under a pile of paper")
    boto3.client("lambda").send_durable_execution_callback_success(CallbackId=note["callback"])
