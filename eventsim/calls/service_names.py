"""Is there such an operation on AWS? botocore's service models know, where they are installed."""

import functools
import importlib.util
from typing import Any

from eventsim.errors import ConfigurationError
from eventsim.spelling import did_you_mean


def check_operation(service: str, operation: str) -> None:
    """Refuse the name of a service or an operation that AWS does not have; without botocore, believe it.

    Raises:
        ConfigurationError: there is none of this name; `key` names which.
    """
    if not check_service(service):
        return
    operations = _operations(service)
    if operation not in operations:
        message = f"{service} has no operation {operation!r}{did_you_mean(operation, sorted(operations))}"
        raise ConfigurationError(message, key="operation")


def check_service(service: str) -> bool:
    """Refuse the name of a service that AWS does not have; return whether botocore is there to say so.

    Raises:
        ConfigurationError: there is none of this name; `key` is `service`.
    """
    services = _services()
    if services and service not in services:
        message = f"boto3 knows no service {service!r}{did_you_mean(service, sorted(services))}"
        raise ConfigurationError(message, key="service")
    return bool(services)


def status_of_error(service: str, code: str) -> int:
    """Return the HTTP status with which a service tells an error, 400 where nobody says another."""
    shapes = _model(service)["shapes"] if service in _services() else {}
    for name, shape in shapes.items():
        error = shape.get("error", {})
        if shape.get("exception") and code in (name, error.get("code")):
            return int(error.get("httpStatusCode", 500 if shape.get("fault") else 400))
    return 400


@functools.cache
def _services() -> frozenset[str]:
    if importlib.util.find_spec("botocore") is None:
        return frozenset()
    from botocore.loaders import Loader

    return frozenset(Loader().list_available_services("service-2"))


@functools.cache
def _operations(service: str) -> frozenset[str]:
    return frozenset(_model(service)["operations"])


def _model(service: str) -> Any:
    from botocore.loaders import Loader

    return Loader().load_service_model(service, "service-2")
