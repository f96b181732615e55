"""Logger, Metrics, Tracer and a middleware of Powertools, as its documentation has them."""

import asyncio
import time

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer, single_metric
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.logging.buffer import LoggerBufferConfig
from aws_lambda_powertools.metrics import MetricResolution, MetricUnit
from aws_lambda_powertools.middleware_factory import lambda_handler_decorator

logger = Logger(service="payment", use_rfc3339=True, buffer_config=LoggerBufferConfig(flush_on_error_log=True))
metrics = Metrics(namespace="Airline", service="booking")
metrics.set_default_dimensions(stage="prod")
tracer = Tracer(service="payment")
s3 = boto3.client("s3")


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST, clear_state=True)
def log(event, context):
    logger.append_keys(order=event["order"])
    logger.debug("kept back until an error")
    try:
        event["missing"]
    except KeyError:
        logger.exception("not there")
    return logger.get_correlation_id()


@metrics.log_metrics(capture_cold_start_metric=True)
def measure(event, context):
    metrics.add_metric(name="Booked", unit=MetricUnit.Count, value=1)
    metrics.add_metric(name="Latency", unit=MetricUnit.Milliseconds, value=12.5, resolution=MetricResolution.High)
    metrics.add_metric(name="Latency", unit=MetricUnit.Milliseconds, value=120)
    with single_metric(name="Alone", unit=MetricUnit.Count, value=3, namespace="Other") as metric:
        metric.add_dimension(name="version", value=context.function_version)
    if "days_ago" in event:
        metrics.set_timestamp(int((time.time() - event["days_ago"] * 86_400) * 1000))


@tracer.capture_method
def collect(charge_id):
    tracer.put_annotation(key="charge", value=charge_id)
    s3.list_buckets()
    return charge_id


@tracer.capture_method
async def collect_later():
    await asyncio.sleep(0.1)
    return "later"


@tracer.capture_lambda_handler
def trace(event, context):
    with tracer.provider.in_subsegment("## custom") as segment:
        segment.put_metadata("a", 1)
    return [collect("c1"), asyncio.run(collect_later()), tracer.provider.get_trace_entity().trace_id]


@lambda_handler_decorator
def timed(handler, event, context):
    begun = time.time()
    return {**handler(event, context), "took_s": round(time.time() - begun, 2)}


@timed
def wrapped(event, context):
    time.sleep(0.25)
    return {"done": True}
