import json
import uuid

import boto3
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

charges = boto3.resource("dynamodb").Table("charges")
done = DynamoDBPersistenceLayer(table_name="done")
config = IdempotencyConfig(event_key_jmespath="id", expires_after_seconds=3_600)


def handler(event, context):
    config.register_lambda_context(context)
    for record in event["Records"]:
        charge(order=json.loads(record["body"]))


@idempotent_function(data_keyword_argument="order", config=config, persistence_store=done)
def charge(order):
    charges.put_item(Item={"id": str(uuid.uuid4()), "order": order["id"], "cents": order["cents"]})
