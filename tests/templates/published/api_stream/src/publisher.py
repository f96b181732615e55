import json
import os

import boto3
from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
tracer = Tracer()
app = APIGatewayRestResolver()
dynamodb_client = boto3.client("dynamodb")


@app.post("/")
@tracer.capture_method
def put():
    body = app.current_event.json_body
    item = {name: {"S": value} for name, value in body.items()}
    dynamodb_client.put_item(TableName=os.environ["TABLE_NAME"], Item=item)
    return {"message": "stored"}


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST, log_event=True)
@tracer.capture_lambda_handler
def lambda_handler(event, context: LambdaContext):
    app.resolve(event, context)
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": "Successfully inserted data!",
    }
