"""Powertools' utilities that keep or fetch: Idempotency, Parameters, Feature flags, Streaming, Circuit breaker."""

import json
import time
from uuid import uuid4

import boto3
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.circuit_breaker import (
    CircuitBreakerConfig,
    CircuitBreakerOpenError,
    circuit_breaker,
)
from aws_lambda_powertools.utilities.circuit_breaker.persistence.dynamodb import CircuitBreakerDynamoDBPersistence
from aws_lambda_powertools.utilities.feature_flags import FeatureFlags
from aws_lambda_powertools.utilities.feature_flags.base import StoreProvider
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent
from aws_lambda_powertools.utilities.parameters import DynamoDBProvider
from aws_lambda_powertools.utilities.streaming.s3_object import S3Object
from aws_lambda_powertools.utilities.streaming.transformations import ZipTransform

config = IdempotencyConfig(
    event_key_jmespath="[user, product]", payload_validation_jmespath="amount", expires_after_seconds=300
)


@idempotent(config=config, persistence_store=DynamoDBPersistenceLayer(table_name="payments"))
def pay(event, context):
    time.sleep(event.get("seconds", 0))
    return str(uuid4())


def fetch(event, context):
    table = DynamoDBProvider(table_name="settings")
    return {
        "one": parameters.get_parameter("/shop/color"),
        "json": parameters.get_parameter("/shop/limits", transform="json", max_age=60),
        "all": parameters.get_parameters("/shop"),
        "some": parameters.get_parameters_by_name({"/shop/color": {}, "/shop/none": {}}, raise_on_error=False),
        "secret": parameters.get_secret("bank", transform="json"),
        "table": table.get("size"),
        "set": parameters.set_parameter(name="/shop/new", value="v")["Version"],
    }


class BucketStore(StoreProvider):
    """A store of feature flags of one's own."""

    def get_configuration(self):
        return self.get_raw_configuration

    @property
    def get_raw_configuration(self):
        return json.loads(boto3.client("s3").get_object(Bucket="shelf", Key="flags.json")["Body"].read())


def flag(event, context):
    flags = FeatureFlags(store=BucketStore())
    return [flags.evaluate(name=name, context=event, default=False) for name in ("premium", "weekend")]


def stream(event, context):
    text = S3Object(bucket="shelf", key="text.txt")
    text.seek(4)
    table = S3Object(bucket="shelf", key="table.csv.gz", is_gzip=True, is_csv=True)
    archive = S3Object(bucket="shelf", key="files.zip").transform(ZipTransform())
    return [text.read(3).decode(), text.size, list(table), archive.open("b.txt").read().decode()]


@circuit_breaker(
    name="bank",
    persistence_store=CircuitBreakerDynamoDBPersistence(table_name="circuits"),
    config=CircuitBreakerConfig(failure_threshold=2, recovery_timeout=30),
)
def ask_bank(is_down):
    if is_down:
        raise ConnectionError("down")
    return "paid"


def guarded(event, context):
    try:
        return ask_bank(event["down"])
    except (ConnectionError, CircuitBreakerOpenError) as error:
        return type(error).__name__
