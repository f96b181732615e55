import boto3
import pytest

AWS = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}


@pytest.fixture
def reports(simulation):
    queue = boto3.client("sqs", **AWS).create_queue(QueueName="reports")["QueueUrl"]
    boto3.client("scheduler", **AWS).create_schedule(
        Name="nightly",
        ScheduleExpression="cron(0 3 * * ? *)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:sqs:us-east-1:123456789012:reports", "RoleArn": "arn:aws:iam::123456789012:role/r"},
    )
    return queue


def test_a_report_is_asked_for_every_night(simulation, reports):
    simulation.advance("3 days")

    told = boto3.client("sqs", **AWS).get_queue_attributes(QueueUrl=reports, AttributeNames=["All"])
    assert told["Attributes"]["ApproximateNumberOfMessages"] == "3"
