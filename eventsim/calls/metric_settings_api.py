"""What is kept of metrics and has no effect? Anomaly detectors, which learn nothing, and streams that send nothing."""

from collections.abc import Mapping
from typing import Any, Protocol

from eventsim.api import Request, Result
from eventsim.calls.inert import Inert, Offer, offer
from eventsim.calls.metric_pages import page
from eventsim.clock import Clock
from eventsim.errors import ApiError

DETECTORS_MAX, STREAMS_MAX = 100, 500
"""In one answer (documented for streams)."""
_SINGLE = ("Namespace", "MetricName", "Dimensions", "Stat")
_DETECTOR = f"SingleMetricAnomalyDetector MetricMathAnomalyDetector {' '.join(_SINGLE)}"
_TOLD_IN_LISTS = ("Arn", "Name", "FirehoseArn", "OutputFormat", "State", "CreationDate", "LastUpdateDate")


class Keeper(Protocol):
    """What detectors and streams work with: `CloudWatchApi`."""

    clock: Clock
    inert: Inert
    tags: dict[str, dict[str, str]]
    detectors: dict[str, dict[str, Any]]
    streams: dict[str, dict[str, Any]]

    def arn(self, resource: str) -> str:
        """Return the ARN of a stream."""


# --- anomaly detectors -------------------------------------------------------------------------------------


def put_anomaly_detector(cloudwatch: Keeper, request: Request) -> Result:
    """Keep a detector, or other settings of one."""
    given: Any = request.parameters
    told: dict[str, Any] = {"Configuration": {"ExcludedTimeRanges": [], **(given.get("Configuration") or {})}}
    if given.get("MetricCharacteristics"):
        told["MetricCharacteristics"] = given["MetricCharacteristics"]
    if given.get("MetricMathAnomalyDetector"):
        told["MetricMathAnomalyDetector"] = given["MetricMathAnomalyDetector"]
    else:
        single = _single(given)
        told |= {**single, "SingleMetricAnomalyDetector": single}
    cloudwatch.detectors[_key(given)] = {**told, "StateValue": "PENDING_TRAINING"}
    cloudwatch.inert.tell(request, "AnomalyDetector", "nothing is learned of metrics")
    return {}


def delete_anomaly_detector(cloudwatch: Keeper, request: Request) -> Result:
    """Forget a detector."""
    if cloudwatch.detectors.pop(_key(request.parameters), None) is None:
        message = "Anomaly detector not found"  # unconfirmed wording
        raise ApiError("ResourceNotFoundException", message, status=404)
    return {}


def describe_anomaly_detectors(cloudwatch: Keeper, request: Request) -> Result:
    """List detectors: all, or those of one metric or kind."""
    given: Any = request.parameters
    kinds = given.get("AnomalyDetectorTypes") or ["SINGLE_METRIC"]
    found = [
        each
        for each in cloudwatch.detectors.values()
        if ("METRIC_MATH" if "MetricMathAnomalyDetector" in each else "SINGLE_METRIC") in kinds
        and all(given.get(name) in (None, each.get(name)) for name in ("Namespace", "MetricName", "Dimensions"))
    ]
    items, more = page(found, given, DETECTORS_MAX)
    return {"AnomalyDetectors": list(items), **more}


def _single(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metric that a detector watches, in the older form or the newer one."""
    asked = given.get("SingleMetricAnomalyDetector") or given
    return {"Dimensions": [], **{name: asked[name] for name in _SINGLE if asked.get(name) is not None}}


def _key(given: Mapping[str, Any]) -> str:
    """Return what a detector is known by: its metric, or its expression."""
    return str(given.get("MetricMathAnomalyDetector") or sorted(_single(given).items()))


# --- streams -----------------------------------------------------------------------------------------------


def put_metric_stream(cloudwatch: Keeper, request: Request) -> Result:
    """Keep a stream, or other settings of one."""
    given: Any = {name: value for name, value in request.parameters.items() if value is not None}
    if given.get("IncludeFilters") and given.get("ExcludeFilters"):
        message = "IncludeFilters and ExcludeFilters cannot be specified together"  # unconfirmed wording
        raise ApiError("InvalidParameterCombination", message)
    arn, now = cloudwatch.arn(f"metric-stream/{given['Name']}"), cloudwatch.clock.date()
    tags = given.pop("Tags", None)
    before = cloudwatch.streams.get(given["Name"], {"CreationDate": now, "State": "running"})
    kept = {"CreationDate": before["CreationDate"], "State": before["State"], "LastUpdateDate": now}
    cloudwatch.streams[given["Name"]] = {"Arn": arn, "IncludeLinkedAccountsMetrics": False, **given, **kept}
    if tags:
        cloudwatch.tags[arn] = {tag["Key"]: tag["Value"] for tag in tags}
    cloudwatch.inert.tell(request, "FirehoseArn", "streams of metrics send nothing")
    return {"Arn": arn}


def get_metric_stream(cloudwatch: Keeper, request: Request) -> Result:
    """Tell of a stream."""
    return dict(_stream(cloudwatch, str(request.parameters["Name"])))


def list_metric_streams(cloudwatch: Keeper, request: Request) -> Result:
    """List the streams, by name."""
    streams = [stream for _, stream in sorted(cloudwatch.streams.items())]
    items, more = page(streams, request.parameters, STREAMS_MAX)
    return {"Entries": [{name: stream[name] for name in _TOLD_IN_LISTS} for stream in items], **more}


def delete_metric_stream(cloudwatch: Keeper, request: Request) -> Result:
    """Forget a stream; one that is not there is no error (unconfirmed)."""
    stream = cloudwatch.streams.pop(str(request.parameters["Name"]), None)
    if stream is not None:
        cloudwatch.tags.pop(stream["Arn"], None)
    return {}


def start_metric_streams(cloudwatch: Keeper, request: Request) -> Result:
    """Say that streams run."""
    return _switch(cloudwatch, request, "running")


def stop_metric_streams(cloudwatch: Keeper, request: Request) -> Result:
    """Say that streams stand."""
    return _switch(cloudwatch, request, "stopped")


def _switch(cloudwatch: Keeper, request: Request, state: str) -> Result:
    names: Any = request.parameters["Names"]
    for stream in [_stream(cloudwatch, name) for name in names]:
        stream |= {"State": state, "LastUpdateDate": cloudwatch.clock.date()}
    return {}


def _stream(cloudwatch: Keeper, name: str) -> dict[str, Any]:
    stream = cloudwatch.streams.get(name)
    if stream is None:
        message = f"Metric stream {name} does not exist"  # unconfirmed wording
        raise ApiError("ResourceNotFoundException", message, status=404)
    return stream


OFFERS: Mapping[str, Offer] = {
    "DeleteAnomalyDetector": offer(delete_anomaly_detector, _DETECTOR),
    "DeleteMetricStream": offer(delete_metric_stream, "Name"),
    "DescribeAnomalyDetectors": offer(
        describe_anomaly_detectors, "Namespace MetricName Dimensions AnomalyDetectorTypes MaxResults NextToken"
    ),
    "GetMetricStream": offer(get_metric_stream, "Name"),
    "ListMetricStreams": offer(list_metric_streams, "MaxResults NextToken"),
    "PutAnomalyDetector": offer(put_anomaly_detector, f"Configuration MetricCharacteristics {_DETECTOR}"),
    "PutMetricStream": offer(
        put_metric_stream,
        "Name IncludeFilters ExcludeFilters FirehoseArn RoleArn OutputFormat Tags StatisticsConfigurations "
        "IncludeLinkedAccountsMetrics",
    ),
    "StartMetricStreams": offer(start_metric_streams, "Names"),
    "StopMetricStreams": offer(stop_metric_streams, "Names"),
}
