"""What is one attempt to reach a target? Each kind of ARN has its own way."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from eventsim import ApiError, Caller, Envelope, Target, World
from eventsim_sources.bus.api_destination import ApiDestination, check_status
from eventsim_sources.bus.event import BusEvent, to_json
from eventsim_sources.bus.journal import Journal
from eventsim_sources.bus.json_path import Absent, parse_path, value_at
from eventsim_sources.bus.names import told_target
from eventsim_sources.bus.rule import Rule, RuleTarget
from eventsim_sources.bus.source import Bus
from eventsim_sources.topic import queue_policy

PRINCIPAL = "events.amazonaws.com"
_LOG_GROUP = ":log-group:"

Answer = Awaitable[object] | None


class Places(Protocol):
    """What is reached beside targets of the world."""

    journal: Journal

    def api_destination(self, arn: str) -> ApiDestination | None:
        """Return the API destination with this ARN."""


class Reach:
    """The ways to the targets of one simulation."""

    def __init__(self, world: World, places: Places) -> None:
        self._world = world
        self._places = places
        self._new_stream = world.chance.uuids("bus", "log streams")
        self._streams: dict[tuple[str, str], str] = {}
        self._ways: Mapping[str, Callable[[Rule, RuleTarget, BusEvent, str, int], Answer]] = {
            "lambda": self._to_function,
            "sqs": self._to_queue,
            "sns": self._to_target,
            "kinesis": self._to_stream,
            "firehose": self._to_firehose,
            "events": self._to_events,
            "logs": self._to_logs,
            "states": self._to_state_machine,
        }

    def send(self, rule: Rule, target: RuleTarget, event: BusEvent, text: str, cause: int) -> Answer:
        """Make one attempt; what takes time gives an awaitable.

        Raises:
            ApiError: it failed.
        """
        service = (target.arn.split(":") + [""] * 3)[2]
        way = self._ways.get(service)
        if way is None:
            message = f"targets of the service {service or target.arn!r} are not simulated"
            raise ApiError("SDK_CLIENT_ERROR", message)
        return way(rule, target, event, text, cause)

    def queue(self, arn: str, rule_arn: str) -> Target:
        """Return a queue that lets the rule send to it.

        Raises:
            ApiError: there is none, or it does not.
        """
        found = self._found(arn)
        policy = getattr(getattr(found, "settings", None), "policy", "")
        if policy and not queue_policy.allows(policy, queue_arn=arn, source_arn=rule_arn, service=PRINCIPAL):
            message = f"the policy of {told_target(arn)} does not let {PRINCIPAL} send messages for this rule"
            raise ApiError("NO_PERMISSIONS", message, status=403)
        return found

    def _found(self, arn: str) -> Target:
        found = self._world.target(arn)
        if found is None:
            region, account = (arn.split(":") + [""] * 5)[3:5]
            here = (self._world.region, self._world.account_id)
            if (region, account) != here:
                message = f"{told_target(arn)} is in {region} of account {account}, which is another world"
            else:
                message = f"there is no {told_target(arn)}"
            raise ApiError("NO_RESOURCE", message, status=404)
        return found

    def _to_target(self, rule: Rule, target: RuleTarget, event: BusEvent, text: str, cause: int) -> Answer:
        self._found(target.arn).accept(_envelope(rule, event, text, cause))
        return None

    def _to_function(self, rule: Rule, target: RuleTarget, event: BusEvent, text: str, cause: int) -> Answer:
        found = self._found(target.arn)
        if not self._world.permits(target.arn, PRINCIPAL, rule.arn):
            message = (
                f"{target.told} does not let {PRINCIPAL} invoke it for this rule; allow it by lambda AddPermission "
                f"with Principal {PRINCIPAL} and SourceArn {rule.arn}"
            )
            raise ApiError("NO_PERMISSIONS", message, status=403)
        found.accept(_envelope(rule, event, text, cause))
        return None

    def _to_queue(self, rule: Rule, target: RuleTarget, event: BusEvent, text: str, cause: int) -> Answer:
        group = target.given.get("SqsParameters", {}).get("MessageGroupId", "")
        self.queue(target.arn, rule.arn).accept(_envelope(rule, event, text, cause, group=group))
        return None

    def _to_stream(self, rule: Rule, target: RuleTarget, event: BusEvent, text: str, cause: int) -> Answer:
        path = target.given.get("KinesisParameters", {}).get("PartitionKeyPath", "")
        key = event.id  # documented
        if path:
            try:
                found = value_at(event.document, parse_path(path))
            except (Absent, ValueError):
                raise ApiError("INVALID_PARAMETER", f"{path} is not in the event") from None
            key = found if isinstance(found, str) else to_json(found)
        self._found(target.arn).accept(_envelope(rule, event, text, cause, group=key))
        return None

    def _to_firehose(self, rule: Rule, target: RuleTarget, event: BusEvent, text: str, cause: int) -> Answer:
        if self._world.target(target.arn) is not None:
            return self._to_target(rule, target, event, text, cause)
        name = target.arn.rpartition("/")[2]
        record = {"Data": text.encode()}
        return self._call("firehose", "PutRecord", {"DeliveryStreamName": name, "Record": record}, rule, event, cause)

    def _to_state_machine(self, rule: Rule, target: RuleTarget, event: BusEvent, text: str, cause: int) -> Answer:
        parameters = {"stateMachineArn": target.arn, "input": text, "name": event.id}
        return self._call("stepfunctions", "StartExecution", parameters, rule, event, cause)

    def _to_events(self, _: Rule, target: RuleTarget, event: BusEvent, text: str, cause: int) -> Answer:
        if ":api-destination/" in target.arn:
            return self._to_api_destination(target, event, text, cause)
        found = self._found(target.arn)
        if not isinstance(found, Bus):
            raise ApiError("INVALID_PARAMETER", f"{target.arn} is no event bus")
        found.forward(event, cause)
        return None

    def _to_api_destination(self, target: RuleTarget, event: BusEvent, text: str, cause: int) -> Answer:
        destination = self._places.api_destination(target.arn)
        if destination is None:
            raise ApiError("NO_RESOURCE", f"there is no {target.told}", status=404)
        return self._call_out(destination, target, event, text, cause)

    async def _call_out(
        self, destination: ApiDestination, target: RuleTarget, event: BusEvent, text: str, cause: int
    ) -> None:
        request, status = await destination.send(event, text, target.given.get("HttpParameters", {}))
        self._places.journal.sent_out(event, destination.name, cause, request.method, request.url, status)
        check_status(status)

    def _to_logs(self, rule: Rule, target: RuleTarget, event: BusEvent, text: str, cause: int) -> Answer:
        group = target.arn.partition(_LOG_GROUP)[2].removesuffix(":*")
        stream = self._streams.get((rule.arn, group))
        if stream is None:
            stream = self._streams[rule.arn, group] = self._new_stream()
            self._call("logs", "CreateLogStream", {"logGroupName": group, "logStreamName": stream}, rule, event, cause)
        events = [{"timestamp": self._world.clock.epoch_ms(), "message": text}]
        parameters = {"logGroupName": group, "logStreamName": stream, "logEvents": events}
        return self._call("logs", "PutLogEvents", parameters, rule, event, cause)

    def _call(
        self, service: str, operation: str, parameters: Mapping[str, Any], rule: Rule, event: BusEvent, cause: int
    ) -> Answer:
        caller = Caller(arn=rule.arn, cause=cause, lineage=event.lineage)
        answer = self._world.call(service, operation, parameters, caller=caller)
        return answer if not isinstance(answer, dict) and inspect.isawaitable(answer) else None


def _envelope(rule: Rule, event: BusEvent, text: str, cause: int, *, group: str = "") -> Envelope:
    return Envelope(body=text, source_arn=rule.arn, lineage=event.lineage, cause=cause, group=group)
