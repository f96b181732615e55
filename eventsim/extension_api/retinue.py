"""What do the extensions of one environment do together? They begin, take part in invocations, and end.

Nothing is settled before all of them wait for their next event. One that fails takes the environment with it, wherever
it was (documented); which error the invocation then shows follows AWS's own emulator.
"""

from asyncio import TimerHandle
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from eventsim.clock import Clock
from eventsim.environment.error_object import extension_failed, timed_out
from eventsim.environment.retinue import Reason, Reply, Settled
from eventsim.extension_api.api import (
    EXIT_ERROR,
    EXITED,
    INIT_ERROR,
    INVOKE,
    LAUNCH_ERROR,
    SHUTDOWN,
    STARTED,
    Extension,
    ExtensionsApi,
)
from eventsim.extension_api.program import ExtensionProgram
from eventsim.extension_api.telemetry import Telemetry, is_subscription
from eventsim.limits import SHUTDOWN_US
from eventsim.outcome import Failure
from eventsim.runtime_api.replies import refusal
from eventsim.wire.http import HttpRequest, HttpResponse

_ERRORS = {
    LAUNCH_ERROR: "Extension.LaunchError",
    INIT_ERROR: "Extension.InitError",
    EXIT_ERROR: "Extension.ExitError",
    EXITED: "Extension.Crash",
}
"""State of an extension that has failed → what its invocation comes to."""


class LambdaRetinue:
    """All extensions of one environment: programs, and threads of the runtime's process.

    Args:
        timeout_us: the function's.
        is_live: whether time passes by itself.
        closed: told at the end.

    Attributes:
        programs: the external ones; somebody adds them before the launch.
    """

    def __init__(
        self,
        api: ExtensionsApi,
        telemetry: Telemetry,
        *,
        clock: Clock,
        timeout_us: int,
        is_live: bool,
        closed: Callable[[], object],
    ) -> None:
        self.programs: list[ExtensionProgram] = []
        self._api = api
        self._telemetry = telemetry
        self._clock = clock
        self._timeout_us = timeout_us
        self._is_live = is_live
        self._closed: Callable[[], object] | None = closed
        self._is_done: Callable[[], bool] | None = None
        """When the current wait is over; None if nobody waits."""
        self._settled: Settled = lambda _: None
        self._request_id = ""
        self._timer: TimerHandle | None = None
        self._let_go: Callable[[], object] | None = None
        self._failed: Callable[[], object] | None = None
        """Told if one fails while the handler is at work."""
        self._is_runtime_at_work = False
        self._is_ending = False

    @property
    def is_at_rest(self) -> bool:
        """Whether the environment is idle."""
        return not (self._is_ending or self._is_runtime_at_work) and self._is_done is None

    @property
    def is_closed(self) -> bool:
        """Whether all is over."""
        return self._closed is None

    # --- what they ask -----------------------------------------------------------------------------------

    def take(self, request: HttpRequest, reply: Reply) -> bool:
        """Answer a request to the APIs for extensions, now or later; False if it is none."""
        if is_subscription(request):
            reply(self._subscribe(request))
        elif not self._api.take(request, reply):
            return False
        self.look()
        return True

    def forget(self, reply: Reply) -> None:
        """Let go of a request whose answer nobody wants any more."""
        self._api.forget(reply)

    def is_ready(self) -> bool:
        """Tell whether those in the runtime's own process wait for their next event."""
        return not any(each.is_at_work for each in self._internals())

    def is_alone(self) -> bool:
        """Tell whether no program runs beside the runtime."""
        return not self.programs

    def look_around(self, answered: Callable[[], object]) -> bool:
        """See whether programs want something: the runtime may wait for what they do.

        Tell whether one of them waits for a call to AWS; `answered` is called then when it has its answer.
        """
        for each in self.programs:
            each.look()
        caller = next((each for each in self.programs if each.is_calling), None)
        if caller is not None:
            caller.when_answered(answered)
        return caller is not None

    def may_hear(self, extension: Extension) -> bool:
        """Tell whether an extension may yet be told something before it is given its next event."""
        return self._is_runtime_at_work or self._telemetry.has_more(extension)

    def _subscribe(self, request: HttpRequest) -> HttpResponse:
        asker = self._api.asker(request)
        if isinstance(asker, HttpResponse):
            return asker
        program = next((each for each in self.programs if each.extension is asker), None)
        if program is None:
            return refusal(501, "Telemetry.NotSimulated", "subscriptions of internal extensions are not simulated")
        return self._telemetry.subscribe(asker, program, request)

    # --- what happens to them ----------------------------------------------------------------------------

    def launch(self, request_id: str, deadline_us: int, settled: Settled) -> None:
        """Start the programs; `settled` once all have registered."""
        for each in self.programs:
            each.start()
        self._wait(self._all_registered, request_id, deadline_us, settled)

    def begin_runtime(self) -> None:
        """Take note that the runtime is about to begin."""
        self._is_runtime_at_work = True

    def be_ready(self, request_id: str, deadline_us: int, settled: Settled) -> None:
        """Wait until all have asked for their first event."""
        self._is_runtime_at_work = False
        self._api.is_closed = True
        self._wait(self._all_ready, request_id, deadline_us, settled)

    def introduce(self) -> None:
        """Tell how far each of them has come."""
        for each in self._api.extensions.values():
            record: dict[str, Any] = {"name": each.name, "state": each.state, "events": list(each.events)}
            if each.error_type:
                record["errorType"] = each.error_type
            self._telemetry.announce("platform.extension", record)

    def invoke(self, event: Mapping[str, Any], failed: Callable[[], object]) -> None:
        """Give an event to those that want it; `failed` if one fails before the handler is done."""
        self._telemetry.close_past()
        self._is_runtime_at_work = True
        self._failed = failed
        for each in self.programs:
            each.thaw()
        self._api.hand_out(INVOKE, event)
        self._attend()
        self._telemetry.thaw()

    def failure(self, request_id: str) -> Failure | None:
        """Return what the invocation comes to if one has failed, None if none has."""
        for each in self._api.extensions.values():
            if each.has_failed and not self._is_ending:
                return extension_failed(request_id, _ERRORS[each.state], each.error)
        return None

    def settle(self, request_id: str, deadline_us: int, settled: Settled, let_go: Callable[[], object]) -> None:
        """Wait until all are done with the event; `let_go` at most once before, as soon as that takes time."""
        self._is_runtime_at_work = False
        self._failed = None
        self._let_go = let_go
        self._wait(self._all_ready, request_id, deadline_us, settled)
        if self._is_done is not None and (self._is_live or not self.is_ready()):
            self.time_passes()

    def freeze(self) -> None:
        """Let nothing of them run until there is something to do."""
        self._is_runtime_at_work = False
        self._failed = None
        self._telemetry.freeze()
        for each in self.programs:
            each.freeze()

    def shut_down(self, reason: Reason, ended: Callable[[], object]) -> None:
        """Tell them that it is over, and kill those that do not end in time; `ended` after that."""
        self._cease()
        if self.is_closed:
            ended()
            return
        self._is_ending = True
        self._is_runtime_at_work = False
        for each in self.programs:
            each.thaw()
        self._telemetry.thaw()
        self._telemetry.flush()
        deadline_us = self._clock.now_us + SHUTDOWN_US

        def end(_: Failure | None) -> None:
            self.close()
            ended()

        def tell(_: Failure | None) -> None:
            deadline_ms = (self._clock.start_epoch_us + deadline_us) // 1000
            told = self._api.hand_out(SHUTDOWN, {"shutdownReason": reason, "deadlineMs": deadline_ms})
            for each in self.programs:
                each.must_end = each.extension in told
            self._wait(self._all_over, "", deadline_us, end)

        self._wait(self._all_told, "", deadline_us, tell)

    def close(self) -> None:
        """Kill them."""
        self._cease()
        self._telemetry.freeze()
        for each in self.programs:
            each.close()
        closed, self._closed = self._closed, None
        if closed is not None:
            closed()

    def tell(self, kind: str, record: Any, at_us: int | None = None) -> None:
        """Tell those that want to know what the platform, the function or an extension has to say."""
        self._telemetry.tell(kind, record, at_us)

    # --- waiting for them --------------------------------------------------------------------------------

    def look(self) -> None:
        """See whether what is waited for has come about; called whenever something has happened."""
        if self._is_done is not None:
            failure = self.failure(self._request_id)
            if failure is not None or self._is_done():
                self._end(failure)
        elif self._failed is not None and self.failure("") is not None:
            failed, self._failed = self._failed, None
            failed()

    def time_passes(self) -> None:
        """Take note that whoever is at work waits, so that time has to pass."""
        let_go, self._let_go = self._let_go, None
        if let_go is not None:
            let_go()

    def sent(self, extension: Extension, status: int) -> None:
        """Take an extension's answer to what it was told."""
        self._telemetry.sent(extension, status)

    def _wait(self, is_done: Callable[[], bool], request_id: str, deadline_us: int, settled: Settled) -> None:
        self._is_done, self._request_id, self._settled = is_done, request_id, settled
        self._timer = self._clock.loop.call_at_us(deadline_us, self._expire)
        self._attend()
        self.look()

    def _expire(self) -> None:
        self._end(timed_out(self._request_id, self._timeout_us))

    def _end(self, failure: Failure | None) -> None:
        settled = self._settled
        self._cease()
        settled(failure)

    def _cease(self) -> None:
        """Wait for nothing any more."""
        self._is_done = self._let_go = self._failed = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _attend(self) -> None:
        for each in self.programs:
            each.attend()

    def _internals(self) -> Iterable[Extension]:
        return (each for each in self._api.extensions.values() if not each.is_external)

    def _all_registered(self) -> bool:
        return all(each.state != STARTED for each in self._api.extensions.values())

    def _all_ready(self) -> bool:
        return self._all_told() and not any(each.is_at_work for each in self._api.extensions.values())

    def _all_told(self) -> bool:
        return not any(each.is_answering for each in self.programs)

    def _all_over(self) -> bool:
        return all(each.is_over or not each.must_end for each in self.programs)
