"""May this request in? What a REST API asks of tokens, functions, user pools, signatures and API keys."""

import re
from typing import Any

import msgspec

from eventsim import World
from eventsim_sources.gateway import format_v1
from eventsim_sources.gateway.arrival import Arrival
from eventsim_sources.gateway.authorizer import Granted, Kept, access_key, is_signed, policy_answer, signer_v1
from eventsim_sources.gateway.call import Failed, TookTooLong, Unanswered, call_function
from eventsim_sources.gateway.expression import Expressions
from eventsim_sources.gateway.jwt import TokenRefused, claims_of, scopes_of
from eventsim_sources.gateway.limits import AUTHORIZER_TTL_S, REST_TIMEOUT_MS
from eventsim_sources.gateway.refusal import Refused
from eventsim_sources.gateway.rest_api.api import Api
from eventsim_sources.gateway.rest_api.model import Authorizer
from eventsim_sources.gateway.rest_api.turn import Turn
from eventsim_sources.gateway.sender import why_not_invoked
from eventsim_sources.gateway.uri import FunctionUri, read_uri
from eventsim_sources.gateway.usage import Usage

_TOKEN_SOURCE = "method.request.header.Authorization"  # noqa: S105 - a place, no token


class Authorization:
    """Lets requests of one API in, or not."""

    def __init__(self, world: World, api: Api, usage: Usage) -> None:
        self._world = world
        self._api = api
        self._usage = usage
        self._kept: dict[str, Kept] = {}

    def forget(self) -> None:
        """Forget what authorizers have answered."""
        self._kept.clear()

    async def let_in(self, turn: Turn) -> Turn:
        """Return the request with what is known of its sender.

        Raises:
            Refused: it may not in.
        """
        method = turn.method
        granted = None
        match method.authorization_type:
            case "AWS_IAM":
                if not is_signed(turn.arrival.headers, turn.arrival.request.query):
                    raise Refused("MISSING_AUTHENTICATION_TOKEN", why="the request is not signed")
                refusal = why_not_invoked(self._world, turn.arrival, turn.arn)
                if refusal:
                    raise Refused("ACCESS_DENIED", message=_redacted(refusal, turn.arrival), why=refusal)
                key_id = access_key(turn.arrival.headers, turn.arrival.request.query)
                turn = msgspec.structs.replace(turn, identity=signer_v1(turn.arrival.account_id, key_id))
            case "CUSTOM":
                granted = await self._granted(turn, self._authorizer(turn))
                turn = msgspec.structs.replace(turn, authorizer=granted.told())
            case "COGNITO_USER_POOLS":
                turn = msgspec.structs.replace(turn, authorizer={"claims": self._claims(turn, self._authorizer(turn))})
        if method.api_key_required:
            is_named = turn.snapshot.settings.api_key_source == "AUTHORIZER"
            value = granted.usage_key if is_named and granted is not None else turn.header("x-api-key") or ""
            named = f"{turn.resource.path}/{method.http_method}"
            key = self._usage.check(value, self._api.settings.id, turn.arrival.stage, named)
            identity = {**turn.identity, "apiKey": key.value, "apiKeyId": key.id}
            turn = msgspec.structs.replace(turn, identity=identity)
        return turn

    def _authorizer(self, turn: Turn) -> Authorizer:
        authorizer = turn.snapshot.authorizers.get(turn.method.authorizer_id)
        if authorizer is None:
            raise Refused("AUTHORIZER_CONFIGURATION_ERROR", why="the method's authorizer is not there")
        return authorizer

    # --- functions ---------------------------------------------------------------------------------------

    async def _granted(self, turn: Turn, authorizer: Authorizer) -> Granted:
        ttl_s = authorizer.authorizer_result_ttl_in_seconds
        ttl_s = AUTHORIZER_TTL_S if ttl_s is None else ttl_s
        identities = self._identities(turn, authorizer, keeps=ttl_s > 0)
        kept = self._kept.setdefault(f"{turn.arrival.stage}/{authorizer.id}", Kept(self._world.clock))
        granted = kept.find(identities) if identities else None
        if granted is None:
            granted = policy_answer(await self._ask(turn, authorizer, identities))
            if identities:
                kept.keep(identities, granted, ttl_s)
        granted.check(turn.arn)
        return granted

    async def ask(self, turn: Turn, authorizer: Authorizer) -> Granted:
        """Return what an authorizer's function says, without keeping it.

        Raises:
            Refused: it gives no answer.
        """
        return policy_answer(await self._ask(turn, authorizer, self._identities(turn, authorizer, keeps=False)))

    def _identities(self, turn: Turn, authorizer: Authorizer, *, keeps: bool) -> tuple[str, ...]:
        """Return what identifies the request to its authorizer.

        Raises:
            Refused: it is not there.
        """
        is_token = authorizer.type == "TOKEN"
        given = authorizer.identity_source or (_TOKEN_SOURCE if is_token else "")
        sources = [source.strip() for source in given.split(",") if source.strip()]
        expressions = Expressions(
            turn.arrival,
            path_parameters=turn.parameters,
            stage_variables=turn.stage.variables,
            context=turn.context(),
        )
        values = [expressions.text(_as_expression(source)) for source in sources]
        if not all(values) and (is_token or keeps):
            raise Refused("UNAUTHORIZED", why=f"the request lacks {given}")
        pattern = authorizer.identity_validation_expression
        if is_token and pattern and re.fullmatch(pattern, values[0] or "") is None:
            raise Refused("UNAUTHORIZED", why=f"the token does not match {pattern}")
        return tuple(value or "" for value in values)

    async def _ask(self, turn: Turn, authorizer: Authorizer, identities: tuple[str, ...]) -> str:
        uri = read_uri(authorizer.authorizer_uri, turn.stage.variables)
        if not isinstance(uri, FunctionUri):
            raise Refused("AUTHORIZER_CONFIGURATION_ERROR", why=f"{authorizer.authorizer_uri} leads to no function")
        if authorizer.type == "TOKEN":
            event: dict[str, Any] = {"type": "TOKEN", "authorizationToken": identities[0], "methodArn": turn.arn}
        else:
            event = _request_event(turn)
        try:
            return await call_function(
                self._world,
                uri.arn,
                event,
                timeout_ms=REST_TIMEOUT_MS,
                source_arn=f"{self._api.execution_arn}/authorizers/{authorizer.id}",
                cause=turn.arrival.entry,
                trace_header=turn.arrival.trace_id,
                role_arn=authorizer.authorizer_credentials,
            )
        except Failed as failed:
            if failed.message == "Unauthorized":
                raise Refused("UNAUTHORIZED", why="the authorizer raised Unauthorized") from failed
            kind = "AUTHORIZER_FAILURE" if "timed out" in failed.message else "AUTHORIZER_CONFIGURATION_ERROR"
            raise Refused(kind, why=f"the authorizer failed: {failed}") from failed
        except TookTooLong as error:
            raise Refused("AUTHORIZER_FAILURE", why=str(error)) from error
        except (Unanswered, Refused) as error:  # the role of the authorizer may not trust API Gateway
            raise Refused("AUTHORIZER_CONFIGURATION_ERROR", why=str(error)) from error

    # --- user pools --------------------------------------------------------------------------------------

    def _claims(self, turn: Turn, authorizer: Authorizer) -> dict[str, str]:
        source = authorizer.identity_source or _TOKEN_SOURCE
        given = turn.header(source.rpartition(".")[2]) or ""
        token = given[7:] if given[:7].lower() == "bearer " else given
        if not token:
            raise Refused("UNAUTHORIZED", why="the request bears no token")
        try:
            claims = claims_of(token, self._keys(authorizer))
        except TokenRefused as error:
            raise Refused("UNAUTHORIZED", why=str(error)) from error
        self._check(turn, authorizer, claims)
        # without scopes, a token is taken for one of identity (documented)
        if not turn.method.authorization_scopes and claims.get("token_use") == "access":
            raise Refused("UNAUTHORIZED", why="the method names no scopes, so the token must be an identity token")
        return {name: _as_claim(value) for name, value in claims.items()}

    def _keys(self, authorizer: Authorizer) -> dict[str, Any]:
        return next((self._api.keys[arn] for arn in authorizer.provider_arns if arn in self._api.keys), {})

    def _check(self, turn: Turn, authorizer: Authorizer, claims: dict[str, Any]) -> None:
        pools = [arn.rpartition("/")[2] for arn in authorizer.provider_arns]
        if str(claims.get("iss", "")).rpartition("/")[2] not in pools:
            raise Refused("UNAUTHORIZED", why="the token is of another user pool")
        until_s = claims.get("exp")
        if not isinstance(until_s, int | float):
            raise Refused("UNAUTHORIZED", why="the token does not say when it expires")
        if until_s <= self._world.clock.epoch_us() / 1e6:
            raise Refused("UNAUTHORIZED", message="The incoming token has expired", why="the token has expired")
        wanted = turn.method.authorization_scopes
        if wanted and not set(wanted) & set(scopes_of(claims)):
            raise Refused("UNAUTHORIZED", why=f"the token lacks the scopes {', '.join(wanted)}")


def _request_event(turn: Turn) -> dict[str, Any]:
    event = format_v1.event(
        turn.arrival,
        resource=turn.resource.path,
        resource_id=turn.resource.id,
        path_parameters=turn.parameters,
        stage_variables=turn.stage.variables,
    )
    del event["body"], event["isBase64Encoded"]
    for name in ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables"):
        event[name] = event[name] or {}
    return {"type": "REQUEST", "methodArn": turn.arn, **event}


def _redacted(refusal: str, arrival: Arrival) -> str:
    """Return a refusal as clients get it, who need not learn whose the API is (as users report it)."""
    start = f"arn:aws:execute-api:{arrival.region}:"
    return refusal.replace(start + arrival.account_id, f"{start}{'*' * 8}{arrival.account_id[-4:]}")


def _as_expression(source: str) -> str:
    """Return `method.request.header.x` as HTTP APIs write it: `$request.header.x`."""
    return f"${source.removeprefix('method.')}"


def _as_claim(value: Any) -> str:
    if isinstance(value, str):
        return value
    return (
        ",".join(map(str, value))
        if isinstance(value, list)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )
