"""What is written down of an execution? Its steps in AWS's words, for who tries a method, and for CloudWatch.

A stage asks for them by `loggingLevel` of a method: of failures (`ERROR`) or of all (`INFO`), with what went from place
to place by `dataTraceEnabled`. They go to the log group that API Gateway makes for a stage.
"""

import msgspec

from eventsim import ApiError, Caller, HttpResponse, World
from eventsim_sources.gateway.refusal import Refused
from eventsim_sources.gateway.rest_api import method_settings
from eventsim_sources.gateway.rest_api.exchange import Exchange, as_java, cut
from eventsim_sources.gateway.rest_api.turn import Turn
from eventsim_sources.log_writer import LogWriter

OWN_HEADERS = ("x-amzn-requestid", "x-amz-apigw-id")
"""Headers that are of a real request alone."""
_DATA = ("Method request ", "Endpoint ", "Method response ", "Sending request ", "Received response")
"""With what the steps begin that tell of data."""


def steps(turn: Turn, response: HttpResponse, no: Refused | None) -> list[str]:
    """Return all steps of an execution.

    Args:
        no: how the method has refused, if it has.
    """
    arrival = turn.arrival
    lines = [
        f"Starting execution for request: {arrival.request_id}",
        f"HTTP Method: {arrival.request.method}, Resource Path: {arrival.path}",
        f"Method request path: {as_java(turn.parameters)}",
        f"Method request query string: {as_java(turn.query())}",
        f"Method request headers: {as_java(dict(arrival.request.headers.pairs))}",
        f"Method request body before transformations: {cut(turn.text)}",
        *([] if turn.exchange is None else turn.exchange.lines),
    ]
    if no is not None:
        lines.append(no.log)
    else:
        headers = {name: value for name, value in response.headers if name.lower() not in OWN_HEADERS}
        body = response.body if isinstance(response.body, bytes) else b""
        lines += [
            f"Method response body after transformations: {cut(body)}",
            f"Method response headers: {as_java(headers)}",
            "Successfully completed execution",
        ]
    return [*lines, f"Method completed with status: {response.status}"]


class ExecutionLog:
    """The execution logs of one API, in a log group for each stage.

    Args:
        identifier: the API's id.
        place: the API's subject in the trace.
    """

    def __init__(self, world: World, identifier: str, place: int) -> None:
        new_id = world.chance.uuids("execution log", identifier)
        self._world = world
        self._identifier = identifier
        self._writer = LogWriter(world, place, lambda: new_id().replace("-", ""))
        self._groups: set[str] = set()

    def watched(self, turn: Turn) -> Turn:
        """Return a request whose steps are noted if its stage wants them."""
        if self._settings(turn).get("loggingLevel", "OFF") == "OFF":
            return turn
        return msgspec.structs.replace(turn, exchange=Exchange(self._world.clock))

    def write(self, turn: Turn, response: HttpResponse, no: Refused | None) -> None:
        """Write down a request whose steps were noted."""
        settings = self._settings(turn)
        lines = steps(turn, response, no)
        if settings["loggingLevel"] == "ERROR":
            lines = lines[-2:] if no is not None else []
        elif not settings.get("dataTraceEnabled"):
            lines = [line for line in lines if not line.startswith(_DATA)]
        group = f"API-Gateway-Execution-Logs_{self._identifier}/{turn.stage.stage_name}"
        for line in lines:
            self._make(group)
            self._writer.put(group, f"({turn.arrival.request_id}) {line}")

    def _settings(self, turn: Turn) -> dict[str, object]:
        return method_settings.of(turn.stage, turn.resource.path, turn.method.http_method)

    def _make(self, group: str) -> None:
        """Make a log group; one that is there is as good."""
        if group in self._groups:
            return
        self._groups.add(group)
        try:
            self._world.call("logs", "CreateLogGroup", {"logGroupName": group}, caller=Caller())
        except ApiError:
            return
