import json

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent, event_source

logger = Logger(service="consumer")


@event_source(data_class=DynamoDBStreamEvent)
def lambda_handler(event, context):
    for record in event.records:
        logger.info(record.event_name.name)
        print(record.event_name.name, record.dynamodb.new_image["name"], record.dynamodb.old_image)
    return "ok"
