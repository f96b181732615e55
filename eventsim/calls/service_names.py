"""Is there such an operation on AWS? botocore's service models know, where they are installed."""

import functools
import importlib.util

from eventsim.errors import ConfigurationError
from eventsim.spelling import did_you_mean


def check_operation(service: str, operation: str) -> None:
    """Refuse the name of a service or an operation that AWS does not have; without botocore, believe it.

    Raises:
        ConfigurationError: there is none of this name; `key` names which.
    """
    services = _services()
    if not services:
        return
    if service not in services:
        message = f"boto3 knows no service {service!r}{did_you_mean(service, sorted(services))}"
        raise ConfigurationError(message, key="service")
    operations = _operations(service)
    if operation not in operations:
        message = f"{service} has no operation {operation!r}{did_you_mean(operation, sorted(operations))}"
        raise ConfigurationError(message, key="operation")


@functools.cache
def _services() -> frozenset[str]:
    if importlib.util.find_spec("botocore") is None:
        return frozenset()
    from botocore.loaders import Loader

    return frozenset(Loader().list_available_services("service-2"))


@functools.cache
def _operations(service: str) -> frozenset[str]:
    from botocore.loaders import Loader

    return frozenset(Loader().load_service_model(service, "service-2")["operations"])
