"""What do services need of a role for what no operation stands for? Actions that nobody calls."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import Need, Needs, Place, at, on

_ON_ONE_ARN: Final = (
    *(("events", "InvokeApiDestination"), ("events", "RetrieveConnectionCredentials"), ("execute-api", "Invoke")),
    *(("s3", "GetObjectVersionForReplication"), ("s3", "ReplicateObject"), ("s3", "ReplicateDelete")),
)


def _function_url(given: Mapping[str, Any], _place: Place) -> list[Need]:
    """Return what it needs to call a function by its URL: two actions, since October 2025 (documented)."""
    return [
        Need("lambda:InvokeFunctionUrl", str(given["Arn"]), {"lambda:FunctionUrlAuthType": ("AWS_IAM",)}),
        Need("lambda:InvokeFunction", str(given["Arn"]), {"lambda:InvokedViaFunctionUrl": ("true",)}),
    ]


def _http_endpoint(given: Mapping[str, Any], _place: Place) -> list[Need]:
    keys = {"states:HTTPEndpoint": (str(given["Endpoint"]),), "states:HTTPMethod": (str(given["Method"]),)}
    return [Need("states:InvokeHTTPEndpoint", str(given["Arn"]), keys)]


NEEDS: Final[Mapping[tuple[str, str], Needs]] = MappingProxyType(
    {
        **{(service, name): on(at("Arn"), f"{service}:{name}") for service, name in _ON_ONE_ARN},
        ("lambda", "InvokeFunctionUrl"): _function_url,
        ("stepfunctions", "InvokeHTTPEndpoint"): _http_endpoint,
    }
)
"""botocore's name of a service and what stands for an operation → what it needs."""
