"""What is set on a schedule, and when does it fire?"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from msgspec import Struct

from eventsim import ApiError, load_json
from eventsim_sources import universal
from eventsim_sources.schedule.expression import SCHEDULER, At, Expression, ExpressionError, Rate, parse_expression
from eventsim_sources.schedule.limits import INPUT_BYTES_MAX, WINDOW_MIN_MAX
from eventsim_sources.schedule.operation_target import PREFIX, operation_call
from eventsim_sources.zones import find_zone

_JSON_TARGETS = (":lambda:", ":states:", ":events:")
_NEEDED = {"events": "EventBridgeParameters", "kinesis": "KinesisParameters", "ecs": "EcsParameters"}
"""Services → the parameters without which their targets are none."""
_READING = (
    *("get", "describe", "list", "poll", "receive", "search", "scan", "query", "select", "read", "lookup", "discover"),
    *("validate", "batchGet", "batchDescribe", "batchRead", "transactGet", "adminGet", "adminList", "retrieve"),
    *("testMigration", "testConnection", "translateDocument", "isAuthorized", "invokeModel"),
)
"""How operations begin that are no universal targets (documented)."""
_MICROSECOND = timedelta(microseconds=1)


class Settings(Struct, frozen=True, kw_only=True):
    """The settings of a schedule.

    Attributes:
        text: the schedule expression as given.
        starts_at, ends_at: between which it fires; a one-time schedule heeds neither (documented).
        window_min: minutes of its flexible time window, 0 for none.
        target: in botocore's shape.
        is_deleted_after: whether it deletes itself once it has fired for the last time.
        given: what was given and is given back.
    """

    text: str
    expression: Expression
    zone: tzinfo
    target: Mapping[str, Any]
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_enabled: bool = True
    window_min: int = 0
    is_deleted_after: bool = False
    given: Mapping[str, Any] = {}

    @property
    def is_once(self) -> bool:
        """Whether it fires at most once."""
        return isinstance(self.expression, At)

    def first(self, made_at: datetime) -> datetime | None:
        """Return when a schedule fires first that is made (or changed) at an instant.

        A rate fires at its start, or at once if it has none (documented).
        """
        if isinstance(self.expression, Rate):
            begins_at = self.starts_at or made_at
            if begins_at >= made_at:
                return self._within(begins_at)
            missed = -(-(made_at - begins_at) // self.expression.period)
            return self._within(begins_at + missed * self.expression.period)
        return self.following(made_at - _MICROSECOND)

    def following(self, instant: datetime) -> datetime | None:
        """Return when it fires next after it fired, or was due, at an instant."""
        if self.starts_at is not None and not self.is_once and not isinstance(self.expression, Rate):
            instant = max(instant, self.starts_at - _MICROSECOND)
        found = self.expression.next_after(instant, self.zone)
        return None if found is None else self._within(found)

    def _within(self, instant: datetime) -> datetime | None:
        """Return an instant if it lies before the end; the end itself is too late (unconfirmed)."""
        return instant if self.is_once or self.ends_at is None or instant < self.ends_at else None


def read(given: Mapping[str, Any]) -> Settings:
    """Read what a client sets.

    Raises:
        ApiError: it makes no sense.
    """
    text = str(given["ScheduleExpression"])
    try:
        expression = parse_expression(text, dialect=SCHEDULER)
    except ExpressionError:
        raise invalid(f"Invalid Schedule Expression {text}.") from None
    window = given["FlexibleTimeWindow"]
    target = dict(given["Target"])
    _check_target(target)
    starts_at, ends_at = as_utc(given.get("StartDate")), as_utc(given.get("EndDate"))
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        raise invalid("The EndDate you specify must come after the StartDate.")
    return Settings(
        text=text,
        expression=expression,
        zone=_zone(str(given.get("ScheduleExpressionTimezone") or "UTC")),
        target=target,
        starts_at=starts_at,
        ends_at=ends_at,
        is_enabled=given.get("State", "ENABLED") == "ENABLED",
        window_min=_window_min(window),
        is_deleted_after=given.get("ActionAfterCompletion") == "DELETE",
        given=dict(given),
    )


def _window_min(window: Mapping[str, Any]) -> int:
    minutes = window.get("MaximumWindowInMinutes")
    if window["Mode"] == "OFF":
        if minutes is not None:
            raise invalid("MaximumWindowInMinutes must not be provided when FlexibleTimeWindow Mode is OFF.")
        return 0
    if minutes is None or not 1 <= minutes <= WINDOW_MIN_MAX:
        raise invalid(f"MaximumWindowInMinutes must be 1 to {WINDOW_MIN_MAX} when FlexibleTimeWindow Mode is FLEXIBLE.")
    return int(minutes)


def _check_target(target: Mapping[str, Any]) -> None:
    arn, text = str(target["Arn"]), target.get("Input")
    parts = arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        raise invalid("Provided Arn is not in correct format.")
    service, action = parts[2], arn.rpartition(":")[2]
    needed = _NEEDED.get(service)
    if needed is not None and not target.get(needed):
        raise invalid(f"{needed} must be provided for target: {arn}.")
    if service == "scheduler" and action.startswith(_READING):
        raise invalid(f"The API action {action} only reads, and is not supported for target: {arn}.")
    if text is None:
        return
    if len(text.encode()) > INPUT_BYTES_MAX:
        raise invalid(f"Input is longer than {INPUT_BYTES_MAX} bytes.")
    misfit = _misfit(arn, text)
    if misfit is not None:
        raise invalid(f"Invalid JSON provided for target: {arn}.{misfit and ' '}{misfit}")


def _misfit(arn: str, text: str) -> str | None:
    """Return why a target cannot get a text, "" if it is no JSON, None if it can."""
    try:
        if arn.startswith(PREFIX):
            call = operation_call(arn, text)
            return universal.misfit(call.service, call.operation, call.parameters) or None
        if any(service in arn for service in _JSON_TARGETS):
            load_json(text)
    except (ValueError, RecursionError):
        return ""
    return None


def _zone(name: str) -> tzinfo:
    zone = find_zone(name)
    if zone is None:
        raise invalid(f"Invalid Timezone {name}.")
    return zone


def as_utc(instant: datetime | None) -> datetime | None:
    """Return an instant in UTC; one without a zone is there already."""
    if instant is None:
        return None
    return instant.astimezone(UTC) if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


def invalid(message: str) -> ApiError:
    """Some setting is invalid (the words are unconfirmed, but for the expression's)."""
    return ApiError("ValidationException", message)
