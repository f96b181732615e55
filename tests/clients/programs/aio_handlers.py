"""What test_aiobotocore.py runs: functions that use aiobotocore, in virtual time; each step prints one line of JSON.

The packages of eventsim come after those of this environment, which has the botocore that aiobotocore wants.
"""

import asyncio
import io
import json
import sys

sys.path += sys.argv[1:]

from aiobotocore.session import get_session
from botocore.exceptions import ClientError

from eventsim import Simulation, SyncSimulation, VirtualLoop

SESSION = get_session()


def say(step, value):
    print(json.dumps({step: value}))


def client(service):
    return SESSION.create_client(service, region_name="us-east-1")


async def count(table):
    await table.update_item(
        TableName="counts",
        Key={"id": {"S": "all"}},
        UpdateExpression="ADD seen :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


async def poll_beside_others():
    """A long poll lets other calls of the same loop go on, and is answered late."""
    async with client("sqs") as queues, client("dynamodb") as table:
        url = (await queues.get_queue_url(QueueName="work"))["QueueUrl"]
        poll = asyncio.create_task(queues.receive_message(QueueUrl=url, WaitTimeSeconds=20))
        await asyncio.gather(*(count(table) for _ in range(10)))
        await asyncio.sleep(5)
        await queues.send_message(QueueUrl=url, MessageBody="late")
        bodies = [message["Body"] for message in (await poll)["Messages"]]
        item = (await table.get_item(TableName="counts", Key={"id": {"S": "all"}}))["Item"]
        return bodies, item["seen"]["N"], asyncio.get_running_loop().time()


async def objects():
    """Bodies are read as they are from the network, whole and in parts."""
    async with client("s3") as shelf:
        await shelf.put_object(Bucket="shelf", Key="a", Body=io.BytesIO(b"one\ntwo\n"))
        async with (await shelf.get_object(Bucket="shelf", Key="a"))["Body"] as body:
            whole = await body.read()
        lines = [line async for line in (await shelf.get_object(Bucket="shelf", Key="a"))["Body"].iter_lines()]
        pages = shelf.get_paginator("list_objects_v2").paginate(Bucket="shelf")
        return whole.decode(), [line.decode() for line in lines], [page["KeyCount"] async for page in pages]


async def refused():
    """Errors are the client's own; throttles are tried again, which takes virtual time."""
    async with client("dynamodb") as table, client("bedrock-runtime") as models:
        try:
            await table.get_item(TableName="counts", Key={"other": {"S": "x"}})
        except ClientError as error:
            code = error.response["Error"]["Code"]
        answer = await models.invoke_model(modelId="m", body=b"{}")
        return code, answer["ResponseMetadata"]["RetryAttempts"], json.loads(await answer["body"].read())


async def too_long():
    """A function ends while it awaits."""
    async with client("sqs") as queues:
        url = (await queues.get_queue_url(QueueName="work"))["QueueUrl"]
        await asyncio.gather(*(queues.receive_message(QueueUrl=url, WaitTimeSeconds=20) for _ in range(3)))


async def polled_in_a_test():
    """A test with coroutines has clients of its own."""
    async with Simulation() as simulation, client("sqs") as queues:
        url = (await queues.create_queue(QueueName="work"))["QueueUrl"]
        poll = asyncio.create_task(queues.receive_message(QueueUrl=url, WaitTimeSeconds=20))
        await asyncio.sleep(4)
        await queues.send_message(QueueUrl=url, MessageBody="late")
        return (await poll)["Messages"][0]["Body"], simulation.now_s


STEPS = {step.__name__: step for step in (poll_beside_others, objects, refused, too_long)}


def handler(event, context):
    return asyncio.run(STEPS[event]())


class Throttling:
    """A model that is busy twice."""

    def __init__(self):
        self.calls = 0

    def __call__(self, parameters):
        from eventsim import ApiError

        self.calls += 1
        if self.calls <= 2:
            raise ApiError("ThrottlingException", "busy", status=429)
        return {"body": b'{"calls": %d}' % self.calls, "contentType": "application/json"}


def run():
    with SyncSimulation(seed=4) as simulation:
        simulation.add_source("queues", "work")
        simulation.add_source("tables", "counts", key="id")
        simulation.add_source("buckets", "shelf")
        simulation.add_function("steps", handler=handler, timeout="30 s")
        simulation.add_function("short", handler=handler, timeout="5 s")
        simulation.stub("bedrock-runtime", "InvokeModel", Throttling())
        told = {step: simulation.invoke("steps", step) for step in STEPS if step != "too_long"}
        try:
            simulation.invoke("short", "too_long")
        except Exception as error:  # noqa: BLE001 - its words are what the test looks at
            told["too_long"] = str(error).partition(" Error: ")[2]
        told["outside"] = asyncio.run(objects())
        simulation.until_idle()
        return told, simulation.digest()


first, second = run(), run()
for step, value in first[0].items():
    say(step, value)
say("same", first == second)
with asyncio.Runner(loop_factory=VirtualLoop) as runner:
    say("in_a_test", runner.run(polled_in_a_test()))
