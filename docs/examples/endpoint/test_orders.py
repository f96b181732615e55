import boto3


def test_an_order_is_kept_and_announced():
    bucket = boto3.resource("s3").create_bucket(Bucket="orders")
    queue = boto3.resource("sqs").create_queue(QueueName="announcements")

    bucket.put_object(Key="1.json", Body=b'{"item": "tea"}')
    queue.send_message(MessageBody="1.json")

    key = queue.receive_messages()[0].body
    assert bucket.Object(key).get()["Body"].read() == b'{"item": "tea"}'
