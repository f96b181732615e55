"""Functions in the shapes that public tutorials teach: clients at import, keys as they come, threads, loops, prints."""

import asyncio
import datetime
import json
import logging
import os
import random
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor, as_completed
from urllib.parse import unquote_plus

import boto3
from PIL import Image

print("Loading function")
s3_client = boto3.client("s3")
logger = logging.getLogger()
logger.setLevel(logging.INFO)


def content_type(event, context):
    bucket = event["Records"][0]["s3"]["bucket"]["name"]
    key = urllib.parse.unquote_plus(event["Records"][0]["s3"]["object"]["key"], encoding="utf-8")
    try:
        response = s3_client.get_object(Bucket=bucket, Key=key)
        print("CONTENT TYPE: " + response["ContentType"])
        return response["ContentType"]
    except Exception as e:
        print(e)
        print(f"Error getting object {key} from bucket {bucket}.")
        raise e


def resize_image(image_path, resized_path):
    with Image.open(image_path) as image:
        image.thumbnail(tuple(x / 2 for x in image.size))
        image.save(resized_path)


def thumbnail_by_files(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = unquote_plus(record["s3"]["object"]["key"])
        tmpkey = key.replace("/", "")
        download_path = f"/tmp/{uuid.uuid4()}{tmpkey}"
        upload_path = f"/tmp/resized-{tmpkey}"
        s3_client.download_file(bucket, key, download_path)
        resize_image(download_path, upload_path)
        s3_client.upload_file(upload_path, f"{bucket}-resized", f"resized-{key}")
        logger.info("%d files in /tmp", len(os.listdir("/tmp")))


def thread_pool(event, context):
    def work(number):
        time.sleep(random.random())
        s3_client.put_object(Bucket="out", Key=f"{number}", Body=b"x")
        return number

    with ThreadPoolExecutor(max_workers=5) as pool:
        futures = [pool.submit(work, number) for number in range(10)]
        order = [future.result() for future in as_completed(futures)]
    thread = threading.Thread(target=time.sleep, args=(1,))
    thread.start()
    thread.join()
    return sorted(order)


def asyncio_run(event, context):
    async def one(seconds):
        await asyncio.sleep(seconds)
        return await asyncio.to_thread(lambda: s3_client.list_objects_v2(Bucket="out")["KeyCount"])

    async def main():
        return await asyncio.gather(*(one(seconds) for seconds in range(3)))

    return asyncio.run(main())


def work_until_time_is_short(event, context):
    rounds = 0
    while context.get_remaining_time_in_millis() > 1000:
        time.sleep(0.5)
        rounds += 1
    return {"rounds": rounds, "hour": datetime.datetime.now(datetime.timezone.utc).hour, "memory": context.memory_limit_in_mb}


def leave(event, context):
    sys.exit(3)


def leave_at_once(event, context):
    os._exit(1)


def return_a_date(event, context):
    return datetime.datetime.now()


def return_too_much(event, context):
    return "x" * 7_000_000


def put_item(event, context):
    boto3.resource("dynamodb").Table("orders").put_item(Item={"id": "1"})


def send_text(event, context):
    boto3.client("pinpoint-sms-voice-v2").send_text_message(DestinationPhoneNumber="+15550100", MessageBody="hello")


def send_email(event, context):
    message = {"Subject": {"Data": "hello"}, "Body": {"Text": {"Data": "hello"}}}
    destination = {"ToAddresses": ["ada@example.com"]}
    answer = boto3.client("ses").send_email(Source="shop@example.com", Destination=destination, Message=message)
    return answer["MessageId"]


def call_the_internet(event, context):
    return urllib.request.urlopen("https://example.com").read().decode()


def call_another_function(event, context):
    response = boto3.client("lambda").invoke(FunctionName="return_hello", Payload=json.dumps({"name": "Ada"}))
    return json.loads(response["Payload"].read())


def return_hello(event, context):
    return {"statusCode": 200, "body": json.dumps(f"Hello, {event['name']}!")}


def feed_itself(event, context):
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="loop")["QueueUrl"], MessageBody="again")


def poll_a_queue(event, context):
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="mail")["QueueUrl"]
    messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, MaxNumberOfMessages=10).get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in messages]


def page_through(event, context):
    for number in range(7):
        s3_client.put_object(Bucket="pages", Key=f"{number}", Body=b"x")
    pages = s3_client.get_paginator("list_objects_v2").paginate(Bucket="pages", PaginationConfig={"PageSize": 3})
    sizes = [page["KeyCount"] for page in pages]
    s3_client.get_waiter("object_exists").wait(Bucket="pages", Key="0")
    content = boto3.resource("s3").Object("pages", "0").get()["Body"].read().decode()
    url = s3_client.generate_presigned_url("get_object", Params={"Bucket": "pages", "Key": "0"}, ExpiresIn=60)
    return [sizes, content, url.split("?")[0]]


def run_a_program(event, context):
    command = ["sh", "-c", "echo $AWS_LAMBDA_FUNCTION_NAME"]
    return subprocess.run(command, capture_output=True, text=True).stdout


async def coroutine(event, context):
    await asyncio.sleep(1)
    return "done"


def catch_a_missing_bucket(event, context):
    try:
        s3_client.get_object(Bucket="nobody-has-this", Key="x")
    except s3_client.exceptions.NoSuchBucket as error:
        return error.response["Error"]["Code"]


def forget_a_parameter(event, context):
    s3_client.get_object(Bucket="out")
