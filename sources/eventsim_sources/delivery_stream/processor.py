"""How does a function change records? It is invoked with a lot of them and says of each what shall become of it."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, structs

from eventsim import ApiError, Attempt, Caller, Failure, Success, World, load_json
from eventsim_sources.delegation import check_delivery
from eventsim_sources.delivery_stream.failure import Failed, failed
from eventsim_sources.delivery_stream.journal import Journal
from eventsim_sources.delivery_stream.record import Record
from eventsim_sources.delivery_stream.settings import Processor

_MISSING = "One or more record Ids were not returned. Ensure that the Lambda function returns all received record Ids."


class Judged(Struct, frozen=True, kw_only=True):
    """Records that a function has seen; those that it drops are gone."""

    well: list[Record]
    failed: list[Failed]


class Processing:
    """Has a function process lots of records.

    Args:
        arn: the delivery stream's.
        role_arn: as whom the function is invoked.
        judged: gets what came of each lot.
    """

    def __init__(
        self,
        world: World,
        arn: str,
        role_arn: str,
        source_stream: str,
        settings: Processor,
        journal: Journal,
        judged: Callable[[Judged], None],
    ) -> None:
        self._world = world
        self._arn = arn
        self._role_arn = role_arn
        self._source_stream = source_stream
        self._settings = settings
        self._journal = journal
        self._judged = judged
        self._new_id = world.chance.uuids("delivery invocation", arn)

    def begin(self, records: list[Record]) -> None:
        """Invoke the function; what came of it is told in a later step."""
        self._invoke(records, 1)

    def _invoke(self, records: list[Record], attempt: int) -> None:
        def ended(outcome: Attempt) -> None:
            self._end(records, attempt, outcome)

        cause, lineage = records[-1].entry, records[-1].lineage
        if lineage is not None:
            lineage = lineage.under("")  # many traces meet here, and none goes on
        caller = Caller(arn=self._arn, cause=cause, role_arn=self._role_arn)
        try:
            check_delivery(self._world, self._settings.function, caller)
            self._world.begin_invocation(
                self._settings.function, json.dumps(self._event(records)), ended, cause=cause, lineage=lineage
            )
        except ApiError as error:
            function = self._settings.function.rpartition(":function:")[2]
            self._journal.unprocessed(cause, function, error.message)
            self._fail(records, attempt, "Lambda.InvokeAccessDenied", str(error))

    def _event(self, records: list[Record]) -> dict[str, Any]:
        event: dict[str, Any] = {"invocationId": self._new_id()}
        if self._source_stream:
            event["sourceKinesisStreamArn"] = self._source_stream
        event |= {"deliveryStreamArn": self._arn, "region": self._world.region}
        return {**event, "records": [self._written(record) for record in records]}

    def _written(self, record: Record) -> dict[str, Any]:
        written: dict[str, Any] = {
            "recordId": record.identifier,
            "approximateArrivalTimestamp": self._epoch_ms(record.born_us),
            "data": base64.b64encode(record.data).decode(),
        }
        if record.origin:
            origin = record.origin
            written["kinesisRecordMetadata"] = {
                "sequenceNumber": origin["sequenceNumber"],
                "subsequenceNumber": origin["subsequenceNumber"],
                "partitionKey": origin["partitionKey"],
                "shardId": origin["shardId"],
                "approximateArrivalTimestamp": round(origin["approximateArrivalTimestamp"] * 1000),
            }
        return written

    def _epoch_ms(self, at_us: int) -> int:
        return int(self._world.clock.date(at_us).timestamp() * 1000)

    def _end(self, records: list[Record], attempt: int, ended: Attempt) -> None:
        function = self._settings.function.rpartition(":function:")[2]
        outcome = ended.outcome
        if not isinstance(outcome, Success):
            reason = f"{outcome.error_type}: {outcome.message}" if isinstance(outcome, Failure) else str(outcome)
            if attempt <= self._settings.retries:
                self._journal.retried(ended.entry, function, reason)
                self._invoke(records, attempt + 1)
            else:
                self._journal.unprocessed(ended.entry, function, reason)
                self._fail(
                    records,
                    attempt,
                    "Lambda.FunctionError",
                    "The Lambda function was successfully invoked but it returned an error result.",
                )
            return
        answers = _answers(outcome.payload)
        judged = None if answers is None else self._judge(records, answers, attempt)
        self._journal.processed(ended.entry, len(records), function, [] if judged is None else judged.well)
        if judged is None:
            message = "The Lambda function output is invalid: it has no list of records."
            self._fail(records, attempt, "Lambda.MissingRecordId", message)
            return
        self._judged(judged)

    def _judge(self, records: list[Record], answers: Mapping[str, Mapping[str, Any]], attempt: int) -> Judged:
        well, unfit = [], []
        for record in records:
            answer = answers.get(record.identifier)
            if answer is None:
                message = _MISSING
                unfit.append(self._failed(record, attempt, "Lambda.MissingRecordId", message))
            elif answer.get("result") == "Ok":
                data = _decoded(answer.get("data"))
                keys = (answer.get("metadata") or {}).get("partitionKeys") or {}
                if data is None:
                    message = "The data of a record is not base64."
                    unfit.append(self._failed(record, attempt, "Lambda.JsonProcessingException", message))
                else:
                    told = {str(key): str(value) for key, value in keys.items() if value is not None}
                    changed = {"data": data, "keys": told}
                    well.append(structs.replace(record, **changed))
            elif answer.get("result") != "Dropped":
                message = "ProcessingFailed status set for record"
                unfit.append(self._failed(record, attempt, "Lambda.ProcessingFailedStatus", message))
        return Judged(well=well, failed=unfit)

    def _fail(self, records: list[Record], attempt: int, code: str, message: str) -> None:
        self._judged(Judged(well=[], failed=[self._failed(record, attempt, code, message) for record in records]))

    def _failed(self, record: Record, attempt: int, code: str, message: str) -> Failed:
        function = self._settings.function
        return failed(self._world.clock, record, attempts=attempt, code=code, message=message, lambdaArn=function)


def _answers(payload: str) -> dict[str, Mapping[str, Any]] | None:
    value = load_json(payload) if payload else None
    records = value.get("records") if isinstance(value, dict) else None
    if not isinstance(records, list):
        return None
    return {str(each.get("recordId")): each for each in records if isinstance(each, dict)}


def _decoded(data: object) -> bytes | None:
    try:
        return base64.b64decode(str(data or ""), validate=True)
    except binascii.Error:
        return None
