"""Do a method, its integration and their responses make sense? What AWS refuses when they are put or patched."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from eventsim import ApiError
from eventsim_sources.gateway.api.call import bad_request, not_found
from eventsim_sources.gateway.limits import REST_TIMEOUT_MS, STREAM_TIMEOUT_MS, TIMEOUT_MIN_MS
from eventsim_sources.gateway.rest_api.api import Api
from eventsim_sources.gateway.rest_api.model import Integration, IntegrationResponse, Method, MethodResponse

_VERBS: Final = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY")
INTEGRATIONS: Final = ("AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK")
_AUTHORIZATIONS: Final = ("NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS")
_PASSTHROUGH: Final = ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")
_PLACES = r"(?:header|querystring|path|multivalueheader|multivaluequerystring)"
_METHOD_PARAMETER = re.compile(rf"method\.request\.{_PLACES}\.\S+")
_METHOD_HEADER = re.compile(r"method\.response\.header\.\S+")
_INTEGRATION_PARAMETER = re.compile(rf"integration\.request\.{_PLACES}\.\S+")
_OF_ANYTHING = re.compile(r"'.*'|(?:context|stageVariables)\.\S+", re.DOTALL)
_OF_REQUEST = re.compile(r"method\.request\.body(?:[.\[].*)?")
_OF_RESPONSE = re.compile(r"integration\.response\.(?:(?:header|multivalueheader)\.\S+|body(?:[.\[].*)?)")
_GATEWAY_ARN = re.compile(r"arn:aws[\w-]*:apigateway:[^:]*:[^:]+(:.*)?", re.DOTALL)
_STAGE_VARIABLE: Final = "${stageVariables."


def check_method(method: Method, api: Api) -> None:
    """See that a method can be.

    Raises:
        ApiError: it cannot.
    """
    if method.http_method not in _VERBS:
        raise bad_request(f"Invalid HttpMethod specified. Valid options are {','.join(_VERBS)}")
    if method.authorization_type not in _AUTHORIZATIONS:
        raise bad_request(f"Invalid authorization type specified. Valid options are {', '.join(_AUTHORIZATIONS)}")
    needs_authorizer = method.authorization_type in ("CUSTOM", "COGNITO_USER_POOLS")
    if needs_authorizer and method.authorizer_id not in api.authorizers:
        raise bad_request(
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
            "COGNITO_USER_POOLS requires a valid authorizer."
        )
    if method.request_validator_id and method.request_validator_id not in api.validators:
        raise bad_request("Invalid Request Validator identifier specified")
    _check_models(method.request_models.values(), api)
    _check_names(method.request_parameters, _METHOD_PARAMETER)


def check_method_response(response: MethodResponse, api: Api) -> None:
    """See that a method can answer so.

    Raises:
        ApiError: it cannot.
    """
    _check_models(response.response_models.values(), api)
    _check_names(response.response_parameters, _METHOD_HEADER)


def check_integration(integration: Integration, method: Method) -> None:
    """See that an integration leads somewhere, and maps what its method has.

    Raises:
        ApiError: it does not.
    """
    if integration.type != "MOCK":
        _check_target(integration)
    if integration.passthrough_behavior not in _PASSTHROUGH:
        raise bad_request(f"Invalid passthrough behavior specified. Valid options are {', '.join(_PASSTHROUGH)}")
    if integration.connection_type == "VPC_LINK" and not integration.connection_id:
        raise bad_request("A connectionId is required for the connectionType VPC_LINK")
    timeout_ms = integration.timeout_in_millis
    timeout_max_ms = STREAM_TIMEOUT_MS if integration.response_transfer_mode == "STREAM" else REST_TIMEOUT_MS
    if timeout_ms is not None and not TIMEOUT_MIN_MS <= timeout_ms <= timeout_max_ms:
        raise bad_request(f"Timeout should be between {TIMEOUT_MIN_MS} ms and {timeout_max_ms} ms")
    _check_names(integration.request_parameters, _INTEGRATION_PARAMETER)
    for source in integration.request_parameters.values():
        if _METHOD_PARAMETER.fullmatch(source):
            _check_declared(source, method.request_parameters)
        elif not (_OF_ANYTHING.fullmatch(source) or _OF_REQUEST.fullmatch(source)):
            raise no_expression(source)


def _check_target(integration: Integration) -> None:
    uri, is_server = integration.uri, integration.type.startswith("HTTP")
    if is_server and not (uri.startswith(("http://", "https://")) or _STAGE_VARIABLE in uri):
        raise bad_request("Invalid HTTP endpoint specified for URI")
    if not integration.http_method:
        raise bad_request("Enumeration value for HttpMethod must be non-empty")
    if not is_server:
        _check_arn(integration)


def _check_arn(integration: Integration) -> None:
    found = _GATEWAY_ARN.fullmatch(integration.uri)
    if found is None:
        raise bad_request("Invalid ARN specified in the request")
    if not (found[1] or "").startswith((":path/", ":action/")):
        raise bad_request("AWS ARN for integration must contain path or action")
    service = integration.uri.split(":")[4].rpartition(".")[2]
    if integration.type == "AWS_PROXY" and service not in ("lambda", "firehose"):
        raise bad_request(
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations."
        )
    if integration.type == "AWS" and service != "lambda" and not integration.credentials:
        raise bad_request("Role ARN must be specified for AWS integrations")


def check_integration_response(response: IntegrationResponse, method: Method) -> None:
    """See that an integration's answer becomes one that its method has.

    Raises:
        ApiError: it does not.
    """
    if response.status_code not in method.method_responses:
        raise not_found("Invalid Response status code specified")
    declared = method.method_responses[response.status_code].response_parameters
    _check_names(response.response_parameters, _METHOD_HEADER)
    for target, source in response.response_parameters.items():
        _check_declared(target, declared)
        if not (_OF_ANYTHING.fullmatch(source) or _OF_RESPONSE.fullmatch(source)):
            raise no_expression(source)


def _check_models(names: Iterable[str], api: Api) -> None:
    for name in names:
        if name not in api.models:
            raise bad_request(f"Invalid model identifier specified: {name}")


def _check_names(parameters: Mapping[str, object], form: re.Pattern[str]) -> None:
    for name in parameters:
        if not form.fullmatch(name):
            raise no_expression(name)


def _check_declared(name: str, declared: Collection[str]) -> None:
    if name not in declared:
        raise _invalid(f"Invalid mapping expression parameter specified: {name}")


def no_expression(text: str) -> ApiError:
    """Return the refusal of what is no mapping expression."""
    return _invalid(f"Invalid mapping expression specified: {text}")


def _invalid(error: str) -> ApiError:
    return bad_request(f"Invalid mapping expression specified: Validation Result: warnings : [], errors : [{error}]")
