"""What becomes of a record? It gathers with others, may be changed by a function, and becomes part of an object."""

import base64
import gzip
import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from msgspec import Struct, structs

from eventsim import (
    ApiError,
    Attempt,
    Caller,
    Delivery,
    DeliveryPolicy,
    Envelope,
    GivenUp,
    Invocation,
    Lineage,
    Success,
    World,
)
from eventsim_sources.delivery_stream import limits
from eventsim_sources.delivery_stream.aggregate import UserRecord, user_records
from eventsim_sources.delivery_stream.buffer import Buffer
from eventsim_sources.delivery_stream.deaggregation import UnsplittableError
from eventsim_sources.delivery_stream.error_log import ErrorLog
from eventsim_sources.delivery_stream.failure import Failed, failed
from eventsim_sources.delivery_stream.journal import Journal, Purpose
from eventsim_sources.delivery_stream.prefix import evaluated
from eventsim_sources.delivery_stream.processor import Judged, Processing
from eventsim_sources.delivery_stream.query import UnfitRecordError
from eventsim_sources.delivery_stream.record import Record
from eventsim_sources.delivery_stream.sending import Sending
from eventsim_sources.delivery_stream.settings import Destination, Encryption
from eventsim_sources.delivery_stream.unpacking import UnpackableError, messages, unpacked

_DENIED = (
    "Access was denied. Ensure that the trust policy for the provided IAM role allows Amazon Data Firehose to assume "
    "the role, and the access policy allows access to the S3 bucket."
)
"""What the error log says of a bucket that may not be written to (documented)."""
_POLICY = DeliveryPolicy(retries_max=limits.RETRIES_MAX, delays_us=(limits.RETRY_US,))


class _Lot(Struct, frozen=True, kw_only=True):
    """Records on their way into one object."""

    records: list[Record]
    destination: Destination
    body: bytes
    key: str
    purpose: Purpose


class DeliveryStream:
    """A delivery stream of Firehose.

    Attributes:
        source_stream: the ARN of the Kinesis stream that it reads, "" if records are put.
        source_role: as whom it reads.
        version: how often it was changed, counted from 1.
    """

    kind: ClassVar[str] = "delivery_streams"

    def __init__(self, world: World, name: str, destination: Destination, source_stream: str = "") -> None:
        self.name = name
        self.arn = f"arn:aws:firehose:{world.region}:{world.account_id}:deliverystream/{name}"
        self.source_stream = source_stream
        self.tags: dict[str, str] = {}
        self.encryption: Encryption | None = None
        self.source_role = ""
        self.version = 1
        self.created_us = self.updated_us = world.clock.now_us
        self._world = world
        self._journal = Journal(world, name, is_pulling=bool(source_stream))
        self._record_numbers = world.chance.stream("delivery record", name)
        self._object_ids = world.chance.uuids("delivery object", name)
        self._luck = world.chance.stream("delivery prefix", name)
        self._errors = ErrorLog(world, self.arn, self._journal, self._luck)
        self._counts = dict.fromkeys(("records", "delivered", "objects", "failed", "lost"), 0)
        self._tasks: set[Any] = set()
        self._partitions: dict[tuple[tuple[str, str], ...], Buffer[Record]] = {}
        self.destination = destination
        self._build(destination)
        self._feed = None
        if source_stream:
            settings = {"source": source_stream, "starting_position": "LATEST", "batch_size": 500}
            self._feed = world.open_feed(f"delivery stream {name}", settings, self._pull, target_arn=self.arn)
            self._feed.start()

    def _build(self, destination: Destination) -> None:
        clock = self._world.clock
        self._partitions = {}
        self._key_names = destination.key_names
        self._sending: Sending | None = None
        if destination.endpoint is not None:
            self._sending = Sending(
                self._world,
                self.arn,
                destination.endpoint,
                self._journal,
                self._luck,
                sent=self._count_sent,
                failed=self._unsent,
            )
        self._backup: Buffer[Record] | None = None
        if destination.backup is not None:
            backup = destination.backup
            self._backup = Buffer(
                clock,
                bytes_max=backup.buffer_bytes,
                wait_s=backup.buffer_s,
                full=lambda lot: self._deliver(lot, backup),
            )
        self._intake: Buffer[Record] | None = None
        if destination.processor is not None:
            processing = Processing(
                self._world,
                self.arn,
                destination.processing_role_arn,
                self.source_stream,
                destination.processor,
                self._journal,
                self._judged,
            )
            self._intake = Buffer(
                clock,
                bytes_max=destination.processor.buffer_bytes,
                wait_s=destination.processor.buffer_s,
                count_max=limits.PROCESSOR_RECORDS_MAX,
                full=processing.begin,
            )

    def change(self, destination: Destination) -> None:
        """Deliver elsewhere from now on; what has gathered is delivered where it was meant to go."""
        self.flush()
        self.destination = destination
        self.version += 1
        self.updated_us = self._world.clock.now_us
        self._build(destination)

    def flush(self) -> None:
        """Hand on what has gathered."""
        for buffer in (self._intake, self._backup, *self._partitions.values()):
            if buffer is not None:
                buffer.flush()

    def stop(self) -> None:
        """Take no more."""
        if self._feed is not None:
            self._feed.stop()
        self.flush()

    def summary(self) -> Mapping[str, int]:
        """Return how many records came, and what became of them."""
        return dict(self._counts)

    # --- taking ----------------------------------------------------------------------------------------

    def put(
        self,
        data: bytes,
        *,
        cause: int = 0,
        lineage: Lineage | None = None,
        origin: Mapping[str, Any] | None = None,
    ) -> str:
        """Take a record and return its id.

        Args:
            origin: the record of Kinesis that it was.
        """
        identifier = f"{self._record_numbers.randrange(10**55, 10**56)}"
        subject = self._journal.new_record()
        record = Record(
            identifier=identifier,
            data=data,
            born_us=self._world.clock.now_us,
            entry=self._journal.took(subject, cause, len(data)),
            lineage=lineage,
            origin=dict(origin or {}),
        )
        self._counts["records"] += 1
        if self._backup is not None:
            self._backup.add(record)
        self._take_in(record)
        return identifier

    def _take_in(self, record: Record) -> None:
        """Unpack a record if it is to be, and have it processed."""
        destination = self.destination
        if destination.unpacks:
            try:
                data = unpacked(record.data)
                record = structs.replace(record, data=messages(data) if destination.extracts else data)
            except UnpackableError as error:
                clock, code = self._world.clock, "Decompression.Failed"  # unconfirmed
                unfit = failed(clock, record, attempts=1, code=code, message=str(error))
                self._deliver_failed([unfit], "decompression-failed")
                return
        if self._intake is None:
            self._gather(record)
        else:
            self._intake.add(record)

    def accept(self, envelope: Envelope) -> None:
        """Take what a topic or a rule sends."""
        self.put(envelope.body.encode(errors="surrogatepass"), cause=envelope.cause, lineage=envelope.lineage)

    def _pull(self, invocation: Invocation, ended: Callable[[Attempt], None]) -> None:
        """Take a batch of a stream."""
        for each in invocation.event["Records"]:
            kinesis = each["kinesis"]
            data = base64.b64decode(kinesis["data"])
            origin = {**kinesis, "shardId": each["eventID"].partition(":")[0]}
            parts = user_records(data) or [UserRecord(kinesis["partitionKey"], data)]
            for number, part in enumerate(parts):
                told = {**origin, "partitionKey": part.key, "subsequenceNumber": number}
                self.put(part.data, cause=invocation.cause, lineage=invocation.lineage, origin=told)
        self._world.clock.soon(ended, Attempt(outcome=Success("null"), entry=invocation.cause))

    # --- delivering ------------------------------------------------------------------------------------

    def _gather(self, record: Record) -> None:
        """Put a record, or the records in it, where others with the same partition keys are."""
        deaggregation = self.destination.deaggregation
        if deaggregation is None:
            self._sort(record)
            return
        try:
            parts = deaggregation.parts_of(record.data)
        except UnsplittableError as error:
            self._fail(record, "DynamicPartitioning.RecordDeaggregationFailed", str(error))  # unconfirmed
            return
        for part in parts:
            self._sort(structs.replace(record, data=part))

    def _fail(self, record: Record, code: str, message: str) -> None:
        unfit = failed(self._world.clock, record, attempts=1, code=code, message=message)
        self._deliver_failed([unfit], "processing-failed")

    def _sort(self, record: Record) -> None:
        destination = self.destination
        try:
            if destination.query is not None:
                record = structs.replace(record, keys={**record.keys, **destination.query.keys_of(record.data)})
            if any(not record.keys.get(name) for name in self._key_names):
                raise UnfitRecordError("partitionKeys values must not be null or empty")
        except UnfitRecordError as error:
            self._fail(record, "DynamicPartitioning.MetadataExtractionFailed", str(error))
            return
        key = tuple(sorted(record.keys.items()))
        buffer = self._partitions.get(key)
        if buffer is None:
            buffer = self._partitions[key] = Buffer(
                self._world.clock,
                bytes_max=destination.buffer_bytes,
                wait_s=destination.buffer_s,
                full=lambda lot: self._hand_on(lot, destination),
            )
        buffer.add(record)

    def _hand_on(self, records: list[Record], destination: Destination) -> None:
        """Give records to the endpoint, or else to the bucket."""
        if self._sending is None:
            self._deliver(records, destination)
        else:
            self._sending.begin(records)

    def _count_sent(self, count: int) -> None:
        self._counts["delivered"] += count

    def _unsent(self, records: list[Record], attempts: int, error: ApiError) -> None:
        """Put into the bucket what the endpoint did not take."""
        clock, code, message = self._world.clock, error.code, error.message
        unsent = [failed(clock, record, attempts=attempts, code=code, message=message) for record in records]
        self._deliver_failed(unsent, "http-endpoint-failed")

    def _judged(self, judged: Judged) -> None:
        """Go on with records that a function has seen."""
        for record in judged.well:
            self._gather(record)
        if judged.failed:
            self._deliver_failed(judged.failed, "processing-failed")

    def _deliver_failed(self, unfit: list[Failed], error: str) -> None:
        """Put records into the bucket with what is said of each."""
        self._counts["failed"] += len(unfit)
        self._log_failed(unfit)
        lines = [json.dumps(each.told, separators=(",", ":")).encode() + b"\n" for each in unfit]
        self._deliver([each.record for each in unfit], self.destination, error=error, body=b"".join(lines))

    def _log_failed(self, unfit: list[Failed]) -> None:
        """Write what is wrong with records, once for all of which the same is told."""
        destination = self.destination
        endpoint = destination.endpoint
        for each in {(each.told["errorCode"], each.told["errorMessage"]): each for each in unfit}.values():
            self._errors.write(
                destination.given if endpoint is None else endpoint.given,
                self.version,
                destination=destination.given["BucketARN"] if endpoint is None else endpoint.url,
                code=each.told["errorCode"],
                message=each.told["errorMessage"],
                cause=each.record.entry,
                processor=each.told.get("lambdaArn", ""),
            )

    def _deliver(
        self, records: list[Record], destination: Destination, *, error: str = "", body: bytes | None = None
    ) -> None:
        delimiter = destination.delimiter.encode()
        content = b"".join(record.data + delimiter for record in records) if body is None else body
        if destination.compression == "GZIP":
            content = gzip.compress(content, mtime=0)
        key = self._key(records, destination, error)
        purpose: Purpose = "errors" if error else "backup" if destination is self.destination.backup else "records"
        lot = _Lot(records=records, destination=destination, body=content, key=key, purpose=purpose)
        Delivery(
            clock=self._world.clock,
            chance=self._luck,
            policy=_POLICY,
            attempt=lambda _: self._put_object(lot),
            retrying=lambda problem, _: self._tell_of_retry(lot, problem),
            given_up=lambda end: self._give_up(lot, end),
        ).begin()

    def _key(self, records: list[Record], destination: Destination, error: str) -> str:
        clock = self._world.clock
        at = clock.date(records[0].born_us)
        prefix = destination.error_prefix if error else destination.prefix
        local = at.astimezone(destination.zone)
        made = evaluated(prefix, local, random=self._random, error=error, keys=records[0].keys)
        stamp = at.strftime("%Y-%m-%d-%H-%M-%S")
        extension = destination.extension
        return f"{made}{self.name}-{self.version}-{stamp}-{self._object_ids()}{extension}"

    def _random(self) -> str:
        return "".join(self._luck.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", k=11))

    def _put_object(self, lot: _Lot) -> Any:
        parameters = {"Bucket": lot.destination.bucket, "Key": lot.key, "Body": lot.body}
        if lot.destination.compression == "GZIP":
            parameters["ContentEncoding"] = "gzip"
        caller = Caller(role_arn=lot.destination.role_arn)
        answer = self._world.call("s3", "PutObject", parameters, caller=caller)
        if inspect.isawaitable(answer):
            return self._once_put(answer, lot)
        self._is_put(lot)
        return None

    async def _once_put(self, answer: Any, lot: _Lot) -> None:
        await answer
        self._is_put(lot)

    def _is_put(self, lot: _Lot) -> None:
        self._counts["objects"] += 1
        if lot.purpose == "records":
            self._counts["delivered"] += len(lot.records)
        self._journal.delivered(lot.records, f"{lot.destination.bucket}/{lot.key}", len(lot.body), lot.purpose)

    def _tell_of_retry(self, lot: _Lot, problem: ApiError) -> None:
        self._journal.retrying(lot.records[-1].entry, lot.destination.bucket, str(problem), lot.purpose)
        self._log_not_put(lot, problem)

    def _give_up(self, lot: _Lot, end: GivenUp) -> None:
        self._counts["lost"] += len(lot.records)
        self._journal.lost(lot.records[-1].entry, len(lot.records), str(end.error), lot.purpose)
        self._log_not_put(lot, end.error)

    def _log_not_put(self, lot: _Lot, problem: ApiError) -> None:
        given = lot.destination.given
        self._errors.write(
            given,
            self.version,
            destination=given["BucketARN"],
            code=f"S3.{problem.code}",
            message=_DENIED if problem.code == "AccessDenied" else problem.message,
            cause=lot.records[-1].entry,
        )
