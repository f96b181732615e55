"""How is a function run once? The only door to a function: admission, an environment, the outcome.

`invoke` finds the version, stops chains that feed themselves, injects faults, asks for room, chooses an environment
and hands the attempt over. Whoever asked gets the attempt back; what follows from it is decided elsewhere.
"""

from collections.abc import Callable
from functools import partial

from msgspec import Struct

from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.dispatch.concurrency import AccountConcurrency, Room, Share
from eventsim.dispatch.fleet import Fleet, Opener, Runner
from eventsim.errors import ApiError, ConfigurationError
from eventsim.faults import Faults, ThrottleFault, describe
from eventsim.function.function import Function, Functions, FunctionVersion
from eventsim.function.tenancy import check_tenant
from eventsim.invocation import Invocation
from eventsim.limits import PROVISIONING_US, RECURSION_TURNS_MAX, SYNC_PAYLOAD_BYTES_MAX
from eventsim.outcome import Attempt, Failure, Refused, Throttled
from eventsim.segments import Segments
from eventsim.trace import Trace

Done = Callable[[Attempt], None]
BeginDurable = Callable[[FunctionVersion, Invocation, Done], None]


class Metrics(Struct, kw_only=True, gc=False):
    """What a function's attempts came to, in AWS's words (namespace `AWS/Lambda`)."""

    invocations: int = 0
    errors: int = 0
    throttles: int = 0
    cold_starts: int = 0
    recursive_invocations_dropped: int = 0


class Dispatch:
    """The door to all functions of a simulation.

    Args:
        segments: takes what X-Ray is told of throttled invocations.

    Attributes:
        faults: what strikes on purpose; may be replaced.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        trace: Trace,
        functions: Functions,
        account: AccountConcurrency,
        host: Opener,
        segments: Segments,
    ) -> None:
        self._clock = clock
        self._trace = trace
        self._functions = functions
        self._account = account
        self._host = host
        self._segments = segments
        self.faults = Faults({}, chance)
        self._luck = chance.stream("alias").random
        self._kinds = _Kinds(trace)
        self._crews: dict[str, _Crew] = {}
        self._ended: Callable[[], object] | None = None
        self._begin_durable: BeginDurable | None = None

    # --- configuration ---------------------------------------------------------------------------------

    def configure(self, function: Function) -> None:
        """Take over a function that is new or was replaced: its concurrency, and which versions it has.

        Raises:
            ConfigurationError: the account has not enough concurrency left, in AWS's words.
        """
        name, account = function.name, self._account
        crew = self._crew(name)
        for key, fleet in list(crew.fleets.items()):
            if function.versions.get(fleet.version.version) is not fleet.version:
                self._retire(crew, key)
        if function.reserved_concurrency is not None:
            _check(account.reservation_fault(name, function.reserved_concurrency), name, "reserved_concurrency")
        account.reserve(name, function.reserved_concurrency)
        for version in [version for version in crew.provisioning if version not in function.provisioned_concurrency]:
            self._give_up_provisioning(crew, version)
        for version, count in function.provisioned_concurrency.items():
            asked = (function.versions[version], count)
            if crew.provisioning.get(version) != asked:
                _check(account.provisioning_fault(name, version, count), name, "provisioned_concurrency")
                self._give_up_provisioning(crew, version)
                crew.provisioning[version], crew.share.asked[version] = asked, count
                self._clock.at(self._clock.now_us + PROVISIONING_US, self._provision, (crew, *asked))

    def close(self) -> None:
        """Give up all environments, at the end of the run."""
        for crew in self._crews.values():
            for fleet in crew.fleets.values():
                fleet.retire("the run ended")

    def metrics(self, function: str) -> Metrics:
        """Return a function's numbers so far."""
        return self._crew(function).metrics

    @property
    def busy(self) -> int:
        """How many attempts are in flight."""
        return self._account.busy

    def _crew(self, name: str) -> "_Crew":
        crew = self._crews.get(name)
        if crew is None:
            crew = self._crews[name] = _Crew(self._account.share(name), self._trace.subject("function", name))
        return crew

    def _fleet(self, crew: "_Crew", version: FunctionVersion, key: str) -> Fleet:
        fleet = crew.fleets.get(key)
        if fleet is not None and fleet.version is version:
            return fleet
        if fleet is not None:
            self._retire(crew, key)

        def ended(environment: Runner, reason: str) -> None:
            self._trace.record(self._kinds.ended, environment.subject, crew.place, detail={"reason": reason})

        fleet = crew.fleets[key] = Fleet(version, self._host, ended)
        return fleet

    def _retire(self, crew: "_Crew", key: str) -> None:
        fleet = crew.fleets.pop(key)
        fleet.retire("the function was updated")
        if key in crew.share.provisioned:  # its tenants have no environments of their own then: the key is the version
            self._account.provision(fleet.version.function, key, 0)

    # --- invocation ------------------------------------------------------------------------------------

    def invoke(self, invocation: Invocation, done: Done) -> None:
        """Run a function once.

        Args:
            done: told of the attempt exactly once; at once if no code runs, otherwise when it has ended.

        Raises:
            ApiError: the function does not exist, the event is too large for a synchronous invocation, or it is for a
                tenant where it must not, or for none where it must.
        """
        name = invocation.function
        version = self._functions.resolve(name, invocation.qualifier, self._luck)
        key = version.version
        if version.is_tenant_isolated or invocation.tenant_id:
            check_tenant(version, invocation.tenant_id)
            key = f"{key} of {invocation.tenant_id}"
        if invocation.size_bytes > SYNC_PAYLOAD_BYTES_MAX:
            raise _too_large()
        if version.durable is not None and invocation.mode != "durable" and self._begin_durable is not None:
            self._begin_durable(version, invocation, done)
            return
        crew = self._crews.get(name) or self._crew(name)
        if invocation.lineage is not None and self._is_recursive(invocation):
            done(self._refuse(crew, invocation, version))
            return
        now_us = self._clock.loop.now_us
        fault = self.faults.decide(name, invocation.event, now_us) if name in self.faults.functions else None
        if fault is not None:
            detail = {"fault": describe(fault)}
            self._trace.record(self._kinds.fault, invocation.subject, crew.place, invocation.cause, detail=detail)
            if isinstance(fault, ThrottleFault):
                done(self._throttle(crew, invocation, version, Throttled(fault.reason)))
                return
        fleet = crew.fleets.get(key)
        if fleet is None or fleet.version is not version:
            fleet = self._fleet(crew, version, key)
        is_warm = fleet.is_warm(now_us)
        room = self._account.admit(crew.share, version.version, now_us=now_us, is_warm=is_warm)
        if isinstance(room, Throttled):
            done(self._throttle(crew, invocation, version, room))
            return
        metrics = crew.metrics
        metrics.invocations += 1
        if room is Room.PROVISIONED:
            environment = fleet.take_provisioned()
        else:
            if room is Room.SPILLOVER:
                self._trace.record(self._kinds.spilled, invocation.subject, crew.place, invocation.cause)
            if not is_warm:
                metrics.cold_starts += 1
            environment = fleet.take_on_demand()
        environment.invoke(invocation, partial(self._end, crew, fleet, environment, room, done), fault)

    def _end(self, crew: "_Crew", fleet: Fleet, environment: Runner, room: Room, done: Done, attempt: Attempt) -> None:
        """Give back room and environment, now or when extensions are done as well, then tell whoever asked."""
        if isinstance(attempt.outcome, Failure):
            crew.metrics.errors += 1
        if environment.is_busy:
            environment.when_idle(partial(self._free, crew, fleet, environment, room))
        else:
            self._give_back(crew, fleet, environment, room)
        done(attempt)
        if self._ended is not None:
            self._ended()

    def _free(self, crew: "_Crew", fleet: Fleet, environment: Runner, room: Room) -> None:
        """Give back room and environment when extensions are done."""
        self._give_back(crew, fleet, environment, room)
        if self._ended is not None:
            self._ended()

    def _give_back(self, crew: "_Crew", fleet: Fleet, environment: Runner, room: Room) -> None:
        self._account.release(crew.share, fleet.version.version, room)
        fleet.give_back(environment, is_provisioned=room is Room.PROVISIONED)

    def when_ended(self, ended: Callable[[], object]) -> None:
        """Let one be told whenever an invocation has ended: whoever reads the trace as it grows."""
        self._ended = ended

    def when_durable(self, begin: BeginDurable) -> None:
        """Let one take over whoever invokes a durable function; it comes back with the mode `durable`."""
        self._begin_durable = begin

    def _is_recursive(self, invocation: Invocation) -> bool:
        lineage = invocation.lineage
        return (
            lineage is not None
            and lineage.counts.get(invocation.function, 0) >= RECURSION_TURNS_MAX
            and not self._functions[invocation.function].is_recursion_allowed
        )

    def _refuse(self, crew: "_Crew", invocation: Invocation, version: FunctionVersion) -> Attempt:
        crew.metrics.recursive_invocations_dropped += 1
        counts = {} if invocation.lineage is None else dict(invocation.lineage.counts)
        entry = self._trace.record(
            self._kinds.recursion,
            invocation.subject,
            crew.place,
            invocation.cause,
            counts[invocation.function],
            {"chain": counts},
        )
        message = f"Lambda detected a recursive invocation of {version.function_arn} and stopped it."
        return Attempt(outcome=Refused("RecursiveInvocationException", message), entry=entry)

    def _throttle(self, crew: "_Crew", invocation: Invocation, version: FunctionVersion, refusal: Throttled) -> Attempt:
        crew.metrics.throttles += 1
        self._write_throttled(invocation, version)
        entry = self._trace.record(
            self._kinds.throttled, invocation.subject, crew.place, invocation.cause, detail={"reason": refusal.reason}
        )
        return Attempt(outcome=refusal, entry=entry)

    def _write_throttled(self, invocation: Invocation, version: FunctionVersion) -> None:
        """Tell X-Ray of a throttled invocation if its trace is sampled."""
        segments, lineage = self._segments, invocation.lineage
        header = None if lineage is None else segments.header_of(lineage.trace_header)
        if header is not None:
            from eventsim.environment.lambda_segments import throttled_segment  # only who traces needs it

            at_us, request_id = self._clock.epoch_us(), invocation.request_id
            segments.put(throttled_segment(version, header, at_us, request_id=request_id, new_id=segments.new_id))

    # --- provisioned concurrency -----------------------------------------------------------------------

    def _give_up_provisioning(self, crew: "_Crew", version: str) -> None:
        """Give up what was provisioned or is being provisioned for a version, and its other environments with it."""
        crew.share.asked.pop(version, None)
        if crew.provisioning.pop(version, None) is not None and version in crew.fleets:
            self._retire(crew, version)

    def _provision(self, asked: "tuple[_Crew, FunctionVersion, int]") -> None:
        """Initialise provisioned environments; they take attempts once all are ready."""
        crew, version, count = asked
        if crew.provisioning.get(version.version) != (version, count):  # it was changed before it began
            return
        fleet = self._fleet(crew, version, version.version)

        def provisioned(is_ready: bool) -> None:
            kinds = self._kinds
            if not is_ready:
                detail = {"version": version.version, "reason": "FUNCTION_ERROR_INIT_FAILURE"}
                self._trace.record(kinds.not_provisioned, crew.place, crew.place, value=count, detail=detail)
            elif crew.fleets.get(version.version) is fleet:
                self._account.provision(version.function, version.version, count)
                detail = {"version": version.version}
                self._trace.record(kinds.provisioned, crew.place, crew.place, value=count, detail=detail)

        fleet.provision(count, provisioned)


class _Crew:
    """What dispatch keeps for one function: its share of the concurrency, its fleets, its numbers."""

    __slots__ = ("fleets", "metrics", "place", "provisioning", "share")

    def __init__(self, share: Share, place: int) -> None:
        self.share = share
        self.place = place
        self.fleets: dict[str, Fleet] = {}
        """By version, or by version and tenant where tenants are isolated."""
        self.provisioning: dict[str, tuple[FunctionVersion, int]] = {}
        """What was asked for last, by version, whether it is ready yet or not."""
        self.metrics = Metrics()


class _Kinds:
    """The kinds of entry that dispatch records."""

    __slots__ = ("ended", "fault", "not_provisioned", "provisioned", "recursion", "spilled", "throttled")

    def __init__(self, trace: Trace) -> None:
        kind = trace.kind
        self.throttled = kind("throttled", "{subject} was throttled by {place}: {reason}")
        self.recursion = kind(
            "recursion stopped", "{subject} would run {place} again after {value} turns of one chain", value="turns"
        )
        self.fault = kind("fault injected", "the scenario put a fault in the way of {subject}: {fault}")
        self.spilled = kind("spilled over", "{subject} found all provisioned environments of {place} busy")
        self.ended = kind("environment ended", "{subject} of {place} ended: {reason}")
        self.provisioned = kind("provisioned", "{value} environments of {place} are ready", value="count")
        self.not_provisioned = kind(
            "not provisioned", "{value} environments of {place} could not be initialised: {reason}", value="count"
        )


def _check(fault: str | None, function: str, setting: str) -> None:
    if fault is not None:
        raise ConfigurationError(fault.strip(), key=f"functions.{function}.{setting}")


def _too_large() -> ApiError:
    return ApiError(
        "RequestTooLargeException",
        f"Request must be smaller than {SYNC_PAYLOAD_BYTES_MAX} bytes for the InvokeFunction operation",
        status=413,
        fields={"Type": "User"},
    )
