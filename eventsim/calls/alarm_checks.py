"""Can this be an alarm over a metric or an expression? Its settings are checked as CloudWatch does."""

from collections.abc import Mapping
from typing import Any

from eventsim.calls.metric_reading_api import check_queries
from eventsim.calls.statistics import check_statistic
from eventsim.errors import ApiError

SPAN_S_MAX, LONG_SPAN_S_MAX = 86_400, 604_800
"""How far back an alarm may look, and one whose periods are an hour or longer (documented)."""
_TREATMENTS = ("breaching", "notBreaching", "ignore", "missing")
_ONE_METRIC = ("MetricName", "Namespace", "Dimensions", "Period", "Statistic", "ExtendedStatistic", "Unit")


def check_metric_alarm(given: Mapping[str, Any]) -> None:
    """See that an alarm says what it watches, how long, and what it compares that with.

    Raises:
        ApiError: in AWS's words where they are known.
    """
    if given.get("Metrics"):
        _check_queries(given)
    elif given.get("MetricName"):
        _check_metric(given)
    else:
        raise _invalid("Exactly one of Metrics and MetricName must be specified")  # unconfirmed wording
    if not given.get("EvaluationPeriods"):
        raise _invalid("EvaluationPeriods is required")  # unconfirmed wording
    if not given.get("ComparisonOperator"):
        raise _invalid("ComparisonOperator must not be null")  # unconfirmed wording
    if given.get("Threshold") is None and not given.get("ThresholdMetricId"):
        raise _invalid("Threshold must not be null")  # unconfirmed wording
    wanted = given.get("DatapointsToAlarm")
    if wanted is not None and wanted > given["EvaluationPeriods"]:
        raise _invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods")  # unconfirmed wording
    treatment = given.get("TreatMissingData")
    if treatment is not None and treatment not in _TREATMENTS:
        message = (
            f"Invalid value for TreatMissingData: {treatment}. It is one of {', '.join(_TREATMENTS)}"  # unconfirmed
        )
        raise _invalid(message)
    check_actions(given)


def check_actions(given: Mapping[str, Any]) -> None:
    """See that actions are named by ARNs.

    Raises:
        ApiError: one is not.
    """
    for name in ("OKActions", "AlarmActions", "InsufficientDataActions"):
        for arn in given.get(name) or ():
            if not arn.startswith("arn:"):
                raise _invalid(f"Invalid arn syntax: {arn}")


def _check_queries(given: Mapping[str, Any]) -> None:
    extra = [name for name in _ONE_METRIC if given.get(name)]
    if extra:
        message = f"{extra[0]} must not be specified if Metrics is specified."
        raise ApiError("InvalidParameterCombination", message)
    check_queries(given["Metrics"])
    returning = [query for query in given["Metrics"] if query.get("ReturnData") is not False]
    bands = [query for query in returning if query["Id"] == given.get("ThresholdMetricId")]
    if len(returning) - len(bands) != 1:
        raise _invalid("Exactly one element of the metrics list should return data.")


def _check_metric(given: Mapping[str, Any]) -> None:
    if bool(given.get("Statistic")) is bool(given.get("ExtendedStatistic")):
        message = "Exactly one of Statistic and ExtendedStatistic must be specified"  # unconfirmed wording
        raise ApiError("InvalidParameterCombination", message)
    if given.get("ExtendedStatistic"):
        check_statistic(given["ExtendedStatistic"])
    if not given.get("Namespace"):
        raise _invalid("Namespace must not be null")  # unconfirmed wording
    period_s = given.get("Period")
    if period_s is None:
        raise _invalid("Period must not be null")  # unconfirmed wording
    if period_s not in (10, 20, 30) and (period_s < 60 or period_s % 60):
        raise _invalid("Metric period must be 10, 20, 30 or a multiple of 60")  # unconfirmed wording
    most_s = LONG_SPAN_S_MAX if period_s >= 3600 else SPAN_S_MAX
    if period_s * (given.get("EvaluationPeriods") or 0) > most_s:
        span = "seven days" if period_s >= 3600 else "a day"
        raise _invalid(
            f"Metrics cannot be checked across more than {span} (EvaluationPeriods * Period must be <= {most_s})."
        )


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationError", message)
