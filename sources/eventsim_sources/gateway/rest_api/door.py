"""What does a REST API do with a request? Find its method, let it in, check it, integrate; refusals are answers."""

import json
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec

from eventsim import HttpRequest, HttpResponse, World
from eventsim_sources.gateway.access_log import AccessLog
from eventsim_sources.gateway.address import Address
from eventsim_sources.gateway.answer import Answer, Malformed, rest_response
from eventsim_sources.gateway.arrival import Arrival, Ids
from eventsim_sources.gateway.authorizer import Granted
from eventsim_sources.gateway.body import is_listed, media_type
from eventsim_sources.gateway.limits import PAYLOAD_BYTES_MAX
from eventsim_sources.gateway.refusal import Refused
from eventsim_sources.gateway.rest_api import method_settings
from eventsim_sources.gateway.rest_api.api import Api, Snapshot
from eventsim_sources.gateway.rest_api.authorization import Authorization
from eventsim_sources.gateway.rest_api.exchange import MALFORMED
from eventsim_sources.gateway.rest_api.execution_log import ExecutionLog
from eventsim_sources.gateway.rest_api.integration import Integrations
from eventsim_sources.gateway.rest_api.mapping import of_request
from eventsim_sources.gateway.rest_api.model import Authorizer, Method, Resource, Stage
from eventsim_sources.gateway.rest_api.stage_cache import StageCache
from eventsim_sources.gateway.rest_api.stage_tracing import StageTracing, Traced
from eventsim_sources.gateway.rest_api.turn import Turn
from eventsim_sources.gateway.rest_api.validation import validate
from eventsim_sources.gateway.server import bytes_of
from eventsim_sources.gateway.template import TemplateMistake, render
from eventsim_sources.gateway.throttle import Buckets
from eventsim_sources.gateway.traffic import Traffic, Visit
from eventsim_sources.gateway.usage import Usage

_NOBODYS = ("FORBIDDEN", "UNAVAILABLE")
"""Refusals that no gateway response changes."""
_WITHOUT_TYPE = ("BAD_GATEWAY", "INTERNAL")
"""Failures of integrations, which have no response type of their own: `DEFAULT_5XX` speaks of them."""

_DROPPED: Final = dict.fromkeys(
    (
        *(
            "connection",
            "content-length",
            "content-md5",
            "expect",
            "max-forwards",
            "proxy-authenticate",
            "server",
            "te",
        ),
        *("trailer", "transfer-encoding", "upgrade", "www-authenticate"),
    )
)
"""Headers of a request that no integration gets to see (documented)."""


class RestDoor:
    """The front door of one REST API."""

    def __init__(self, world: World, api: Api, traffic: Traffic, usage: Usage) -> None:
        self._api = api
        self._traffic = traffic
        self._ids = Ids(world, api.settings.id)
        self.trials = Ids(world, f"{api.settings.id} trial")
        self._authorization = Authorization(world, api, usage)
        self._integrations = Integrations(world)
        self._buckets = Buckets(world.clock)
        self._luck = world.chance.stream("api canary", api.settings.id)
        self._log = AccessLog(world, api.settings.id, traffic.place)
        self._tracing = StageTracing(world, api.settings.id)
        self._execution_log = ExecutionLog(world, api.settings.id, traffic.place)
        self.cache = StageCache(world.clock)

    async def handle(self, request: HttpRequest, address: Address) -> HttpResponse:
        """Answer a request."""
        path = f"{address.base}{address.path}"
        visit = self._traffic.came(request.method, path)
        stage, rest = self._api.stage_for(address)
        is_canary = stage is not None and self._meets_canary(stage)
        stage = _canary_of(stage) if stage is not None and is_canary else stage
        arrival = self._ids.arrival(
            msgspec.structs.replace(request, headers=request.headers.with_changes(_DROPPED)),
            path=f"/{rest.lstrip('/')}",
            stage_path=path,
            stage=stage.stage_name if stage is not None else "",
            identifier=self._api.settings.id,
            domain_name=address.domain or self._api.domain_name,
            base_path=address.base,
            entry=visit.entry,
        )
        traced: Traced | None = None
        if stage is not None and stage.tracing_enabled:
            traced = self._tracing.begin(arrival, stage, self._api.settings.name)
            arrival = traced.arrival
        snapshot = None if stage is None else self._api.snapshot(stage)
        turn: Turn | None = None
        no: Refused | None = None
        try:
            if self._api.settings.disable_execute_api_endpoint and not address.domain:
                raise Refused("FORBIDDEN", why="the API is open at its own domain names alone")
            if stage is None or snapshot is None:
                raise Refused("FORBIDDEN", why=f"no stage serves {path}")
            turn = msgspec.structs.replace(_find(arrival, stage, snapshot), is_canary=is_canary)
            turn = self._execution_log.watched(turn)
            response = await self._answer(turn, visit)
        except Refused as refused:
            no = refused
            response = self._refusal(refused, arrival, turn, stage, snapshot)
        if turn is not None and turn.exchange is not None:
            self._execution_log.write(turn, response, no)
        of = None if stage is None else {"ApiName": self._api.settings.name, "Stage": stage.stage_name}
        self._traffic.answered(visit, response.status, "" if no is None else no.why, of=of)
        if traced is not None:
            self._tracing.end(traced, response)
        if stage is not None and stage.access_log_settings:
            about = self._log.context(arrival, response, no)
            resource = {} if turn is None else {"resourcePath": turn.resource.path, "resourceId": turn.resource.id}
            self._log.write(stage.access_log_settings, {**about, "requestId": arrival.request_id, **resource})
        return response

    def _meets_canary(self, stage: Stage) -> bool:
        """Draw whether a request is among those that the stage's canary serves."""
        canary = stage.canary_settings
        if canary is None or not canary.percent_traffic:
            return False
        return self._luck.random() * 100 < canary.percent_traffic

    async def _answer(self, turn: Turn, visit: Visit) -> HttpResponse:
        if len(turn.arrival.request.body) > PAYLOAD_BYTES_MAX:
            raise Refused("REQUEST_TOO_LARGE")
        self._throttle(turn)
        turn = await self._authorization.let_in(turn)
        validate(turn)
        caching = self.cache.caching(turn)
        kept = None if caching is None else self.cache.find(caching)
        if caching is not None:
            visit.measured["is_cached"] = kept is not None
        if kept is not None:
            return _with_ids(kept, turn.arrival)
        with self._traffic.integrating(visit):
            response = await self._integrated(turn)
        if caching is not None:
            self.cache.keep(caching, response)
        return response

    def _throttle(self, turn: Turn) -> None:
        """See that the stage has room for one more request to this method.

        Raises:
            Refused: it has not.
        """
        path, verb = turn.resource.path, turn.method.http_method
        settings = method_settings.of(turn.stage, path, verb)
        rate = settings.get("throttlingRateLimit")
        if rate is None or rate < 0:  # as on AWS, -1 sets no bound
            return
        burst = float(settings.get("throttlingBurstLimit", rate))
        if not self._buckets.takes((turn.stage.stage_name, path, verb), rate=float(rate), burst=burst):
            raise Refused("THROTTLED", why=f"the stage allows {verb} {path} {rate:g} requests a second")

    async def _integrated(self, turn: Turn) -> HttpResponse:
        answer = await self._integrations.answer(turn)
        if isinstance(answer, HttpResponse) and isinstance(answer.body, AsyncIterator):
            begun = rest_response(Answer(status=answer.status, headers=answer.headers), turn.arrival, b"")
            return msgspec.structs.replace(begun, body=answer.body)
        if isinstance(answer, HttpResponse):
            return rest_response(Answer(status=answer.status, headers=answer.headers), turn.arrival, bytes_of(answer))
        accepted = media_type(turn.header("accept") or "")
        types = turn.snapshot.settings.binary_media_types
        try:
            answer.check()
            content = answer.content(decodes=answer.is_base64 and is_listed(accepted, types))
        except Malformed as error:
            raise Refused("BAD_GATEWAY", why=str(error), log=MALFORMED) from error
        if len(content) > PAYLOAD_BYTES_MAX:
            raise Refused("BAD_GATEWAY", why="the response has more than 10 MB")
        return rest_response(answer, turn.arrival, content)

    # --- trials ------------------------------------------------------------------------------------------

    async def try_method(self, turn: Turn) -> tuple[HttpResponse, Refused | None]:
        """Return what a method would answer, and how it would refuse; nobody asks who may."""
        try:
            validate(turn)
            return await self._integrated(turn), None
        except Refused as refused:
            return self._refusal(refused, turn.arrival, turn, turn.stage, turn.snapshot), refused

    async def try_authorizer(self, turn: Turn) -> Turn:
        """Return a request with what its authorizer says of it.

        Raises:
            Refused: it would not be let in.
        """
        return await self._authorization.let_in(turn)

    async def ask_authorizer(self, turn: Turn, authorizer: Authorizer) -> Granted:
        """Return what an authorizer's function says of a request, whether or not it lets it in.

        Raises:
            Refused: it gives no answer.
        """
        return await self._authorization.ask(turn, authorizer)

    def forget_authorizations(self) -> None:
        """Forget what authorizers have answered."""
        self._authorization.forget()

    # --- refusals ----------------------------------------------------------------------------------------

    def _refusal(
        self, refused: Refused, arrival: Arrival, turn: Turn | None, stage: Stage | None, snapshot: Snapshot | None
    ) -> HttpResponse:
        """Return how the API says no: as its gateway responses have it, or as AWS does."""
        answer = _plain(refused)
        if stage is not None and snapshot is not None and refused.kind not in _NOBODYS:
            here = turn or Turn(
                arrival=arrival,
                snapshot=snapshot,
                stage=stage,
                resource=Resource(id=""),
                method=Method(http_method=arrival.request.method),
                parameters={},
            )
            answer = _customized(answer, refused, here)
        return rest_response(answer, arrival, answer.body.encode(), is_integrations=False)


def _canary_of(stage: Stage) -> Stage:
    """Return a stage as its canary serves it: with its deployment, and its variables over those of the stage."""
    canary = stage.canary_settings
    assert canary is not None, "that was drawn"
    return msgspec.structs.replace(
        stage,
        deployment_id=canary.deployment_id or stage.deployment_id,
        variables={**stage.variables, **canary.stage_variable_overrides},
    )


def _with_ids(response: HttpResponse, arrival: Arrival) -> HttpResponse:
    """Return a response that was kept, as the answer to another request."""
    own = {
        "x-amzn-requestid": arrival.request_id,
        "x-amz-apigw-id": arrival.short_id,
        "x-amzn-trace-id": arrival.trace_id,
    }
    headers = tuple((name, own.get(name.lower(), value)) for name, value in response.headers)
    return HttpResponse(status=response.status, headers=headers, body=response.body)


def _find(arrival: Arrival, stage: Stage, snapshot: Snapshot) -> Turn:
    found = snapshot.resources.find(arrival.request.method, arrival.path)
    if found is None:
        raise Refused("MISSING_AUTHENTICATION_TOKEN", why=f"no method is for {arrival.request.method} {arrival.path}")
    return Turn(
        arrival=arrival,
        snapshot=snapshot,
        stage=stage,
        resource=found.resource,
        method=found.method,
        parameters=found.parameters,
    )


_SPACED = frozenset(
    {
        *("API_CONFIGURATION_ERROR", "BAD_GATEWAY", "BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS"),
        *("INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT", "INTERNAL", "UNSUPPORTED_MEDIA_TYPE"),
    }
)
"""Refusals of requests that were let in: AWS writes them with a blank behind the colon, the others without one."""


def _plain(refused: Refused) -> Answer:
    key = "Message" if refused.kind == "ACCESS_DENIED" else "message"
    separators = (", ", ": ") if refused.kind in _SPACED else (",", ":")
    headers = (("x-amzn-ErrorType", refused.error_type), ("Content-Type", "application/json"), *refused.more)
    return Answer(
        status=refused.status, headers=headers, body=json.dumps({key: refused.message}, separators=separators)
    )


def _customized(answer: Answer, refused: Refused, turn: Turn) -> Answer:
    responses = turn.snapshot.gateway_responses
    custom = responses.get(refused.kind) or responses.get("DEFAULT_4XX" if refused.status < 500 else "DEFAULT_5XX")
    if custom is None:
        return answer
    context = turn.context()
    if refused.authorizer:
        context["authorizer"] = refused.authorizer
    message = refused.message
    context["error"] = {
        "message": message,
        "messageString": json.dumps(message),
        "responseType": "DEFAULT_5XX" if refused.kind in _WITHOUT_TYPE else refused.kind,
        **refused.context,
    }
    headers = dict(answer.headers)
    for target, source in custom.response_parameters.items():
        value = of_request(turn, source, context)
        if value is not None and value.isprintable():
            headers[target.removeprefix("gatewayresponse.header.")] = value
    body = answer.body
    templates: dict[str, Any] = custom.response_templates
    if templates:
        kind = media_type(turn.header("accept") or "")
        kind = (
            kind
            if kind in templates
            else "application/json"
            if "application/json" in templates
            else next(iter(templates))
        )
        headers["Content-Type"] = kind
        try:
            body = render(templates[kind], turn.variables(turn.text, context))
        except TemplateMistake:
            body = templates[kind]
    status = int(custom.status_code) if custom.status_code else answer.status
    return Answer(status=status, headers=tuple(headers.items()), body=body)
