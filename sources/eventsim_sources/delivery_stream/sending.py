"""How do records reach an HTTP endpoint? Lot by lot, each tried until it is taken or its time is up."""

import gzip
import inspect
from collections.abc import Callable
from random import Random  # noqa: TID251 - the type of a stream; streams come from chance
from typing import Any

from eventsim import ApiError, Caller, Delivery, DeliveryPolicy, GivenUp, World
from eventsim_sources.bus.outgoing import OutgoingRequest, send_out
from eventsim_sources.delivery_stream import endpoint as wire
from eventsim_sources.delivery_stream import limits
from eventsim_sources.delivery_stream.endpoint import Endpoint
from eventsim_sources.delivery_stream.journal import Journal
from eventsim_sources.delivery_stream.record import Record

_CODES = {
    "TIMEOUT": "HttpEndpoint.RequestTimeout",
    "CONNECTION_FAILURE": "HttpEndpoint.ConnectionFailed",
}


class Sending:
    """Sends lots of records to one endpoint.

    Args:
        arn: the delivery stream's.
        sent: told how many records the endpoint took.
        failed: gets the records that it did not take, how often it was asked, and its last error.
    """

    def __init__(
        self,
        world: World,
        arn: str,
        settings: Endpoint,
        journal: Journal,
        luck: Random,
        *,
        sent: Callable[[int], None],
        failed: Callable[[list[Record], int, ApiError], None],
    ) -> None:
        self._world = world
        self._arn = arn
        self._settings = settings
        self._journal = journal
        self._luck = luck
        self._sent = sent
        self._failed = failed
        self._new_id = world.chance.uuids("delivery request", arn)
        self._policy = DeliveryPolicy(
            retries_max=settings.retry_s,
            age_max_us=settings.retry_s * 1_000_000,
            delays_us=limits.ENDPOINT_DELAYS_US,
        )

    def begin(self, records: list[Record]) -> None:
        """Send a lot; what came of it is told in a later step."""
        request_id = self._new_id()

        def retry(problem: ApiError, _: int) -> None:
            self._journal.resending(records[-1].entry, self._settings.url, str(problem))

        def give_up(end: GivenUp) -> None:
            self._failed(records, end.retries + 1, _as_firehose_tells(end.error))

        Delivery(
            clock=self._world.clock,
            chance=self._luck,
            policy=self._policy,
            attempt=lambda _: self._send(records, request_id),
            retrying=retry,
            given_up=give_up,
        ).begin()

    async def _send(self, records: list[Record], request_id: str) -> Any:
        clock, settings = self._world.clock, self._settings
        text = wire.body(settings, records, request_id, clock.epoch_ms())
        access_key = await self._secret_key() if settings.secret_arn else settings.access_key
        request = OutgoingRequest(
            method="POST",
            url=settings.url,
            headers=wire.headers(settings, self._arn, request_id, access_key),
            body=text,
            packed=gzip.compress(text.encode(), mtime=0) if settings.is_packed else None,
            at_us=clock.now_us,
        )
        answered = await send_out(self._world, request)
        if not answered.is_imagined:
            wire.check_answer(answered.status, answered.body, request_id)
        self._journal.sent(records, settings.url)
        self._sent(len(records))

    async def _secret_key(self) -> str:
        """Return the access key as it is in its secret now."""
        by_id, caller = {"SecretId": self._settings.secret_arn}, Caller(role_arn=self._settings.role_arn)
        answer = self._world.call("secretsmanager", "GetSecretValue", by_id, caller=caller)
        secret: Any = await answer if inspect.isawaitable(answer) else answer
        return wire.key_of(str(secret.get("SecretString", "")))


def _as_firehose_tells(error: ApiError) -> ApiError:
    """Return what Firehose says of an error on the way to an endpoint."""
    return ApiError(_CODES.get(error.code, error.code), error.message, status=error.status)
