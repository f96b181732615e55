"""Which places of a part may patch operations change, and how? Pure: tables as AWS documents them, and what they do.

A path names steps, with `~1` for a slash and `~0` for a tilde. In a table, `*` stands for any one step; `[]` at its
end marks a list, whose element is the operation's value or one step more: `/binaryMediaTypes/image~1png`.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from eventsim_sources.gateway.api.call import bad_request, not_found

T = TypeVar("T", bound=Struct)

Allowed = Mapping[str, str]
"""Path → the operations that it takes, separated by blanks."""

_ENTRY: Final = "add remove replace"

ACCOUNT: Final[Allowed] = {"/cloudwatchRoleArn": "replace"}
API: Final[Allowed] = {
    "/apiKeySource": "replace",
    "/binaryMediaTypes[]": "add remove replace",
    "/description": "replace",
    "/disableExecuteApiEndpoint": "replace",
    "/endpointAccessMode": "replace",
    "/endpointConfiguration/ipAddressType": "replace",
    "/endpointConfiguration/types[]": "replace",
    "/endpointConfiguration/vpcEndpointIds[]": "add remove",
    "/minimumCompressionSize": "replace",
    "/name": "replace",
    "/policy": "replace",
    "/securityPolicy": "replace",
    "/version": "replace",
}
API_KEY: Final[Allowed] = {
    "/customerId": "replace",
    "/description": "replace",
    "/enabled": "replace",
    "/name": "replace",
}
AUTHORIZER: Final[Allowed] = {
    "/authType": "replace",
    "/authorizerCredentials": "replace",
    "/authorizerResultTtlInSeconds": "replace",
    "/authorizerUri": "replace",
    "/identitySource": "replace",
    "/identityValidationExpression": "replace",
    "/name": "replace",
    "/providerARNs[]": "add remove",
    "/type": "replace",
}
BASE_PATH_MAPPING: Final[Allowed] = {"/basePath": "replace", "/restapiId": "replace", "/stage": "replace"}
DESCRIBED: Final[Allowed] = {"/description": "replace"}
"""Certificates, deployments and versions of documentation."""
DOCUMENTATION_PART: Final[Allowed] = {"/properties": "replace"}
GATEWAY_RESPONSE: Final[Allowed] = {
    "/responseParameters/*": _ENTRY,
    "/responseTemplates/*": _ENTRY,
    "/statusCode": "replace",
}
INTEGRATION: Final[Allowed] = {
    "/cacheKeyParameters[]": "add remove",
    "/cacheNamespace": "replace",
    "/connectionId": "replace",
    "/connectionType": "replace",
    "/contentHandling": "replace",
    "/credentials": "replace",
    "/httpMethod": "replace",
    "/integrationTarget": "replace",
    "/passthroughBehavior": "replace",
    "/requestParameters/*": _ENTRY,
    "/requestTemplates/*": _ENTRY,
    "/responseTransferMode": "replace",
    "/timeoutInMillis": "replace",
    "/tlsConfig/insecureSkipVerification": "replace",
    "/uri": "replace",
}
INTEGRATION_RESPONSE: Final[Allowed] = {
    "/contentHandling": "replace",
    "/responseParameters/*": _ENTRY,
    "/responseTemplates/*": _ENTRY,
    "/selectionPattern": "replace",
}
LINK: Final[Allowed] = {"/description": "replace", "/name": "replace"}
METHOD: Final[Allowed] = {
    "/apiKeyRequired": "replace",
    "/authorizationScopes[]": "add remove",
    "/authorizationType": "replace",
    "/authorizerId": "replace",
    "/operationName": "replace",
    "/requestModels/*": _ENTRY,
    "/requestParameters/*": _ENTRY,
    "/requestValidatorId": "replace",
}
METHOD_RESPONSE: Final[Allowed] = {"/responseModels/*": _ENTRY, "/responseParameters/*": _ENTRY}
MODEL: Final[Allowed] = {"/description": "replace", "/schema": "replace"}
RESOURCE: Final[Allowed] = {"/parentId": "replace", "/pathPart": "replace"}
STAGE: Final[Allowed] = {
    "/accessLogSettings": "remove",
    "/accessLogSettings/destinationArn": "add replace",
    "/accessLogSettings/format": "add replace",
    "/cacheClusterEnabled": "replace",
    "/cacheClusterSize": "replace",
    "/canarySettings": "remove",
    "/canarySettings/deploymentId": "replace",
    "/canarySettings/percentTraffic": "replace",
    "/canarySettings/stageVariableOverrides/*": _ENTRY,
    "/canarySettings/useStageCache": "replace",
    "/clientCertificateId": "replace",
    "/deploymentId": "replace",
    "/description": "replace",
    "/documentationVersion": "replace",
    "/tracingEnabled": "replace",
    "/variables/*": _ENTRY,
}
"""Beside the settings of methods, which have a file of their own."""
USAGE: Final[Allowed] = {"/remaining": "replace"}
USAGE_PLAN: Final[Allowed] = {
    "/description": "replace",
    "/name": "replace",
    "/productCode": "add remove replace",
    "/quota": "remove",
    "/quota/limit": "add replace",
    "/quota/offset": "add replace",
    "/quota/period": "add replace",
    "/throttle": "remove",
    "/throttle/burstLimit": "add replace",
    "/throttle/rateLimit": "add replace",
}
"""Beside its stages, which have rules of their own."""
VALIDATOR: Final[Allowed] = {
    "/name": "replace",
    "/validateRequestParameters": "replace",
    "/validateRequestBody": "replace",
}


def patched(part: T, operations: Iterable[Mapping[str, Any]], allowed: Allowed) -> T:
    """Return a part with patch operations applied.

    Raises:
        ApiError: a path leads nowhere, or a value is none for its place.
    """
    document: dict[str, Any] = msgspec.to_builtins(part, builtin_types=(datetime,))
    for each in operations:
        path, how = check_path(each, allowed)
        _apply(document, path, how, each, allowed)
    try:
        return msgspec.convert(document, type(part), strict=False)
    except msgspec.ValidationError as error:
        place = _PLACE.search(str(error))
        name = place[1] if place else ""
        raise bad_request(_WORDS.get(name) or f"Invalid patch value for /{name}") from None  # unconfirmed wording


_PLACE: Final = re.compile(r"`\$\.([^`.\[]+)")
"""Where msgspec says that a value is none for its place."""
_WORDS: Final = {"minimumCompressionSize": "Invalid minimum compression size, must be between 0 to 10485760"}
"""What is said of values that are none for their place, where that has words of its own."""


def check_path(operation: Mapping[str, Any], allowed: Allowed) -> tuple[str, str]:
    """Return path and kind of a patch operation.

    Raises:
        ApiError: the path takes no such operation.
    """
    path, how = str(operation.get("path") or ""), str(operation.get("op") or "")
    kinds = [kind for template, each in allowed.items() if _fits(template, path) for kind in each.split()]
    if how in kinds:
        return path, how
    if not kinds and allowed == METHOD:
        raise bad_request(f"Invalid patch path {path}")
    if not kinds:
        raise no_such_path(path, how, allowed)
    if allowed in (API, METHOD):
        raise bad_request(f"Invalid patch operation specified. Must be one of: [{', '.join(kinds)}]")
    raise bad_request(f"Invalid patch path  '{path}' specified for op '{how}'. Please choose supported operations")


def no_such_path(path: str, how: str, paths: Iterable[str]) -> Exception:
    """Return the refusal of a path, with those that there are."""
    known = ", ".join(each.removesuffix("[]") for each in paths)
    return bad_request(f"Invalid patch path  '{path}' specified for op '{how}'. Must be one of: [{known}]")


def leads_somewhere(path: str, allowed: Allowed) -> bool:
    """Tell whether there is a place that a path names, whatever may be done to it."""
    return any(_fits(template, path) for template in allowed)


def _fits(template: str, path: str) -> bool:
    wanted, steps = template.removesuffix("[]").split("/"), path.split("/")
    if len(steps) - len(wanted) not in ((0, 1) if template.endswith("[]") else (0,)):
        return False
    return all(each in ("*", step) for each, step in zip(wanted, steps, strict=False))


def _steps(path: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]


def _apply(document: dict[str, Any], path: str, how: str, operation: Mapping[str, Any], allowed: Allowed) -> None:
    steps, value = _steps(path), operation.get("value")
    lists = [template.removesuffix("[]") for template in allowed if template.endswith("[]")]
    place = next((each for each in lists if path == each or path.startswith(f"{each}/")), None)
    if place is not None:
        depth = place.count("/")
        held = _holder(document, steps[:depth]).setdefault(steps[depth - 1], [])
        _patch_list(held, how, steps[depth] if len(steps) > depth else str(value or ""), value)
        return
    holder = _holder(document, steps)
    if how != "add" and steps[0].endswith("Parameters") and steps[-1] not in holder:
        raise not_found("Invalid parameter name specified")
    if how == "remove":
        if steps[0].endswith("Models") and steps[-1] not in holder:
            raise not_found("Content-Type specified was not found")
        holder.pop(steps[-1], None)
    elif value is None or (value == "" and steps[-1] in _NUMBERS):
        holder.pop(steps[-1], None)
    else:
        holder[steps[-1]] = value


_NUMBERS = ("authorizerResultTtlInSeconds", "minimumCompressionSize", "timeoutInMillis")
"""What nothing at all sets back."""


def _holder(document: dict[str, Any], steps: list[str]) -> dict[str, Any]:
    """Return what holds the last step, made where it is not there."""
    holder = document
    for step in steps[:-1]:
        if not isinstance(holder.get(step), dict):
            holder[step] = {}
        holder = holder[step]
    return holder


def _patch_list(held: list[Any], how: str, item: str, value: Any) -> None:
    if item.isdecimal() and int(item) < len(held):
        item = str(held[int(item)])
    if how == "remove":
        held[:] = [each for each in held if each != item]
    elif how == "replace" and value is not None and item in held:
        held[held.index(item)] = value
    elif item not in held:
        held.append(item)
