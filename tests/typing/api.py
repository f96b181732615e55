"""What users write against the public names passes a strict type checker: `make check` looks, nothing runs this."""

import asyncio
from collections.abc import Mapping
from typing import Any

from eventsim import (
    ApiError,
    FunctionFailed,
    Operation,
    Operations,
    Request,
    Result,
    Simulation,
    SyncSimulation,
    VirtualLoop,
    World,
)


def handler(event: Any, context: Any) -> str:
    """A callable as a handler."""
    return f"{event['name']}, {context.aws_request_id}"


def send_email(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """A stub."""
    if not parameters["Destination"]:
        raise ApiError("MessageRejected", "Nobody to send it to.")
    return {"MessageId": "mail-1"}


def in_plain_code() -> float:
    """A world built in code."""
    with SyncSimulation(seed=7) as simulation:
        simulation.add_function("hello", handler=handler, timeout="10 s")
        simulation.add_source("queues", "orders", visibility_timeout="1 minute")
        simulation.add_mapping(source="orders", function="hello", batch_size=1)
        simulation.add_fault(function="hello", error=True, probability=0.1)
        simulation.stub("ses", "SendEmail", send_email)
        simulation.stub("ses", "GetSendQuota", {"Max24HourSend": 200.0})
        simulation.send("orders", "{}", delay_s=5)
        simulation.advance("2 minutes")
        simulation.until_idle()
        numbers: Mapping[str, int] | None = simulation.numbers("queues", "orders")
        assert numbers is not None
        simulation.add_source("topics", "news")
        letters: list[str] = [letter.subject for letter in simulation.sources("topics")["news"].outbox]
        print(letters)
        try:
            simulation.invoke("hello", {"name": "Ada"})
        except FunctionFailed as error:
            print(error.payload["errorType"])
        kinds: list[str] = [entry.kind for entry in simulation.trace.entries()]
        print(kinds, simulation.digest())
        return simulation.now_s


async def in_a_coroutine() -> bytes | None:
    """The same with `await`."""
    async with Simulation(seed=7) as simulation:
        simulation.add_source("buckets", "photos")
        await simulation.request("s3", "PutObject", {"Bucket": "photos", "Key": "a", "Body": b"1"})
        listed = await simulation.request("s3", "ListObjectsV2", {"Bucket": "photos"})
        assert [each["Key"] for each in listed["Contents"]] == ["a"]
        await simulation.advance(1.5)
        await simulation.until_idle()
        return simulation.read("photos", "a")


def on_a_loop_of_ones_own() -> bytes | None:
    """A virtual loop is a loop factory."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(in_a_coroutine())


def operations(world: World) -> Mapping[str, Operation]:
    """Operations of a service, as the entry points `eventsim.apis` name them."""

    def get_time(request: Request) -> Result:
        return {"Time": world.clock.date(), "Region": request.region}

    return {"GetTime": get_time}


offered: Operations = operations
