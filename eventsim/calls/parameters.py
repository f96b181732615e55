"""Are parameters such as AWS takes them? The check that HTTP requests pass, for calls in process.

What YAML writes plainly (a date, a number where text is meant, data where bytes are) is fitted to the service's model
first. Without botocore, which has the models, nothing is checked and nothing fitted.
"""

import datetime
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from eventsim.errors import ConfigurationError
from eventsim.wire.mistyped import typed
from eventsim.wire.models import Operation, Service, Shape, find_service
from eventsim.wire.validate import check


def check_parameters(service: str, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Check parameters against the service's model, and return those that are not null.

    Raises:
        ApiError: the service would refuse them.
    """
    found = _find(service, operation)
    if found is None:
        return parameters
    sent = _as_sent(found[0], parameters)
    if found[1].input is not None:
        sent = typed(found[1].input, sent)
    check(*found, sent)
    return sent


def _as_sent(model: Service, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as an HTTP request has them: in the query protocol nothing can say that a map is empty."""
    if model.protocol != "query":
        return dict(parameters)
    return {name: value for name, value in parameters.items() if value != {}}


def fitted_parameters(service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as YAML writes them in the types that the operation takes; what does not fit stays."""
    found = _find(service, operation)
    return _fitted_members(None if found is None else found[1].input, parameters)


def fitted_result(service: str, operation: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result as people write it in the types that the operation returns; what does not fit stays."""
    found = _find(service, operation)
    return _fitted_members(None if found is None else found[1].output, result)


def _fitted_members(shape: Shape | None, given: Mapping[str, Any]) -> dict[str, Any]:
    fitted: dict[str, Any] = dict(given) if shape is None else _fitted(shape, given)
    return fitted


def with_dates(service: str, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return parameters with dates where a client gave seconds or texts, as an HTTP request has them."""
    shape = _dated_input(service, operation)
    dated: Mapping[str, Any] = parameters if shape is None else _with_dates(shape, parameters)
    return dated


@cache
def _dated_input(service: str, operation: str) -> Shape | None:
    found = _find(service, operation)
    shape = None if found is None else found[1].input
    return shape if shape is not None and _holds_dates(shape, frozenset()) else None


def _holds_dates(shape: Shape, above: frozenset[str]) -> bool:
    if shape.name in above:
        return False
    above |= {shape.name}
    match shape.kind:
        case "timestamp":
            return True
        case "structure":
            return any(_holds_dates(each, above) for each in shape.members.values())
        case "list":
            return _holds_dates(shape.member, above)
        case "map":
            return _holds_dates(shape.value, above)
        case _:
            return False


def _with_dates(shape: Shape, value: Any) -> Any:
    match shape.kind:
        case "timestamp" if value is not None:
            from botocore.utils import parse_to_aware_datetime

            return parse_to_aware_datetime(value)
        case "structure" if isinstance(value, Mapping) and not shape.is_document:
            members = shape.members
            return {name: _with_dates(members[name], each) if name in members else each for name, each in value.items()}
        case "list" if isinstance(value, list | tuple):
            return [_with_dates(shape.member, each) for each in value]
        case "map" if isinstance(value, Mapping):
            return {name: _with_dates(shape.value, each) for name, each in value.items()}
        case _:
            return value


def _find(service: str, operation: str) -> tuple[Service, Operation] | None:
    try:
        model = find_service(service)
    except ConfigurationError:
        return None
    found = None if model is None else model.operation(operation)
    return None if model is None or found is None else (model, found)


def _fitted(shape: Shape, value: Any) -> Any:
    if value is None:
        return None
    match shape.kind:
        case "structure" if isinstance(value, Mapping) and not shape.is_document:
            members = shape.members
            return {name: _fitted(members[name], each) if name in members else each for name, each in value.items()}
        case "structure" if shape.is_event_stream and isinstance(value, list | tuple):
            return [_fitted(shape, each) for each in value]
        case "list" if isinstance(value, list | tuple):
            return [_fitted(shape.member, each) for each in value]
        case "map" if isinstance(value, Mapping):
            return {str(name): _fitted(shape.value, each) for name, each in value.items()}
        case kind if kind in _PLAIN:
            return _PLAIN[kind](value)
        case _:
            return value


def _text(value: Any) -> Any:
    if isinstance(value, str | bytes):
        return value
    if isinstance(value, datetime.date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)


def _bytes(value: Any) -> Any:
    return value if isinstance(value, bytes) or hasattr(value, "read") else str(_text(value)).encode()


def _whole(value: Any) -> Any:
    is_number = isinstance(value, str) and value.removeprefix("-").isdecimal()
    return int(value) if is_number else value


def _instant(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.datetime.fromtimestamp(value, datetime.UTC)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)  # noqa: DTZ001 - the zone comes next
    return value.replace(tzinfo=datetime.UTC) if isinstance(value, datetime.datetime) and not value.tzinfo else value


_PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "string": _text,
    "blob": _bytes,
    "integer": _whole,
    "long": _whole,
    "timestamp": _instant,
}
