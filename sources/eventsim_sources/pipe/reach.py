"""How do the events of a batch reach a pipe's target? All at once where it takes lists, one by one elsewhere."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from eventsim import (
    ApiError,
    Attempt,
    Caller,
    Envelope,
    Failure,
    Lineage,
    NotSimulated,
    Refused,
    Success,
    World,
    load_json,
)
from eventsim_sources.bus.api_destination import check_answer
from eventsim_sources.bus.directory import Directory as Buses
from eventsim_sources.bus.event import BusEvent
from eventsim_sources.bus.gateway_call import call_api
from eventsim_sources.delegation import check_delivery
from eventsim_sources.input_template import UnfitInput
from eventsim_sources.job_target import job_of
from eventsim_sources.pipe.event import dynamic
from eventsim_sources.pipe.failure import BatchFailed
from eventsim_sources.pipe.settings import Settings, service_of

Reported = list[str]
"""What a target says of its failures: identifiers."""

_WITHOUT_WAITING = "FIRE_AND_FORGET"


class Errand(Struct, frozen=True, kw_only=True):
    """On whose behalf something is asked for: the pipe's ARN and role, what led to it, the chain it stands in."""

    arn: str
    role_arn: str
    cause: int
    lineage: Lineage | None

    @property
    def caller(self) -> Caller:
        """Who asks."""
        return Caller(arn=self.arn, cause=self.cause, lineage=self.lineage, role_arn=self.role_arn)


class Reach:
    """The ways to enrichments and targets of one simulation."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._one: Mapping[str, Callable[[Settings, Any, str, Errand], Any]] = {
            "sqs": self._to_queue,
            "sns": self._to_target,
            "kinesis": self._to_stream,
            "events": self._to_events,
            "execute-api": self._to_http,
            "logs": self._to_logs,
            "firehose": self._to_firehose,
        }

    async def enrich(
        self, settings: Settings, events: Sequence[Any], texts: Sequence[str], errand: Errand
    ) -> list[Any]:
        """Return the events that an enrichment makes of those of a batch.

        Raises:
            BatchFailed: it failed.
        """
        payload, arn = f"[{','.join(texts)}]", settings.enrichment
        if service_of(arn) in ("lambda", "states"):
            text = await self._answer(arn, payload, errand)
        else:
            text = await self._enriched_by_http(settings, events, payload, errand)
        made = load_json(text) if text else []
        return made if isinstance(made, list) else [made]

    async def _enriched_by_http(self, settings: Settings, events: Sequence[Any], payload: str, errand: Errand) -> str:
        """Return what an API destination or an API answers to a batch; its parameters are those of the first event."""
        given = settings.parameters("EnrichmentParameters").get("HttpParameters") or {}
        try:
            answer = await self._ask_http(settings.enrichment, events[0], payload, given, errand)
        except ApiError as error:
            raise BatchFailed(str(error)) from error
        text = answer.decode(errors="replace")
        try:
            load_json(text or "[]")
        except ValueError:
            raise BatchFailed(f"{settings.enrichment} answered no JSON") from None
        return text

    async def deliver(
        self, settings: Settings, events: Sequence[Any], texts: Sequence[str], errand: Errand
    ) -> Reported:
        """Deliver the events of a batch; return what the target says has failed.

        Raises:
            BatchFailed: some did not get there, or all.
        """
        service = service_of(settings.target)
        if service in ("lambda", "states"):
            return await self._deliver_at_once(settings, f"[{','.join(texts)}]", errand)
        failed: dict[int, str] = {}
        way: Callable[[Settings, Any, str, Errand], Any] = self._one.get(service) or self._to_job
        for place, (event, text) in enumerate(zip(events, texts, strict=True)):
            try:
                answer = way(settings, event, text, errand)
                if inspect.isawaitable(answer):
                    await answer
            except (ApiError, NotSimulated, UnfitInput) as error:
                failed[place] = str(error)
        if failed:
            raise BatchFailed(next(iter(failed.values())), frozenset(failed) if len(failed) < len(events) else None)
        return []

    # --- functions and state machines: the whole batch -------------------------------------------------

    async def _deliver_at_once(self, settings: Settings, payload: str, errand: Errand) -> Reported:
        names = {"lambda": "LambdaFunctionParameters", "states": "StepFunctionStateMachineParameters"}
        given = settings.parameters("TargetParameters").get(names[service_of(settings.target)]) or {}
        if given.get("InvocationType") == _WITHOUT_WAITING:
            try:
                self._target(settings.target, errand).accept(_envelope(errand, payload))
            except ApiError as error:
                raise BatchFailed(str(error)) from error
            return []
        text = await self._answer(settings.target, payload, errand)
        result = load_json(text) if text else None
        items = result.get("batchItemFailures") if isinstance(result, dict) else None
        if not isinstance(items, list):
            return []
        return [str(each.get("itemIdentifier", "")) if isinstance(each, dict) else "" for each in items]

    async def _answer(self, arn: str, payload: str, errand: Errand) -> str:
        """Return what a function or a state machine answers, as JSON text."""
        try:
            if service_of(arn) == "lambda":
                return await self._invoke(arn, payload, errand)
            given = {"stateMachineArn": arn, "input": payload}
            result = await self._call("stepfunctions", "StartSyncExecution", given, errand)
        except (ApiError, NotSimulated) as error:
            raise BatchFailed(str(error)) from error
        if result.get("status") != "SUCCEEDED":
            raise BatchFailed(f"{arn} ended as {result.get('status')}: {result.get('error', '')}")
        return str(result.get("output", ""))

    async def _invoke(self, arn: str, payload: str, errand: Errand) -> str:
        check_delivery(self._world, arn, errand.caller)
        ended: asyncio.Future[Attempt] = self._world.clock.loop.create_future()
        self._world.begin_invocation(arn, payload, ended.set_result, cause=errand.cause, lineage=errand.lineage)
        outcome = (await ended).outcome
        match outcome:
            case Success(payload=answer):
                return answer
            case Failure(error_type=error_type, message=message):
                raise BatchFailed(f"{error_type}: {message}")
            case Refused(message=message):
                raise BatchFailed(message)
            case _:
                raise BatchFailed(f"{arn} is throttled")

    # --- everything else: one event after another ------------------------------------------------------

    def _target(self, arn: str, errand: Errand) -> Any:
        """Return a target to which the pipe may deliver.

        Raises:
            ApiError: there is none, or its role does not let it.
        """
        found = self._world.target(arn)
        if found is None:
            raise ApiError("NotFoundException", f"there is no {arn}", status=404)
        check_delivery(self._world, arn, errand.caller)
        return found

    def _to_target(self, settings: Settings, _: Any, text: str, errand: Errand) -> None:
        self._target(settings.target, errand).accept(_envelope(errand, text))

    def _to_queue(self, settings: Settings, event: Any, text: str, errand: Errand) -> None:
        given = settings.parameters("TargetParameters").get("SqsQueueParameters") or {}
        group = dynamic(str(given.get("MessageGroupId") or ""), event)
        deduplication_id = dynamic(str(given.get("MessageDeduplicationId") or ""), event)
        envelope = _envelope(errand, text, group=group, deduplication_id=deduplication_id)
        self._target(settings.target, errand).accept(envelope)

    def _to_stream(self, settings: Settings, event: Any, text: str, errand: Errand) -> None:
        given = settings.parameters("TargetParameters").get("KinesisStreamParameters") or {}
        key = dynamic(str(given.get("PartitionKey") or ""), event)
        self._target(settings.target, errand).accept(_envelope(errand, text, group=key))

    def _to_events(self, settings: Settings, event: Any, text: str, errand: Errand) -> Any:
        if ":api-destination/" in settings.target:
            return self._to_http(settings, event, text, errand)
        given = settings.parameters("TargetParameters").get("EventBridgeEventBusParameters") or {}
        entry = {
            "EventBusName": settings.target,
            "Source": dynamic(str(given.get("Source") or f"Pipe {errand.arn.rpartition('/')[2]}"), event),
            "DetailType": dynamic(str(given.get("DetailType") or "Event from aws:pipes"), event),
            "Detail": text,
            "Resources": [dynamic(str(each), event) for each in given.get("Resources") or ()],
        }
        return self._put_event(entry, errand)

    async def _put_event(self, entry: Mapping[str, Any], errand: Errand) -> None:
        result = await self._call("events", "PutEvents", {"Entries": [entry]}, errand)
        if result.get("FailedEntryCount"):
            refused = result["Entries"][0]
            raise ApiError(str(refused.get("ErrorCode")), str(refused.get("ErrorMessage")))

    def _to_http(self, settings: Settings, event: Any, text: str, errand: Errand) -> Awaitable[bytes]:
        given = settings.parameters("TargetParameters").get("HttpParameters") or {}
        return self._ask_http(settings.target, event, text, given, errand)

    async def _ask_http(self, arn: str, event: Any, text: str, given: Mapping[str, Any], errand: Errand) -> bytes:
        """Return what an API destination or an API answers.

        Args:
            given: the `HttpParameters`.

        Raises:
            ApiError: it is not there, or refuses.
        """
        document = event if isinstance(event, dict) else {}
        check_delivery(self._world, arn, errand.caller)
        if service_of(arn) == "execute-api":
            answered = await call_api(self._world, arn, text, document, given)
            check_answer(answered, self._world.clock.date())
            return answered.body
        destination = self._world.share(Buses).api_destination(arn)
        if destination is None:
            raise ApiError("NotFoundException", f"there is no {arn}", status=404)
        _, answered = await destination.send(BusEvent(document=document, text=text), text, given)
        check_answer(answered, self._world.clock.date())
        return answered.body

    async def _to_logs(self, settings: Settings, event: Any, text: str, errand: Errand) -> None:
        group = settings.target.partition(":log-group:")[2].removesuffix(":*")
        given = settings.parameters("TargetParameters").get("CloudWatchLogsParameters") or {}
        stream = dynamic(str(given.get("LogStreamName") or errand.arn.rpartition("/")[2]), event)
        try:
            await self._call("logs", "CreateLogStream", {"logGroupName": group, "logStreamName": stream}, errand)
        except ApiError as error:
            if error.code != "ResourceAlreadyExistsException":
                raise
        events = [{"timestamp": self._world.clock.epoch_ms(), "message": text}]
        parameters = {"logGroupName": group, "logStreamName": stream, "logEvents": events}
        await self._call("logs", "PutLogEvents", parameters, errand)

    async def _to_firehose(self, settings: Settings, _: Any, text: str, errand: Errand) -> None:
        name = settings.target.rpartition("/")[2]
        record = {"DeliveryStreamName": name, "Record": {"Data": text.encode()}}
        await self._call("firehose", "PutRecord", record, errand)

    async def _to_job(self, settings: Settings, _: Any, text: str, errand: Errand) -> None:
        job = job_of({"Arn": settings.target, **settings.parameters("TargetParameters")}, text)
        if job is None:
            raise ApiError("NotImplemented", f"the target {settings.target} is not simulated")
        await self._call(job.service, job.operation, job.parameters, errand)

    async def _call(self, service: str, operation: str, given: Mapping[str, Any], errand: Errand) -> Mapping[str, Any]:
        answer = self._world.call(service, operation, given, caller=errand.caller)
        if not isinstance(answer, dict) and inspect.isawaitable(answer):
            answer = await answer
        found: Any = answer
        result: Mapping[str, Any] = found
        return result


def _envelope(errand: Errand, text: str, *, group: str = "", deduplication_id: str = "") -> Envelope:
    return Envelope(
        body=text,
        source_arn=errand.arn,
        lineage=errand.lineage,
        cause=errand.cause,
        group=group,
        deduplication_id=deduplication_id,
    )
