"""A suite as its authors run it against a stack in the cloud; nothing in it knows of a simulation."""

import datetime
import logging
import os
import time
import uuid
from unittest import TestCase

import boto3


class TestAsyncTransform(TestCase):
    stack_name: str
    outputs: dict

    @classmethod
    def get_and_verify_stack_name(cls) -> str:
        stack_name = os.environ.get("AWS_SAM_STACK_NAME")
        if not stack_name:
            raise Exception("Cannot find env var AWS_SAM_STACK_NAME.")
        client = boto3.client("cloudformation")
        try:
            client.describe_stacks(StackName=stack_name)
        except Exception as e:
            raise Exception(f"Cannot find stack {stack_name}.") from e
        return stack_name

    @classmethod
    def setUpClass(cls) -> None:
        cls.stack_name = cls.get_and_verify_stack_name()
        response = boto3.client("cloudformation").describe_stacks(StackName=cls.stack_name)
        cls.outputs = {each["OutputKey"]: each["OutputValue"] for each in response["Stacks"][0]["Outputs"]}
        cls.s3 = boto3.resource("s3")
        cls.table = boto3.resource("dynamodb").Table(cls.outputs["AsyncTransformTestResultsTable"])

    def setUp(self) -> None:
        self.key = f"{uuid.uuid4()}.txt"

    def tearDown(self) -> None:
        for name in ("SourceBucketName", "DestinationBucketName"):
            self.s3.Object(self.outputs[name], self.key).delete()
        self.table.delete_item(Key={"id": self.key})

    def test_text_comes_out_in_capitals(self) -> None:
        begun = datetime.datetime.now()
        boto3.client("s3").put_object(Bucket=self.outputs["SourceBucketName"], Key=self.key, Body=b"this is lower case")
        for attempt in range(20):
            time.sleep(5)
            found = self.table.get_item(Key={"id": self.key}).get("Item")
            logging.info("attempt %s: %s", attempt, found)
            if found:
                break
        self.assertEqual("THIS IS LOWER CASE", found["message"])
        self.assertGreaterEqual(datetime.datetime.now() - begun, datetime.timedelta(seconds=5))
