"""What is one attempt to reach a target? Each kind of ARN has its own way."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from eventsim import ApiError, Caller, Envelope, Target, World
from eventsim_sources.bus.api_destination import ApiDestination, check_answer
from eventsim_sources.bus.event import BusEvent, to_json
from eventsim_sources.bus.gateway_call import call_api
from eventsim_sources.bus.journal import Journal
from eventsim_sources.bus.json_path import Absent, parse_path, value_at
from eventsim_sources.bus.limits import HOPS_MAX
from eventsim_sources.bus.names import account_of, is_bus_arn, region_of, told_target
from eventsim_sources.bus.rule import Rule, RuleTarget
from eventsim_sources.bus.source import Bus
from eventsim_sources.delegation import check_delivery
from eventsim_sources.job_target import job_of
from eventsim_sources.topic import queue_policy

PRINCIPAL = "events.amazonaws.com"
_LOG_GROUP = ":log-group:"

Answer = Awaitable[object] | None


class Parcel(Struct, frozen=True, kw_only=True, gc=False):
    """What is to reach a target.

    Attributes:
        text: what the target gets of the event.
        cause: the trace entry that tells why.
    """

    rule: Rule
    target: RuleTarget
    event: BusEvent
    text: str
    cause: int

    @property
    def role_arn(self) -> str:
        """As which role it is sent, "" for none."""
        return str(self.target.given.get("RoleArn") or "")

    @property
    def caller(self) -> Caller:
        """Who delivers it: the rule, in the role of its target."""
        return Caller(arn=self.rule.arn, cause=self.cause, lineage=self.event.lineage, role_arn=self.role_arn)

    def envelope(self, *, group: str = "") -> Envelope:
        """Return it for a target of the world."""
        return Envelope(
            body=self.text, source_arn=self.rule.arn, cause=self.cause, group=group, lineage=self.event.lineage
        )


class Places(Protocol):
    """What is reached beside targets of the world."""

    journal: Journal

    def api_destination(self, arn: str) -> ApiDestination | None:
        """Return the API destination with this ARN."""

    def reachable_bus(self, name_or_arn: str | None) -> Bus | None:
        """Return a bus to which events may go, also of another account or region, if it is there."""

    def cause_for(self, bus: Bus, cause: int) -> int:
        """Return an entry of this trace as the cause of what happens on a bus."""


class Reach:
    """The ways to the targets of one simulation."""

    def __init__(self, world: World, places: Places) -> None:
        self._world = world
        self._places = places
        self._new_id = world.chance.uuids("bus", "reach")
        self._streams: dict[tuple[str, str], str] = {}
        self._ways: Mapping[str, Callable[[Parcel], Answer]] = {
            "lambda": self._to_function,
            "sqs": self._to_queue,
            "sns": self._to_topic,
            "kinesis": self._to_stream,
            "firehose": self._to_firehose,
            "events": self._to_events,
            "execute-api": self._to_api,
            "logs": self._to_logs,
            "states": self._to_state_machine,
        }

    def send(self, parcel: Parcel) -> Answer:
        """Make one attempt; what takes time gives an awaitable.

        Raises:
            ApiError: it failed.
        """
        arn = parcel.target.arn
        service = (arn.split(":") + [""] * 3)[2]
        way = self._ways.get(service)
        job = job_of(parcel.target.given, parcel.text) if way is None else None
        if job is not None:
            return self._call(job.service, job.operation, job.parameters, parcel)
        if way is None:
            message = f"targets of the service {service or arn!r} are not simulated"
            raise ApiError("SDK_CLIENT_ERROR", message)
        return way(parcel)

    def queue(self, arn: str, rule_arn: str, cause: int, *, role_arn: str = "") -> Target:
        """Return a queue that lets the rule send to it.

        Args:
            role_arn: as which the rule sends, "" for itself.

        Raises:
            ApiError: there is none, or it does not.
        """
        found = self._found(arn)
        policy = getattr(getattr(found, "settings", None), "policy", "")
        if role_arn:
            return found
        is_let_in = self._world.permits(arn, PRINCIPAL, rule_arn, cause=cause)  # which tells of it
        if policy and not queue_policy.allows(policy, queue_arn=arn, source_arn=rule_arn, service=PRINCIPAL):
            message = f"the policy of {told_target(arn)} does not let {PRINCIPAL} send messages for this rule"
            raise ApiError("NO_PERMISSIONS", message, status=403)
        if not is_let_in:
            raise _not_let_in(arn, "send messages")
        return found

    def _found(self, arn: str) -> Target:
        found = self._world.target(arn)
        if found is None:
            where = self._where(arn)
            message = f"{told_target(arn)} is{where}, which is another world" if where else _missing(arn)
            raise ApiError("NO_RESOURCE", message, status=404)
        return found

    def _to_target(self, parcel: Parcel) -> Answer:
        self._found(parcel.target.arn).accept(parcel.envelope())
        return None

    def _to_topic(self, parcel: Parcel) -> Answer:
        found = self._found(parcel.target.arn)
        arn = parcel.target.arn
        if not parcel.role_arn and not self._world.permits(arn, PRINCIPAL, parcel.rule.arn, cause=parcel.cause):
            raise _not_let_in(arn, "publish")
        found.accept(parcel.envelope())
        return None

    def _to_function(self, parcel: Parcel) -> Answer:
        target, rule = parcel.target, parcel.rule
        found = self._found(target.arn)
        if not self._world.permits(target.arn, PRINCIPAL, rule.arn, cause=parcel.cause):
            message = (
                f"{target.told} does not let {PRINCIPAL} invoke it for this rule; allow it by lambda AddPermission "
                f"with Principal {PRINCIPAL} and SourceArn {rule.arn}"
            )
            raise ApiError("NO_PERMISSIONS", message, status=403)
        found.accept(parcel.envelope())
        return None

    def _to_queue(self, parcel: Parcel) -> Answer:
        group = parcel.target.given.get("SqsParameters", {}).get("MessageGroupId", "")
        queue = self.queue(parcel.target.arn, parcel.rule.arn, parcel.cause, role_arn=parcel.role_arn)
        queue.accept(parcel.envelope(group=group))
        return None

    def _to_stream(self, parcel: Parcel) -> Answer:
        path = parcel.target.given.get("KinesisParameters", {}).get("PartitionKeyPath", "")
        key = parcel.event.id  # documented
        if path:
            try:
                value = value_at(parcel.event.document, parse_path(path))
            except (Absent, ValueError):
                raise ApiError("INVALID_PARAMETER", f"{path} is not in the event") from None
            key = value if isinstance(value, str) else to_json(value)
        found = self._found(parcel.target.arn)
        check_delivery(self._world, parcel.target.arn, parcel.caller)
        found.accept(parcel.envelope(group=key))
        return None

    def _to_firehose(self, parcel: Parcel) -> Answer:
        if self._world.target(parcel.target.arn) is not None:
            check_delivery(self._world, parcel.target.arn, parcel.caller)
            return self._to_target(parcel)
        name = parcel.target.arn.rpartition("/")[2]
        parameters = {"DeliveryStreamName": name, "Record": {"Data": parcel.text.encode()}}
        return self._call("firehose", "PutRecord", parameters, parcel)

    def _to_state_machine(self, parcel: Parcel) -> Answer:
        name = f"{parcel.event.id}_{self._new_id()}"  # unconfirmed
        parameters = {"stateMachineArn": parcel.target.arn, "input": parcel.text, "name": name}
        return self._call("stepfunctions", "StartExecution", parameters, parcel)

    def _to_events(self, parcel: Parcel) -> Answer:
        arn = parcel.target.arn
        if ":api-destination/" in arn:
            return self._to_api_destination(parcel)
        if not is_bus_arn(arn):
            raise ApiError("INVALID_PARAMETER", f"{arn} is no event bus")
        check_hop(parcel.event, parcel.rule.arn, arn)
        bus = self._places.reachable_bus(arn)
        if bus is None:
            raise ApiError("NO_RESOURCE", _missing(arn) + self._where(arn), status=404)
        _check_permission(bus, parcel)
        about = {"Source": parcel.event.document["source"], "DetailType": parcel.event.document["detail-type"]}
        self._world.authorize("events", "PutEvents", {"Entries": [{"EventBusName": arn, **about}]}, parcel.caller)
        bus.forward(parcel.event, self._places.cause_for(bus, parcel.cause))
        return None

    def _where(self, arn: str) -> str:
        """Return where a target is, if it is not here."""
        region, account = region_of(arn), account_of(arn)
        is_here = (region, account) == (self._world.region, self._world.account_id)
        return "" if is_here else f" in {region} of account {account}"

    def _to_api_destination(self, parcel: Parcel) -> Answer:
        destination = self._places.api_destination(parcel.target.arn)
        if destination is None:
            raise ApiError("NO_RESOURCE", f"there is no {parcel.target.told}", status=404)
        check_delivery(self._world, parcel.target.arn, parcel.caller)
        return self._call_out(destination, parcel)

    async def _call_out(self, destination: ApiDestination, parcel: Parcel) -> None:
        event, parameters = parcel.event, parcel.target.given.get("HttpParameters", {})
        request, answered = await destination.send(event, parcel.text, parameters, cause=parcel.cause)
        journal = self._places.journal
        journal.sent_out(event, destination.name, parcel.cause, request.method, request.url, answered.status)
        check_answer(answered, self._world.clock.date())

    async def _to_api(self, parcel: Parcel) -> None:
        parameters = parcel.target.given.get("HttpParameters", {})
        event = parcel.event
        check_delivery(self._world, parcel.target.arn, parcel.caller)
        answered = await call_api(
            self._world, parcel.target.arn, parcel.text, event.document, parameters, trace_header=event.trace_header
        )
        check_answer(answered, self._world.clock.date())

    def _to_logs(self, parcel: Parcel) -> Answer:
        group = parcel.target.arn.partition(_LOG_GROUP)[2].removesuffix(":*")
        stream = self._streams.get((parcel.rule.arn, group))
        if stream is None:
            stream = self._new_id()
            self._call("logs", "CreateLogStream", {"logGroupName": group, "logStreamName": stream}, parcel)
            self._streams[parcel.rule.arn, group] = stream
        events = [{"timestamp": self._world.clock.epoch_ms(), "message": parcel.text}]
        parameters = {"logGroupName": group, "logStreamName": stream, "logEvents": events}
        return self._call("logs", "PutLogEvents", parameters, parcel)

    def _call(self, service: str, operation: str, parameters: Mapping[str, Any], parcel: Parcel) -> Answer:
        caller = parcel.caller if service != "logs" else replace(parcel.caller, role_arn="")  # a policy lets it write
        answer = self._world.call(service, operation, parameters, caller=caller)
        return answer if not isinstance(answer, dict) and inspect.isawaitable(answer) else None


def _not_let_in(arn: str, what: str) -> ApiError:
    message = f"no policy of {told_target(arn)} lets {PRINCIPAL} {what} for this rule"
    return ApiError("NO_PERMISSIONS", message, status=403)


def _missing(arn: str) -> str:
    return f"there is no {told_target(arn)}"


def check_hop(event: BusEvent, rule_arn: str, bus_arn: str) -> None:
    """See that an event may go from a rule's bus to another one: it changes account once, and region once.

    Raises:
        ApiError: it would come to a third one, or has come over too many buses.
    """
    document = event.document
    here = account_of(rule_arn)
    if account_of(bus_arn) != here != document["account"]:
        message = f"the event comes from account {document['account']}, and goes no further than account {here}"
        raise ApiError("THIRD_ACCOUNT_HOP_DETECTED", message)
    here = region_of(rule_arn)
    if region_of(bus_arn) != here != document["region"]:
        message = f"the event comes from {document['region']}, and goes no further than {here}"
        raise ApiError("THIRD_REGION_HOP_DETECTED", message)
    if event.hops >= HOPS_MAX:
        message = f"the event has come over {HOPS_MAX} buses already: do they form a ring?"
        raise ApiError("INVALID_PARAMETER", message)


def _check_permission(bus: Bus, parcel: Parcel) -> None:
    document, rule = parcel.event.document, parcel.rule
    account_id = account_of(rule.arn)
    if not bus.may_put(account_id, source=document["source"], detail_type=document["detail-type"], rule_arn=rule.arn):
        message = (
            f"the policy of {told_target(bus.arn)} does not let account {account_id} put events; allow it by "
            f"PutPermission in account {account_of(bus.arn)}"
        )
        raise ApiError("NO_PERMISSIONS", message, status=403)
