"""A function that fails, and an alarm that tells somebody."""

import boto3

from eventsim import SyncSimulation


def charge(event, context):
    raise ValueError("no amount")


def test_somebody_is_told_of_errors():
    with SyncSimulation(seed=1) as simulation:
        simulation.add_function("charge", handler=charge)
        simulation.add_source("topics", "alarms", subscriptions=[{"email": "ops@example.com"}])
        keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        boto3.client("cloudwatch", **keys).put_metric_alarm(
            AlarmName="charge-fails",
            Namespace="AWS/Lambda",
            MetricName="Errors",
            Dimensions=[{"Name": "FunctionName", "Value": "charge"}],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="notBreaching",
            AlarmActions=["arn:aws:sns:us-east-1:123456789012:alarms"],
        )

        boto3.client("lambda", **keys).invoke(FunctionName="charge", InvocationType="Event", Payload="{}")
        simulation.advance("2 minutes")

        (mail,) = simulation.sources("topics")["alarms"].outbox
        assert mail.subject == 'ALARM: "charge-fails" in US East (N. Virginia)'
