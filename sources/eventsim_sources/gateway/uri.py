"""What does the URI of an integration lead to? A function, an operation of a service, or a server."""

import re
from collections.abc import Mapping

from msgspec import Struct

_AWS = re.compile(r"arn:aws[\w-]*:apigateway:([\w-]*):([\w.-]+):(path|action)/(.*)", re.DOTALL)
_FUNCTION = re.compile(
    r"2015-03-31/functions/(.+?)/invocations/?|2021-11-15/functions/(.+?)/response-streaming-invocations/?"
)
_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")


class FunctionUri(Struct, frozen=True):
    """A function by its ARN.

    Attributes:
        streams: whether it is to be asked for a stream.
    """

    arn: str
    streams: bool = False


class ServiceUri(Struct, frozen=True, kw_only=True):
    """A service of AWS's, by an operation or a path.

    Attributes:
        service: the name in the URI: `sqs`, `dynamodb`, `states`.
        action: `PutItem`, "" if there is a path.
        path: `123456789012/orders`, "" if there is an action; a bucket that stands before `s3` is its first part.
        query: parameters that stand behind the action.
    """

    region: str
    service: str
    action: str = ""
    path: str = ""
    query: str = ""


class ServerUri(Struct, frozen=True):
    """A server by its URL."""

    url: str


def read_uri(uri: str, stage_variables: Mapping[str, str]) -> FunctionUri | ServiceUri | ServerUri | None:
    """Return what a URI leads to, with the stage's variables filled in; None if it makes no sense."""
    uri = _VARIABLE.sub(lambda found: stage_variables.get(found[1], ""), uri)
    if uri.startswith(("http://", "https://")):
        return ServerUri(uri)
    if ":lambda:" in uri and ":function:" in uri and not _AWS.fullmatch(uri):
        return FunctionUri(uri)
    found = _AWS.fullmatch(uri)
    if found is None:
        return None
    region, service, how, rest = found.groups()
    if service == "lambda" and how == "path":
        function = _FUNCTION.fullmatch(rest.lstrip("/"))
        return None if function is None else FunctionUri(function[1] or function[2], streams=function[1] is None)
    if how == "action":
        action, _, query = rest.partition("&")
        return ServiceUri(region=region, service=service, action=action, query=query)
    bucket, _, name = service.rpartition(".")
    if name == "s3" and bucket:
        return ServiceUri(region=region, service=name, path=f"{bucket}/{rest.lstrip('/')}")
    return ServiceUri(region=region, service=service, path=rest.lstrip("/"))
