"""What stands in for a queue and for a handler's environment? Small ones in memory, for tests and experiments.

`Pile` is a source that mappings may poll: messages with visibility timeouts, receive counts, groups and a limit on
receives. `Play` opens environments that answer from a Python function after a fixed time, without any of the
surroundings of user code.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, Literal

from eventsim.clock import Clock
from eventsim.envelope import Lineage
from eventsim.faults import CrashFault, ErrorFault, Fault
from eventsim.function.function import FunctionVersion
from eventsim.invocation import Invocation
from eventsim.limits import ENVIRONMENT_IDLE_EXPIRY_S
from eventsim.outcome import Attempt, Failure, Outcome, Success
from eventsim.trace import Trace

_US_PER_S = 1_000_000


class PileMessage:
    """One message of a pile; it is also what the pile's `take` gives."""

    def __init__(self, identifier: str, subject: int, body: str, group: str, lineage: Lineage | None) -> None:
        self.identifier = identifier
        self.subject = subject
        self.body = body
        self.group = group
        self.lineage = lineage
        self.size_bytes = len(body)
        self.receive_count = 0
        self.hidden_until_us = 0
        self.entry = 0


class Pile:
    """A pollable source in memory.

    Args:
        is_ordered: whether messages of a group come one batch after another, in order.
        receives_max: how often a message may be received before it is put among the `dead`.

    Attributes:
        messages: what is not settled, in order.
        dead: what was received too often.
    """

    def __init__(
        self,
        clock: Clock,
        trace: Trace,
        *,
        arn: str = "arn:aws:sqs:us-east-1:123456789012:pile",
        visibility_timeout_s: int = 30,
        is_ordered: bool = False,
        receives_max: int | None = None,
    ) -> None:
        self.arn = arn
        self.is_ordered = is_ordered
        self.visibility_timeout_us = visibility_timeout_s * _US_PER_S
        self.messages: list[PileMessage] = []
        self.dead: list[PileMessage] = []
        self._receives_max = receives_max
        self._clock = clock
        self._trace = trace
        self._received = trace.kind("received", "{subject} was received (receive {value})", value="receive_count")
        self._wake: Callable[[], None] | None = None

    def put(self, body: str, *, group: str = "", lineage: Lineage | None = None) -> PileMessage:
        """Add a message."""
        subject = self._trace.new_subject("message", "m")
        message = PileMessage(self._trace.name_of(subject), subject, body, group, lineage)
        self.messages.append(message)
        self._clock.soon(self._look, None)
        return message

    def take(self, count_max: int, *, hidden_us: int | None = None) -> list[PileMessage]:
        """Take up to `count_max` of what is visible now."""
        now_us = self._clock.now_us
        blocked = {message.group for message in self.messages if self.is_ordered and message.hidden_until_us > now_us}
        visible = [
            message for message in self.messages if message.hidden_until_us <= now_us and message.group not in blocked
        ]
        taken: list[PileMessage] = []
        for message in visible:
            if len(taken) == count_max:
                break
            if message.receive_count == self._receives_max:
                self.messages.remove(message)
                self.dead.append(message)
                continue
            message.receive_count += 1
            message.entry = self._trace.record(self._received, message.subject, value=message.receive_count)
            message.hidden_until_us = now_us + (self.visibility_timeout_us if hidden_us is None else hidden_us)
            taken.append(message)
        return taken

    def records(self, taken: Sequence[PileMessage]) -> list[dict[str, Any]]:
        """Build the element of `Records` for each of them."""
        return [
            {
                "messageId": message.identifier,
                "body": message.body,
                "attributes": {"ApproximateReceiveCount": str(message.receive_count)},
            }
            for message in taken
        ]

    def settle(self, taken: Sequence[PileMessage], cause: int) -> None:  # noqa: ARG002 - a pile tells nothing of it
        """Forget these for good."""
        for message in taken:
            if message in self.messages:
                self.messages.remove(message)
        self._clock.soon(self._look, None)

    def when_ready(self, wake: Callable[[], None]) -> None:
        """Call `wake` once, as soon as something may be visible."""
        self._wake = wake
        now_us = self._clock.now_us
        comings = [message.hidden_until_us for message in self.messages if message.hidden_until_us > now_us]
        if comings:
            self._clock.at(min(comings), self._look, None)

    def _look(self, _: None) -> None:
        if self._wake is not None:
            wake, self._wake = self._wake, None
            wake()


class Play:
    """Opens environments that answer from a function.

    Args:
        handler: gets the event; what it raises becomes a failure.
        duration_us: how long every attempt takes.
        init_us: how much longer the first one of an environment takes.
        is_init_broken: whether preparing an environment ahead of time fails.
    """

    def __init__(
        self,
        clock: Clock,
        trace: Trace,
        handler: Callable[[Any], Any],
        *,
        duration_us: int = 0,
        init_us: int = 0,
        is_init_broken: bool = False,
    ) -> None:
        self.clock = clock
        self.trace = trace
        self.handler = handler
        self.duration_us = duration_us
        self.init_us = init_us
        self.is_init_broken = is_init_broken
        self.invocations: list[Invocation] = []
        self.environments: list[PlayedEnvironment] = []
        self.ended = trace.kind("ended", "{subject} ended at {place}")

    def open(
        self,
        version: FunctionVersion,
        initialization_type: Literal["on-demand", "provisioned-concurrency"] = "on-demand",
    ) -> "PlayedEnvironment":
        """Create an environment."""
        environment = PlayedEnvironment(self, version, len(self.environments) + 1)
        environment.is_provisioned = initialization_type == "provisioned-concurrency"
        self.environments.append(environment)
        return environment


class PlayedEnvironment:
    """An environment of a `Play`.

    Attributes:
        invocations: how many it has taken.
        is_closed: whether it was given up.
    """

    def __init__(self, play: Play, version: FunctionVersion, number: int) -> None:
        self._play = play
        self.version = version
        self.number = number
        self.subject = play.trace.new_subject("environment", "e")
        self.born_us = self.idle_since_us = play.clock.now_us
        self.is_busy = False
        self.is_provisioned = False
        self.is_closed = False
        self.invocations = 0

    def prepare(self, done: Callable[[bool], None]) -> None:
        """Be ready after the play's init."""
        self.invocations = 1

        def prepared(_: None) -> None:
            self.idle_since_us = self._play.clock.now_us
            done(not self._play.is_init_broken)

        self._play.clock.at(self._play.clock.now_us + self._play.init_us, prepared, None)

    def invoke(self, invocation: Invocation, done: Callable[[Attempt], None], fault: Fault | None = None) -> None:
        """Ask the play's function, and answer later."""
        play = self._play
        play.invocations.append(invocation)
        self.is_busy = True
        span_us = play.duration_us + (0 if self.invocations else play.init_us)
        self.invocations += 1
        if fault is not None:
            span_us += fault.latency_us

        def end(_: None) -> None:
            outcome = self._outcome(invocation, fault)
            self.is_busy = False
            self.idle_since_us = play.clock.now_us
            entry = play.trace.record(play.ended, invocation.subject, 0, invocation.cause)
            done(Attempt(outcome=outcome, executed_version=self.version.version, entry=entry))

        play.clock.at(play.clock.now_us + span_us, end, None)

    def when_idle(self, freed: Callable[[], object]) -> None:
        """Tell at once: it is idle when it has answered."""
        freed()

    def _outcome(self, invocation: Invocation, fault: Fault | None) -> Outcome:
        if isinstance(fault, ErrorFault):
            return _failure(fault.error_type, fault.message, invocation)
        try:
            result = self._play.handler(invocation.event)
            if isinstance(fault, CrashFault):
                return _failure("Runtime.ExitError", "killed", invocation)
            return Success(json.dumps(result))
        except Exception as error:  # noqa: BLE001 - the outcome carries it
            return _failure(type(error).__name__, str(error), invocation)

    @property
    def expires_us(self) -> int:
        """When it will have idled for too long."""
        return self.idle_since_us + ENVIRONMENT_IDLE_EXPIRY_S * _US_PER_S

    def close(self) -> None:
        """Note that it was given up."""
        self.is_closed = True


def _failure(error_type: str, message: str, invocation: Invocation) -> Failure:
    document = {
        "errorMessage": message,
        "errorType": error_type,
        "requestId": invocation.request_id,
        "stackTrace": [],
    }
    return Failure(error_type=error_type, message=message, payload=json.dumps(document))
