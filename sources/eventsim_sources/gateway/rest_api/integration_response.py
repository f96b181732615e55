"""What does a client get of what an integration answered? A response is chosen, its template filled in, headers set."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim_sources.gateway.answer import Answer
from eventsim_sources.gateway.body import media_type
from eventsim_sources.gateway.refusal import Refused
from eventsim_sources.gateway.rest_api.content import filled_in, for_client, for_template
from eventsim_sources.gateway.rest_api.exchange import no_match
from eventsim_sources.gateway.rest_api.mapping import of_response
from eventsim_sources.gateway.rest_api.model import Integration, IntegrationResponse
from eventsim_sources.gateway.rest_api.turn import Turn
from eventsim_sources.gateway.template import TemplateMistake, render
from eventsim_sources.gateway.template.methods import shown

_JSON = "application/json"


class Answered(Struct, frozen=True, kw_only=True):
    """What came back.

    Attributes:
        status: as text, which patterns are matched against.
        message: the `errorMessage` of a function that failed; patterns are matched against it. None: it did not fail.
        headers: by name in small letters.
    """

    body: bytes = b""
    status: str = "200"
    is_function: bool = False
    message: str | None = None
    headers: Mapping[str, str] = {}

    @property
    def content_type(self) -> str:
        """What the body is."""
        return self.headers.get("content-type", "")


def of_function(payload: str, *, message: str | None = None) -> Answered:
    """Return what a function has answered."""
    body = payload.encode(errors="surrogatepass")
    return Answered(body=body, is_function=True, message=message, headers={"content-type": _JSON})


def respond(turn: Turn, integration: Integration, answered: Answered, context: dict[str, Any]) -> Answer:
    """Return what the integration's responses make of an answer.

    Raises:
        Refused: none of them is for it.
    """
    chosen = choose(integration.integration_responses, answered)
    if chosen is None:
        raise Refused(
            "INTERNAL",
            why=f"no integration response is for {answered.message or answered.status!r}, and none is the default",
            log=no_match(answered.status),
        )
    types = turn.snapshot.settings.binary_media_types
    accept, handling = turn.header("accept") or "", chosen.content_handling
    kind, template = _template(chosen, accept)
    context["status"] = chosen.status_code
    context["integration"] = {"status": answered.status}
    text = for_template(answered.body, answered.content_type, handling, types)
    try:
        if template is None:
            content = for_client(answered.body, answered.content_type, accept, handling, types)
        else:
            content = filled_in(rendered(template, turn.variables(text, context)), accept, handling, types)
    except ValueError as error:
        raise Refused("INTERNAL", why=str(error)) from error
    headers = {"Content-Type": kind}
    for target, source in chosen.response_parameters.items():
        value = of_response(source, headers=answered.headers, body=text, turn=turn, context=context)
        if value is not None:
            _set(headers, target.removeprefix("method.response.header."), value)
    override = context["responseOverride"]
    for name, value in override.get("header", {}).items():
        _set(headers, name, shown(value))
    status = override.get("status", chosen.status_code)
    return Answer(status=int(status), headers=tuple(headers.items()), raw=content)


def choose(responses: Mapping[str, IntegrationResponse], answered: Answered) -> IntegrationResponse | None:
    """Return which response is for an answer: the first whose pattern fits, else the one without a pattern."""
    default = next((each for each in responses.values() if not each.selection_pattern), None)
    if answered.is_function and answered.message is None:
        return default
    subject = answered.message if answered.message is not None else answered.status
    for each in responses.values():
        if each.selection_pattern:
            try:
                if re.fullmatch(each.selection_pattern, subject):
                    return each
            except re.error:
                continue
    return default


def _template(chosen: IntegrationResponse, accept: str) -> tuple[str, str | None]:
    """Return content type and template of a response; None for the answer as it is."""
    templates = chosen.response_templates
    for kind in (media_type(accept), _JSON, *templates):
        if kind in templates:
            return kind, templates[kind] or None
    return _JSON, None


def rendered(template: str, variables: dict[str, Any]) -> str:
    """Return what a template says.

    Raises:
        Refused: it is mistaken.
    """
    try:
        return render(template, variables)
    except (TemplateMistake, ValueError) as error:
        raise Refused("INTERNAL", why=f"a mapping template: {error}") from error


def _set(headers: dict[str, str], name: str, value: str) -> None:
    for given in [given for given in headers if given.lower() == name.lower()]:
        del headers[given]
    headers[name] = value
