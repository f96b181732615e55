"""A bucket with versions that tells a queue of some of its objects."""

import json

import boto3

from eventsim import SyncSimulation


def test_only_uploads_are_told_of():
    with SyncSimulation(seed=1) as simulation:
        simulation.add_source("queues", "uploads")
        told = {"queue": "uploads", "events": ["ObjectCreated:*", "ObjectRemoved:*"], "prefix": "in/", "suffix": ".jpg"}
        simulation.add_source("buckets", "photos", versioning="enabled", notifications=[told])
        s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")

        first = s3.put_object(Bucket="photos", Key="in/my cat.jpg", Body=b"a small cat")["VersionId"]
        s3.put_object(Bucket="photos", Key="in/my cat.jpg", Body=b"a larger cat")
        s3.put_object(Bucket="photos", Key="out/my cat.jpg", Body=b"thumbnail")  # another prefix: nobody is told
        s3.delete_object(Bucket="photos", Key="in/my cat.jpg")  # leaves a delete marker, and both versions
        simulation.until_idle()

        assert simulation.read("photos", "in/my cat.jpg") is None
        old = s3.get_object(Bucket="photos", Key="in/my cat.jpg", VersionId=first)
        assert old["Body"].read() == b"a small cat"

        asked = {"QueueUrl": "uploads", "MaxNumberOfMessages": 10}
        test_event, *events = simulation.request("sqs", "ReceiveMessage", asked)["Messages"]
        assert json.loads(test_event["Body"])["Event"] == "s3:TestEvent"  # a new destination is tried out
        records = [json.loads(event["Body"])["Records"][0] for event in events]
        names = ["ObjectCreated:Put", "ObjectCreated:Put", "ObjectRemoved:DeleteMarkerCreated"]
        assert [record["eventName"] for record in records] == names
        assert records[0]["s3"]["object"]["key"] == "in/my+cat.jpg"  # encoded: call urllib.parse.unquote_plus
