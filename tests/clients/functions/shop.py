"""Handlers with Powertools for AWS Lambda, as its documentation has them; the store of idempotency is a dictionary."""

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, idempotent_function
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyItemAlreadyExistsError,
    IdempotencyItemNotFoundError,
)
from aws_lambda_powertools.utilities.idempotency.persistence.base import BasePersistenceLayer
from aws_lambda_powertools.utilities.parser import BaseModel, event_parser
from aws_lambda_powertools.utilities.parser.envelopes import SqsEnvelope
from aws_lambda_powertools.utilities.parser.models import S3Model

logger = Logger(service="shop")
metrics = Metrics(namespace="Shop", service="shop")
processor = BatchProcessor(event_type=EventType.SQS)


class Order(BaseModel):
    id: int
    item: str


class Memory(BasePersistenceLayer):
    """A store of idempotency that lives as long as the environment."""

    def __init__(self):
        super().__init__()
        self.records = {}

    def _get_record(self, idempotency_key):
        if idempotency_key not in self.records:
            raise IdempotencyItemNotFoundError
        return self.records[idempotency_key]

    def _put_record(self, data_record):
        known = self.records.get(data_record.idempotency_key)
        if known is not None and not known.is_expired:
            raise IdempotencyItemAlreadyExistsError(old_data_record=known)
        self.records[data_record.idempotency_key] = data_record

    def _update_record(self, data_record):
        self.records[data_record.idempotency_key] = data_record

    def _delete_record(self, data_record):
        self.records.pop(data_record.idempotency_key, None)


config = IdempotencyConfig(event_key_jmespath="id", expires_after_seconds=60)


@idempotent_function(data_keyword_argument="order", config=config, persistence_store=Memory())
def charge(*, order):
    metrics.add_metric(name="Charged", unit=MetricUnit.Count, value=1)
    logger.info("charged", extra={"order": order["id"]})
    return order["id"]


def charge_record(record):
    order = Order.model_validate_json(record.body)
    if order.item == "poison":
        raise ValueError("poison")
    return charge(order=order.model_dump())


@logger.inject_lambda_context
@metrics.log_metrics
def batch(event, context):
    config.register_lambda_context(context)
    return process_partial_response(event=event, record_handler=charge_record, processor=processor, context=context)


@event_parser(model=Order, envelope=SqsEnvelope)
def orders(event, context):
    logger.info("parsed", extra={"items": [order.item for order in event]})


@event_parser(model=S3Model)
def objects(event, context):
    logger.info("parsed", extra={"keys": [record.s3.object.key for record in event.Records]})
