import time

import boto3

sqs = boto3.client(
    "sqs",
    endpoint_url="http://localhost:4566",
    region_name="us-east-1",
    aws_access_key_id="test",
    aws_secret_access_key="test",
)


def wait_for_message(queue, seconds):
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    end = time.time() + seconds
    while time.time() < end:
        for message in sqs.receive_message(QueueUrl=url).get("Messages", []):
            return message["Body"]
        time.sleep(1)
    raise TimeoutError(f"no message in {queue}")


def test_an_order_without_amount_ends_as_a_dead_letter():
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="orders")["QueueUrl"], MessageBody="{}")

    assert wait_for_message("orders-dlq", 200) == "{}"
