"""What test_aiobotocore.py runs: each step prints one line of JSON."""

import asyncio
import json
import sys
from pathlib import Path

from aiobotocore.session import get_session


def say(step, value):
    print(json.dumps({step: value}))


async def main(code):
    session = get_session()
    async with (
        session.create_client("sqs") as sqs,
        session.create_client("s3") as s3,
        session.create_client("lambda") as functions,
    ):
        url = (await sqs.create_queue(QueueName="aio"))["QueueUrl"]
        await asyncio.gather(*(sqs.send_message(QueueUrl=url, MessageBody=f"{number:02}") for number in range(50)))
        bodies = set()
        while len(bodies) < 50:
            received = await sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600)
            bodies |= {message["Body"] for message in received["Messages"]}
        say("received", len(bodies))
        poll = asyncio.create_task(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20))
        await sqs.send_message(QueueUrl=url, MessageBody="late")
        say("polled", [message["Body"] for message in (await poll)["Messages"]])

        await s3.create_bucket(Bucket="aio")
        await asyncio.gather(
            *(s3.put_object(Bucket="aio", Key=f"{number}", Body=b"x" * 100_000) for number in range(5))
        )
        answer = await s3.get_object(Bucket="aio", Key="3")
        async with answer["Body"] as body:
            say("read", len(await body.read()))
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket="aio", PaginationConfig={"PageSize": 2})
        say("objects", [item["Key"] async for page in pages for item in page["Contents"]])

        await functions.create_function(
            FunctionName="aio",
            Runtime="python3.12",
            Handler="app.handler",
            Timeout=30,
            Role="arn:aws:iam::222222222222:role/any",
            Code={"ZipFile": code},
        )
        await functions.get_waiter("function_active_v2").wait(FunctionName="aio", WaiterConfig={"Delay": 1})
        answers = await asyncio.gather(*(functions.invoke(FunctionName="aio", Payload=b"{}") for _ in range(2)))
        say("returned", [json.loads(await answer["Payload"].read())["account"] for answer in answers])


asyncio.run(main(Path(sys.argv[1]).read_bytes()))
