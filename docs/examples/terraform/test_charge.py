import boto3


def test_an_order_gets_a_receipt():
    queue = boto3.resource("sqs").get_queue_by_name(QueueName="orders")

    queue.send_message(MessageBody='{"id": 7, "amount": 20}')

    boto3.client("s3").get_waiter("object_exists").wait(
        Bucket="receipts", Key="7.txt", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
