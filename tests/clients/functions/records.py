"""Powertools' utilities that take events apart: Batch, Kafka consumer, Validation, JMESPath, Data masking."""

import asyncio
import json

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    AsyncBatchProcessor,
    BatchProcessor,
    EventType,
    SqsFifoPartialProcessor,
    async_process_partial_response,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_masking import DataMasking
from aws_lambda_powertools.utilities.jmespath_utils import envelopes, query
from aws_lambda_powertools.utilities.kafka import ConsumerRecords, SchemaConfig, kafka_consumer
from aws_lambda_powertools.utilities.parser import BaseModel
from aws_lambda_powertools.utilities.parser.models import SqsRecordModel
from aws_lambda_powertools.utilities.parser.types import Json
from aws_lambda_powertools.utilities.validation import validator

logger = Logger(service="records")


class Order(BaseModel):
    item: str


class OrderRecord(SqsRecordModel):
    body: Json[Order]


processors = {
    "fifo": SqsFifoPartialProcessor(),
    "stream": BatchProcessor(event_type=EventType.KinesisDataStreams),
    "table": BatchProcessor(event_type=EventType.DynamoDBStreams),
    "modelled": BatchProcessor(event_type=EventType.SQS, model=OrderRecord),
}
later = AsyncBatchProcessor(event_type=EventType.SQS)


def note(item):
    logger.info("seen", extra={"item": item})
    if item == "poison":
        raise ValueError("poison")


ITEMS = {
    "fifo": lambda record: note(json.loads(record.body)["item"]),
    "stream": lambda record: note(record.kinesis.data_as_json()["item"]),
    "table": lambda record: note(record.dynamodb.new_image["item"]),
    "modelled": lambda record: note(record.body.item),
}


def batch(event, context):
    name = context.function_name
    return process_partial_response(
        event=event, record_handler=ITEMS[name], processor=processors[name], context=context
    )


async def note_later(record):
    await asyncio.sleep(0.5)
    note(json.loads(record.body)["item"])


def batch_later(event, context):
    return async_process_partial_response(event=event, record_handler=note_later, processor=later, context=context)


@kafka_consumer(schema_config=SchemaConfig(value_schema_type="JSON"))
def kafka(event: ConsumerRecords, context):
    return [[record.key, record.value["item"], record.headers["from"].decode()] for record in event.records]


ORDERS = {"type": "array", "items": {"type": "object", "properties": {"item": {"type": "string"}}}}


@validator(inbound_schema=ORDERS, envelope=envelopes.SQS)
def validated(event, context):
    note(event[0]["item"])


def masked(event, context):
    found = query(data=event, envelope="powertools_json(powertools_base64(data))")
    return DataMasking().erase(found, fields=["email", "address.*"])
