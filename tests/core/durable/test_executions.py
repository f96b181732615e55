"""Do durable functions, written with AWS's own SDK, come to their end as on AWS?"""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import (
    CallbackConfig,
    Duration,
    InvokeConfig,
    JitterStrategy,
    StepConfig,
    StepSemantics,
)
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy
from aws_durable_execution_sdk_python.waits import WaitForConditionConfig, WaitForConditionDecision

from eventsim import SyncSimulation
from eventsim.errors import ApiError
from tests import sdk
from tests.core.durable.world import WORK, ask, finished, history, invocations_s, start, world

DAY_S = 86_400
SHIPPED = 40
"""Orders that one function or many events want shipped."""


def retrying(attempts: int, delay_s: int) -> StepConfig:
    """Return the configuration of a step that is attempted so often, at even intervals."""
    strategy = RetryStrategyConfig(
        max_attempts=attempts,
        initial_delay=Duration.from_seconds(delay_s),
        backoff_rate=1,
        jitter_strategy=JitterStrategy.NONE,
    )
    return StepConfig(retry_strategy=create_retry_strategy(strategy))


def test_a_wait_of_a_year_takes_no_time_and_no_money() -> None:
    """The function is not run while its execution waits: two short invocations are billed for a year."""

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        context.wait(Duration.from_days(365), name="until renewal")
        return "renewed"

    with world(handler, seconds=366 * DAY_S) as simulation:
        told = finished(simulation)
        assert (told["Status"], told["Result"]) == ("SUCCEEDED", '"renewed"')
        assert invocations_s(simulation) == [0, 365 * DAY_S]
        assert simulation.trace.total("reported", "function work") < 1_000


def test_a_step_runs_once_however_often_the_function_is_invoked() -> None:
    """What a step returned is saved; the invocations after it are told instead of doing it again."""
    ran = []

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        charged = context.step(lambda _: ran.append(event["order"]) or "charged", name="charge")
        context.wait(Duration.from_hours(1))
        context.wait(Duration.from_hours(1))
        return charged

    with world(handler, seconds=DAY_S) as simulation:
        told = finished(simulation, {"order": 7})
        assert told["Result"] == '"charged"'
        assert ran == [7]
        assert invocations_s(simulation) == [0, 3_600, 7_200]
        assert history(simulation, told["DurableExecutionArn"]) == [
            *("ExecutionStarted", "StepStarted", "StepSucceeded"),
            *("WaitStarted", "WaitSucceeded", "WaitStarted", "WaitSucceeded", "ExecutionSucceeded"),
        ]


def test_a_step_is_attempted_again_after_the_delay_that_its_strategy_asks_for() -> None:
    """The execution rests in between; each attempt is an invocation of its own, and the history counts them."""
    attempts = []

    def charge(_: Any) -> str:
        attempts.append(1)
        if len(attempts) < 3:
            raise ConnectionError("the card service is down")
        return "charged"

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        return context.step(charge, name="charge", config=retrying(3, 60))

    with world(handler) as simulation:
        told = finished(simulation)
        assert told["Status"] == "SUCCEEDED"
        assert invocations_s(simulation) == [0, 60, 120]
        arn = told["DurableExecutionArn"]
        events = ask(simulation, "GetDurableExecutionHistory", DurableExecutionArn=arn)["Events"]
        failed = next(event for event in events if event["EventType"] == "StepFailed")
        assert failed["StepFailedDetails"]["RetryDetails"] == {"CurrentAttempt": 1, "NextAttemptDelaySeconds": 60}
        assert failed["StepFailedDetails"]["Error"]["Payload"]["ErrorMessage"] == "the card service is down"


def test_an_error_that_nobody_catches_fails_the_execution_and_its_event_is_buried() -> None:
    """A failed execution is not begun anew; the dead-letter queue gets what began it."""

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        raise ValueError("no such order")

    with world(handler) as simulation:
        told = finished(simulation, {"order": 7})
        assert told["Status"] == "FAILED"
        assert told["Error"]["ErrorMessage"] == "no such order"
        assert invocations_s(simulation) == [0]
        url = simulation.call("sqs", "GetQueueUrl", {"QueueName": "dead"})["QueueUrl"]
        parameters = {"QueueUrl": url, "MessageAttributeNames": ["All"]}
        [letter] = simulation.call("sqs", "ReceiveMessage", parameters)["Messages"]
        assert json.loads(letter["Body"]) == {"order": 7}
        assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no such order"


def test_an_invocation_that_crashes_is_made_again_and_goes_on_from_what_was_saved() -> None:
    """A step that was to run at most once an attempt is not run again: its strategy hears that it was interrupted."""
    crashes = []

    def crash(_: Any) -> None:
        crashes.append(1)
        raise SystemExit(1)

    at_most_once = StepConfig(
        retry_strategy=create_retry_strategy(RetryStrategyConfig(max_attempts=1)),
        step_semantics=StepSemantics.AT_MOST_ONCE_PER_RETRY,
    )

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        context.step(crash, name="crash", config=at_most_once)

    with world(handler) as simulation:
        told = finished(simulation)
        assert told["Status"] == "FAILED"
        assert "interrupted" in told["Error"]["ErrorMessage"]
        assert crashes == [1]
        assert invocations_s(simulation) == [0, 5]


def test_five_failed_invocations_in_a_row_end_an_execution() -> None:
    """The function's own faults, not those of its steps, are tried again after five seconds."""

    def handler(event: Any, context: Any) -> Any:
        raise MemoryError("no room")

    with world(handler) as simulation:
        told = finished(simulation)
        assert told["Status"] == "FAILED"
        assert told["Error"]["ErrorMessage"] == "no room"
        assert invocations_s(simulation) == [0, 5, 10, 15, 20]


def test_an_execution_whose_time_is_over_is_stopped() -> None:
    """It ends to the second, whatever it waits for."""

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        context.wait(Duration.from_days(2))

    with world(handler, seconds=DAY_S) as simulation:
        told = finished(simulation)
        assert told["Status"] == "TIMED_OUT"
        assert told["EndTimestamp"] - told["StartTimestamp"] == timedelta(seconds=DAY_S)
        assert told["Error"]["ErrorMessage"] == f"Execution timed out after {DAY_S} seconds."


def test_a_callback_is_waited_for_and_answered_from_outside() -> None:
    """Whoever was told the id of the callback answers it; the function is not run meanwhile."""
    ids = []

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        return context.wait_for_callback(lambda callback_id, _: ids.append(callback_id), name="approve")

    with world(handler, seconds=DAY_S) as simulation:
        arn = start(simulation)
        simulation.advance("1 hour")
        with pytest.raises(ApiError, match="UTF-8"):
            ask(simulation, "SendDurableExecutionCallbackSuccess", CallbackId=ids[0], Result=b"\xff")
        ask(simulation, "SendDurableExecutionCallbackSuccess", CallbackId=ids[0], Result=b"granted")
        simulation.until_idle()
        told = ask(simulation, "GetDurableExecution", DurableExecutionArn=arn)
        assert (told["Status"], told["Result"]) == ("SUCCEEDED", '"granted"')
        assert invocations_s(simulation) == [0, 3_600]
        with pytest.raises(ApiError, match="already been closed"):
            ask(simulation, "SendDurableExecutionCallbackSuccess", CallbackId=ids[0])


@pytest.mark.parametrize(
    ("config", "beats", "error"),
    [
        (CallbackConfig(timeout=Duration.from_minutes(10)), 0, "Callback timed out"),
        (CallbackConfig(heartbeat_timeout=Duration.from_minutes(2)), 3, "Callback timed out on heartbeat"),
    ],
)
def test_a_callback_that_nobody_answers_runs_out_of_time(config: CallbackConfig, beats: int, error: str) -> None:
    """Heartbeats put off the second kind of end, but not the first."""
    ids = []

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        callback = context.create_callback(name="approve", config=config)
        ids.append(callback.callback_id)
        return callback.result()

    with world(handler, seconds=DAY_S) as simulation:
        arn = start(simulation)
        for _ in range(beats):
            simulation.advance("1 minute")
            ask(simulation, "SendDurableExecutionCallbackHeartbeat", CallbackId=ids[0])
        simulation.until_idle()
        told = ask(simulation, "GetDurableExecution", DurableExecutionArn=arn)
        assert told["Status"] == "FAILED"
        assert error in told["Error"]["ErrorMessage"]
        assert invocations_s(simulation)[1] == (600 if not beats else 300)


def test_a_condition_is_looked_at_until_it_holds() -> None:
    """Between two looks nothing runs."""

    def decide(state: int, attempt: int) -> WaitForConditionDecision:
        if state >= 3:
            return WaitForConditionDecision.stop_polling()
        return WaitForConditionDecision.continue_waiting(Duration.from_minutes(1))

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        config = WaitForConditionConfig(wait_strategy=decide, initial_state=0)
        return context.wait_for_condition(lambda state, _: state + 1, config, name="delivered")

    with world(handler) as simulation:
        told = finished(simulation)
        assert told["Result"] == "3"
        assert invocations_s(simulation) == [0, 60, 120]


def test_branches_run_side_by_side_and_wait_for_themselves() -> None:
    """Each branch goes on when its own time has come; the execution is over with the last of them."""

    def branch(seconds: int) -> Any:
        def run(context: DurableContext) -> int:
            context.wait(Duration.from_seconds(seconds))
            return seconds

        return run

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        return context.parallel([branch(60), branch(600), branch(300)], name="all").get_results()

    with world(handler) as simulation:
        told = finished(simulation)
        assert json.loads(told["Result"]) == [60, 600, 300]
        assert invocations_s(simulation) == [0, 60, 300, 600]


def test_another_function_is_invoked_and_waited_for() -> None:
    """A plain function runs once; a durable one has an execution of its own, whose ARN the history tells."""

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        price = context.invoke("price", {"sku": "a"}, name="price")
        return context.invoke("ship:$LATEST", {"price": price}, name="ship")

    @durable_execution
    def ship(event: Any, context: DurableContext) -> Any:
        context.wait(Duration.from_hours(2))
        return {"shipped for": event["price"]}

    with world(handler, seconds=DAY_S) as simulation:
        simulation.add_function("price", handler=lambda event, context: 12)
        simulation.add_function("ship", handler=ship, durable={"execution_timeout": "1 day"})
        told = finished(simulation)
        assert json.loads(told["Result"]) == {"shipped for": 12}
        arn = told["DurableExecutionArn"]
        events = ask(simulation, "GetDurableExecutionHistory", DurableExecutionArn=arn)["Events"]
        begun = [
            event["ChainedInvokeStartedDetails"] for event in events if event["EventType"] == "ChainedInvokeStarted"
        ]
        [child] = ask(simulation, "ListDurableExecutionsByFunction", FunctionName="ship")["DurableExecutions"]
        assert [each.get("DurableExecutionArn") for each in begun] == [None, child["DurableExecutionArn"]]


def by_calls(simulation: SyncSimulation) -> None:
    """Have another durable function call `ship` again and again."""
    start(simulation)


def by_events(simulation: SyncSimulation) -> None:
    """Queue events for `ship`."""
    for _ in range(SHIPPED):
        ask(simulation, "InvokeAsync", FunctionName="ship:live", InvokeArgs=b"{}")


@pytest.mark.parametrize("begin", [by_calls, by_events])
def test_an_alias_shares_executions_between_its_versions(begin: Callable[[SyncSimulation], None]) -> None:
    """Each stays with the version with which it began."""

    @durable_execution
    def handler(event: Any, context: DurableContext) -> None:
        for number in range(SHIPPED):
            context.invoke("ship:live", {}, name=f"ship {number}")

    @durable_execution
    def ship(event: Any, context: DurableContext) -> Any:
        context.wait(Duration.from_hours(1))
        return context.lambda_context.function_version

    with world(handler, seconds=7 * DAY_S) as simulation:
        aliases = {"live": {"version": 1, "weights": {2: 0.5}}}
        durable = {"execution_timeout": "1 day"}
        simulation.add_function("ship", handler=ship, durable=durable, versions={1: {}, 2: {}}, aliases=aliases)
        begin(simulation)
        simulation.until_idle()
        began = ask(simulation, "ListDurableExecutionsByFunction", FunctionName="ship")["DurableExecutions"]
        arns = [execution["DurableExecutionArn"] for execution in began]
        ended = [ask(simulation, "GetDurableExecution", DurableExecutionArn=arn) for arn in arns]
        ran = [json.loads(told["Result"]) for told in ended]
        assert all(f":ship:{version}/" in arn for arn, version in zip(arns, ran, strict=True))
        assert SHIPPED / 4 < ran.count("2") < SHIPPED * 3 / 4


def test_an_execution_and_what_it_calls_run_for_a_tenant() -> None:
    """Each invocation of it, in environments of the tenant's own."""

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        context.wait(Duration.from_minutes(1))
        return context.invoke("price", {}, name="price", config=InvokeConfig(tenant_id="red"))

    with world(handler, tenant_isolation=True) as simulation:
        simulation.add_function("price", handler=lambda event, context: context.tenant_id, tenant_isolation=True)
        arn = start(simulation, TenantId="blue")
        simulation.until_idle()
        assert ask(simulation, "GetDurableExecution", DurableExecutionArn=arn)["Result"] == '"red"'
        with pytest.raises(ApiError, match="enant"):
            start(simulation)


def test_a_function_that_is_not_there_fails_the_operation_that_calls_it() -> None:
    """As an Invoke of it would be refused."""

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        return context.invoke("nobody", {}, name="call")

    with world(handler) as simulation:
        told = finished(simulation)
        assert told["Status"] == "FAILED"
        assert "Function not found" in told["Error"]["ErrorMessage"]


def test_whoever_waits_for_an_execution_gets_its_result() -> None:
    """A synchronous Invoke waits for all of it, at most for fifteen minutes."""

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        context.wait(Duration.from_minutes(10))
        return {"id": event["id"]}

    with world(handler) as simulation:
        answer = sdk.client("lambda").invoke(FunctionName=WORK, Payload=b'{"id": 7}')
        assert json.loads(answer["Payload"].read()) == {"id": 7}
        assert answer["DurableExecutionArn"].startswith(
            "arn:aws:lambda:us-east-1:123456789012:function:work:$LATEST/durable-execution/"
        )
        assert simulation.now_s > 600


def test_an_execution_that_may_last_longer_than_an_invocation_cannot_be_waited_for() -> None:
    """So says Lambda; and that it needs a version."""
    with world(lambda event, context: None, seconds=901) as simulation:
        with pytest.raises(ApiError, match="executionTimeout greater than 15 minutes"):
            ask(simulation, "Invoke", FunctionName=WORK)
        with pytest.raises(ApiError, match="using an unqualified ARN"):
            ask(simulation, "Invoke", FunctionName="work", InvocationType="Event")


def test_a_name_begins_one_execution() -> None:
    """The same name and payload give the one that there is; another payload is refused."""

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        return event["id"]

    with world(handler) as simulation:
        first = start(simulation, {"id": 7}, DurableExecutionName="order-7")
        assert start(simulation, {"id": 7}, DurableExecutionName="order-7") == first
        with pytest.raises(ApiError) as refused:
            start(simulation, {"id": 8}, DurableExecutionName="order-7")
        assert refused.value.code == "DurableExecutionAlreadyStartedException"
        simulation.until_idle()
        assert invocations_s(simulation) == [0]


def test_a_mapping_waits_for_the_whole_execution() -> None:
    """Its messages are deleted when the execution has succeeded, and come back when it has failed."""

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        context.wait(Duration.from_minutes(5))
        if event["Records"][0]["body"] == "bad":
            raise ValueError("bad")

    with world(handler) as simulation:
        redrive = {"queue": "dead", "max_receive_count": 1}
        simulation.add_source("queues", "jobs", visibility_timeout="10 minutes", dead_letter=redrive)
        simulation.add_mapping(source="jobs", function="work", batch_size=1)
        simulation.send("jobs", "good")
        simulation.send("jobs", "bad")
        simulation.advance("4 minutes")
        assert simulation.numbers("queues", "jobs")["in_flight"] == 2
        simulation.until_idle()
        numbers = simulation.numbers("queues", "jobs")
        assert (numbers["deleted"], numbers["dead_lettered"]) == (1, 1)


def test_a_plain_function_has_no_executions_to_name() -> None:
    """Nothing is ignored in silence."""
    with world(lambda event, context: None) as simulation:
        simulation.add_function("plain", handler=lambda event, context: None)
        with pytest.raises(ApiError, match="only be given for a durable function"):
            ask(simulation, "Invoke", FunctionName="plain", DurableExecutionName="order-7")


def test_an_execution_can_be_stopped() -> None:
    """It ends at once, with the error that was given; stopping it again changes nothing."""

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        context.wait(Duration.from_hours(5))

    with world(handler, seconds=DAY_S) as simulation:
        arn = start(simulation)
        simulation.advance("1 hour")
        error = {"ErrorMessage": "not wanted any more", "ErrorType": "Cancelled"}
        stopped = ask(simulation, "StopDurableExecution", DurableExecutionArn=arn, Error=error)
        simulation.advance("1 hour")
        assert ask(simulation, "StopDurableExecution", DurableExecutionArn=arn) == stopped
        told = ask(simulation, "GetDurableExecution", DurableExecutionArn=arn)
        assert (told["Status"], told["Error"]) == ("STOPPED", error)
        assert invocations_s(simulation) == [0]


def test_a_paused_execution_is_not_invoked_until_it_is_resumed() -> None:
    """Waits end meanwhile; its own time stands still, unless that was not wanted."""

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        context.wait(Duration.from_hours(1))
        return "done"

    with world(handler, seconds=2 * 3_600) as simulation:
        arn = start(simulation)
        simulation.advance("30 minutes")
        ask(simulation, "PauseDurableExecution", DurableExecutionArn=arn, Reason="incident")
        told = ask(simulation, "GetDurableExecution", DurableExecutionArn=arn)
        assert (told["Status"], told["PauseDetails"]["Reason"]) == ("PAUSED", "incident")
        simulation.advance("10 h")
        ask(simulation, "ResumeDurableExecution", DurableExecutionArn=arn)
        simulation.until_idle()
        told = ask(simulation, "GetDurableExecution", DurableExecutionArn=arn)
        assert told["Status"] == "SUCCEEDED"
        assert invocations_s(simulation) == [0, 10 * 3_600 + 1_800]


def test_a_request_that_was_granted_may_come_again() -> None:
    """Under the same token of its client; one that was refused is refused again."""

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        context.wait(Duration.from_hours(1))

    with world(handler, seconds=2 * 3_600) as simulation:
        arn = start(simulation)
        simulation.advance("30 minutes")
        for _ in range(2):
            with pytest.raises(ApiError, match="cannot be resumed in status RUNNING"):
                ask(simulation, "ResumeDurableExecution", DurableExecutionArn=arn, ClientToken="once")
        for operation in ("PauseDurableExecution", "ResumeDurableExecution"):
            for _ in range(2):
                ask(simulation, operation, DurableExecutionArn=arn, ClientToken="once")
        assert history(simulation, arn).count("ExecutionPaused") == 1
        assert history(simulation, arn).count("ExecutionResumed") == 1


def test_what_is_resumed_while_its_function_still_runs_goes_on_afterwards() -> None:
    """Two invocations of one execution never run side by side."""
    answers: list[Any] = []

    def handler(event: Any, context: Any) -> Any:
        client: Any = sdk.client("lambda")
        token, arn = event["CheckpointToken"], event["DurableExecutionArn"]
        if answers:
            return {"Status": "SUCCEEDED"}
        client.pause_durable_execution(DurableExecutionArn=arn)
        answers.append(client.checkpoint_durable_execution(DurableExecutionArn=arn, CheckpointToken=token, Updates=[]))
        client.resume_durable_execution(DurableExecutionArn=arn)
        time.sleep(30)  # noqa: TID251 - user code, in virtual time
        return {"Status": "PENDING"}

    with world(handler, timeout=60) as simulation:
        told = finished(simulation)
        assert "CheckpointToken" not in answers[0]
        assert told["Status"] == "SUCCEEDED"
        assert invocations_s(simulation) == [0, 30]


def test_the_default_bus_hears_of_every_change() -> None:
    """Rules can wait for the end of an execution."""

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        return 1

    with world(handler) as simulation:
        simulation.add_source("queues", "ends")
        simulation.add_source(
            "rules",
            "ends",
            pattern={"source": ["aws.lambda"], "detail": {"status": ["SUCCEEDED"]}},
            targets=[{"queue": "ends"}],
        )
        told = finished(simulation)
        url = simulation.call("sqs", "GetQueueUrl", {"QueueName": "ends"})["QueueUrl"]
        [message] = simulation.call("sqs", "ReceiveMessage", {"QueueUrl": url})["Messages"]
        event = json.loads(message["Body"])
        assert event["detail-type"] == "Durable Execution Status Change"
        assert event["detail"]["durableExecutionArn"] == told["DurableExecutionArn"]


def test_boto3_reads_what_happened() -> None:
    """Lists, histories and their pages, as a client asks for them."""

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        return context.step(lambda _: event["n"] * 2, name="double")

    with world(handler) as simulation:
        arns = [start(simulation, {"n": number}, DurableExecutionName=f"n-{number}") for number in range(3)]
        simulation.until_idle()
        client = sdk.client("lambda")
        pages = client.get_paginator("list_durable_executions_by_function").paginate(
            FunctionName="work", PaginationConfig={"PageSize": 2}
        )
        listed = [each["DurableExecutionArn"] for page in pages for each in page["DurableExecutions"]]
        assert listed == arns[::-1]
        [found] = client.list_durable_executions_by_function(FunctionName="work", DurableExecutionName="n-1")[
            "DurableExecutions"
        ]
        assert found["Status"] == "SUCCEEDED"
        events = client.get_durable_execution_history(DurableExecutionArn=arns[1], IncludeExecutionData=False)["Events"]
        assert [event["EventId"] for event in events] == list(range(1, len(events) + 1))
        assert events[-1]["ExecutionSucceededDetails"]["Result"] == {"Truncated": True}


def test_an_execution_that_is_over_is_known_for_some_days() -> None:
    """Then it is forgotten, or at once if somebody deletes it; one that runs cannot be deleted."""

    @durable_execution
    def handler(event: Any, context: DurableContext) -> Any:
        context.wait(Duration.from_minutes(1))

    with world(handler) as simulation:
        arn = start(simulation)
        simulation.advance("1 s")
        with pytest.raises(ApiError, match="RUNNING"):
            ask(simulation, "DeleteDurableExecution", DurableExecutionArn=arn)
        simulation.advance("29 days")
        assert ask(simulation, "GetDurableExecution", DurableExecutionArn=arn)["Status"] == "SUCCEEDED"
        simulation.advance("2 days")
        with pytest.raises(ApiError, match="Durable Execution does not exist"):
            ask(simulation, "GetDurableExecution", DurableExecutionArn=arn)
