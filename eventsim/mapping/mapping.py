"""What ties a polled source to a function? Event source mappings: their settings, their checks, their states.

    create      Creating → Enabled, or Disabled at once
    enable      Enabling → Enabled
    disable     Disabling → Disabled
    update      Updating → Enabled, or Disabled
    delete      Deleting → gone

In a state on the left of an arrow a mapping takes no further change. A change is through when its time has come, for
whoever looks; the poller starts in a step of its own. What a mapping does while it is enabled stands in `poller` for
queues, in `stream_poller` for streams.
"""

import enum
from collections.abc import Callable, Iterator
from weakref import WeakSet

from msgspec import Struct, structs

from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.dispatch.destination import Destinations
from eventsim.errors import ApiError
from eventsim.function.function import Functions
from eventsim.function.tenancy import not_with_tenants
from eventsim.limits import BATCH_SIZE_DEFAULT, MAPPING_TRANSITION_US, PROVISIONED_POLLERS_MIN
from eventsim.mapping.access import Access, MayPoll
from eventsim.mapping.batch import BatchPolicy
from eventsim.mapping.lanes import Invoke
from eventsim.mapping.poller import Poller, PollerSettings
from eventsim.mapping.scaling import ScalingPolicy, provisioned
from eventsim.mapping.spec import MappingSpec, Refusal, check_settings, hidden_span_us, window_us_of
from eventsim.mapping.stream_poller import StreamPoller
from eventsim.mapping.stream_post import StreamPost
from eventsim.mapping.stream_spec import (
    RULES,
    check_part,
    check_stream_settings,
    part_of,
    stream_settings,
    subscription_of,
    with_stream_defaults,
)
from eventsim.mapping.unserved import INSTEAD, Unserved, service_of
from eventsim.pattern import FilterCriteria
from eventsim.polled import Pollable, Sharded
from eventsim.subscription import KAFKA, Subscribable, Subscribed
from eventsim.trace import Trace

Polled = Pollable | Sharded
"""What a mapping may poll: a queue, a stream, a part of a source that has some."""


class State(enum.Enum):
    """The state of a mapping, in AWS's words."""

    CREATING = "Creating"
    ENABLING = "Enabling"
    ENABLED = "Enabled"
    DISABLING = "Disabling"
    DISABLED = "Disabled"
    UPDATING = "Updating"
    DELETING = "Deleting"
    DELETED = "Deleted"


_SETTLED = {State.ENABLED, State.DISABLED}


class _Change(Struct, frozen=True, gc=False):
    """A change that is under way: when it is through, and what the mapping is then."""

    due_us: int
    state: State
    spec: MappingSpec


class Mapping:
    """One event source mapping; `Mappings.create` makes it.

    Attributes:
        uuid: by which the API calls it.
        name: by which the scenario calls it.
        state: see the top of the file.
        poller: what feeds the function while the mapping is enabled.
    """

    def __init__(
        self,
        uuid: str,
        name: str,
        spec: MappingSpec,
        poller: Poller | StreamPoller,
        mappings: "Mappings",
    ) -> None:
        self.uuid = uuid
        self.name = name
        self.spec = spec
        self.poller = poller
        self.state = State.DISABLED
        self._mappings = mappings
        self._coming: _Change | None = None

    @property
    def source(self) -> Polled:
        """What it polls."""
        return self.poller.source

    def enable(self) -> None:
        """Begin to take messages, after a while.

        Raises:
            ApiError: another change is under way.
        """
        self._change(State.ENABLING, State.ENABLED, "update")

    def disable(self) -> None:
        """Take no more messages; batches in flight end as they end.

        Raises:
            ApiError: another change is under way.
        """
        self._change(State.DISABLING, State.DISABLED, "update")

    def update(self, spec: MappingSpec) -> None:
        """Change settings; source and function of a mapping stay.

        Raises:
            ApiError: another change is under way, or AWS refuses a setting.
        """
        refusal = self._mappings.check(spec, self.source) or self._mappings.refused_role(spec, self.source)
        if refusal is not None:
            raise _error(refusal)
        after = State.ENABLED if spec.enabled else State.DISABLED
        self._change(State.UPDATING, after, "update", with_defaults(spec, self.source))

    def delete(self) -> None:
        """End the mapping; batches in flight end as they end.

        Raises:
            ApiError: another change is under way.
        """
        self._change(State.DELETING, State.DELETED, "delete")

    @property
    def lasting_spec(self) -> MappingSpec | None:
        """Its settings once the change under way is through, None if it is gone then."""
        after = self._coming
        state, spec = (self.state, self.spec) if after is None else (after.state, after.spec)
        return None if state is State.DELETED else structs.replace(spec, enabled=state is State.ENABLED)

    def is_for(self, function: str, qualifier: str) -> bool:
        """Tell whether this is the function that the mapping feeds."""
        return (self.spec.function, self.spec.qualifier) == (function, qualifier)

    def begin(self) -> None:
        """Leave the state of creation: become what the settings say."""
        if self.spec.enabled:
            self._change(State.CREATING, State.ENABLED, "create")
        else:
            self._mappings.tell(self)

    def _change(self, during: State, after: State, verb: str, spec: MappingSpec | None = None) -> None:
        if self.state not in _SETTLED:
            message = f"Cannot {verb} the event source mapping because it is in use."
            raise ApiError("ResourceInUseException", message, fields={"Type": "User"})
        self.state = during
        self._coming = self._mappings.begin(_Change(self._mappings.due_us(), after, spec or self.spec), self._arrive)
        if after is not State.ENABLED:
            self.poller.stop()

    def settle(self) -> None:
        """Be what a change makes of the mapping, if its time has come."""
        coming = self._coming
        if coming is not None and self._mappings.is_due(coming.due_us):
            self._coming = None
            self.state, self.spec = coming.state, coming.spec
            self._mappings.tell(self)

    def _arrive(self, _: _Change) -> None:
        self.settle()
        if self.state is State.ENABLED:
            self._mappings.configure(self)
            self.poller.start()


class Mappings:
    """All event source mappings of a simulation.

    Args:
        find: returns the source that a scenario or an API call names, None if there is none that can be polled.
        invoke: `Dispatch.invoke`.
        destinations: who is told of records given up.
        may_poll: says why a mapping must not poll for a function; None if all may.
        transition_us: how long a change of state takes.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        trace: Trace,
        functions: Functions,
        invoke: Invoke,
        destinations: Destinations,
        find: Callable[[str], Polled | Subscribable | None],
        may_poll: MayPoll | None = None,
        transition_us: int = MAPPING_TRANSITION_US,
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._trace = trace
        self._functions = functions
        self._invoke = invoke
        self._destinations = destinations
        self._find = find
        self._may_poll = may_poll
        self._transition_us = transition_us
        self._uuid = chance.uuids("mappings")
        self._mappings: dict[str, Mapping] = {}
        self._pollers: WeakSet[Poller | StreamPoller] = WeakSet()
        self._told = trace.kind("mapping changed", "{place} is {state}")
        self._unserved = trace.kind(
            "nobody produces", "{place} polls {source}, which nobody simulates, so that nothing will come; {instead}"
        )

    def __iter__(self) -> Iterator[Mapping]:
        for mapping in list(self._mappings.values()):
            mapping.settle()
        return iter(list(self._mappings.values()))

    def __getitem__(self, uuid: str) -> Mapping:
        """Return a mapping by its UUID.

        Raises:
            ApiError: there is none.
        """
        mapping = self._mappings.get(uuid)
        if mapping is not None:
            mapping.settle()
        if mapping is None or mapping.state is State.DELETED:
            message = "The resource you requested does not exist."
            raise ApiError("ResourceNotFoundException", message, status=404, fields={"Type": "User"})
        return mapping

    def refusal(self, spec: MappingSpec, *, is_kept: bool = False) -> Refusal | None:
        """Return why AWS would not create this mapping, or None.

        Args:
            is_kept: whether there was one before, which does not end because its function's role has lost a permission.
        """
        source = self._source_of(spec)
        return source if isinstance(source, Refusal) else self._refusal(spec, source, is_kept=is_kept)

    def _source_of(self, spec: MappingSpec) -> Polled | Refusal:
        """Return what a mapping polls, or why there is no such thing.

        Clusters, brokers and databases that nobody simulates are there: they are no business of Lambda's.
        """
        found = self._find(spec.source) or _unserved(spec.source)
        if found is None:
            return _unknown_source(spec.source)
        if isinstance(found, Pollable | Sharded):
            return found
        rules = RULES[found.service]
        try:
            return check_part(spec, rules) or found.subscribe(subscription_of(spec))
        except ApiError as error:
            return Refusal(rules.part, error.message, error.code, error.status)

    def _refusal(self, spec: MappingSpec, source: Polled, *, is_kept: bool) -> Refusal | None:
        if spec.function not in self._functions:
            return Refusal("function", "Function does not exist")
        try:
            self._timeout_us(spec)
        except ApiError as error:
            return Refusal("qualifier", error.message, error.code, error.status)
        refusal = self.check(spec, source)
        if refusal is not None:
            return refusal
        refusal = None if is_kept else self.refused_role(spec, source)
        if refusal is not None:
            return refusal
        for other in self:
            is_theirs = spec.consumer_group and other.spec.consumer_group == spec.consumer_group
            if is_theirs and other.source.arn == source.arn:  # documented; the words are unconfirmed
                message = f"The consumer group ID {spec.consumer_group} is that of the mapping with UUID {other.uuid}."
                return Refusal("consumer_group", message)
            is_same = other.source.arn == source.arn and part_of(other.spec) == part_of(spec)
            if is_same and other.is_for(spec.function, spec.qualifier):
                return _duplicate(other, self._functions.arn(spec.function, spec.qualifier))
        return None

    def create(self, name: str, spec: MappingSpec, *, uuid: str = "") -> Mapping:
        """Create a mapping; it takes messages once it is enabled.

        Args:
            uuid: that of a mapping which there was before; a new one unless given.

        Raises:
            ApiError: AWS refuses it; `refusal` tells more.
        """
        source = self._source_of(spec)
        if isinstance(source, Refusal):
            raise _error(source)
        refusal = self._refusal(spec, source, is_kept=bool(uuid))
        if refusal is not None:
            raise _error(refusal)
        while not uuid or uuid in self._mappings:
            uuid = self._uuid()
        spec, source = self._completed(spec, source)
        poller = self._poller(uuid, name, spec, source, self._invoke, self._functions.arn)
        if self._may_poll is not None:
            place = self._trace.subject("mapping", name)
            poller.access = Access(self._may_poll, self._clock, self._trace, place)
        mapping = self._mappings[uuid] = Mapping(uuid, name, spec, poller, self)
        mapping.begin()
        if isinstance(source, Subscribed) and not source.is_served:
            place = self._trace.subject("mapping", name)
            detail = {"source": spec.source, "instead": INSTEAD[source.service]}
            self._trace.record(self._unserved, place, place, detail=detail)
        return mapping

    def _completed(self, spec: MappingSpec, source: Polled) -> tuple[MappingSpec, Polled]:
        """Return the settings with those that go without saying, and the source as they want it."""
        spec = with_defaults(spec, source)
        if not isinstance(source, Subscribed):
            return spec, source
        if source.service == KAFKA and not spec.consumer_group:
            spec = structs.replace(spec, consumer_group=self._uuid())
        completed = self._source_of(spec)
        assert not isinstance(completed, Refusal), "it was there a moment ago"
        return spec, completed

    def feed(self, name: str, spec: MappingSpec, invoke: Invoke, target_arn: str) -> Poller | StreamPoller:
        """Return what feeds something else than a function, as settings without a function say; it is still.

        Args:
            invoke: gets the batches.
            target_arn: what records of failures call it.

        Raises:
            ApiError: there is no such source, or AWS would refuse a setting.
        """
        source = self._source_of(spec)
        if isinstance(source, Refusal):
            raise _error(source)
        _check_feed(spec, source)
        spec, source = self._completed(spec, source)
        return self._poller(self._uuid(), name, spec, source, invoke, lambda *_: target_arn)

    def change_feed(self, poller: Poller | StreamPoller, spec: MappingSpec) -> None:
        """Let what feeds something else than a function go on with other settings; its source stays, and how far it is.

        Raises:
            ApiError: AWS would refuse a setting; nothing has changed.
        """
        _check_feed(spec, poller.source)
        self._configure(poller, with_defaults(spec, poller.source))

    def _poller(
        self,
        uuid: str,
        name: str,
        spec: MappingSpec,
        source: Polled,
        invoke: Invoke,
        arn_of: Callable[[str, str], str],
    ) -> Poller | StreamPoller:
        if isinstance(source, Sharded):
            post = StreamPost(
                name,
                uuid,
                stream_settings(spec, source),
                source=source,
                invoke=invoke,
                destinations=self._destinations,
                function_arn=arn_of,
                clock=self._clock,
                chance=self._chance,
                trace=self._trace,
            )
            poller: Poller | StreamPoller = StreamPoller(post)
        else:
            poller = Poller(
                name,
                uuid,
                self._queue_settings(spec, source),
                source=source,
                invoke=invoke,
                clock=self._clock,
                chance=self._chance,
                trace=self._trace,
            )
        self._pollers.add(poller)
        return poller

    def finish(self) -> None:
        """Take no more, for good; what was taken goes its way."""
        for poller in self._pollers:
            poller.finish()

    @property
    def is_busy(self) -> bool:
        """Whether something that was taken is still on its way."""
        return any(poller.is_busy for poller in self._pollers)

    # --- for its mappings ------------------------------------------------------------------------------

    def check(self, spec: MappingSpec, source: Polled) -> Refusal | None:
        """Return the first setting that AWS would refuse, or None."""
        is_there = spec.function in self._functions  # it may have been deleted meanwhile
        if is_there and self._functions[spec.function].is_tenant_isolated:
            return Refusal("function", not_with_tenants("Event source mapping"))  # unconfirmed wording
        if isinstance(source, Sharded):
            return check_stream_settings(spec, source)
        return _check_queue_settings(spec, source, timeout_us=self._timeout_us(spec))

    def refused_role(self, spec: MappingSpec, source: Polled) -> Refusal | None:
        """Return why the function's role will not do, or None."""
        problem = "" if self._may_poll is None else self._may_poll(spec.function, source.arn)
        return Refusal("function", problem) if problem else None

    def configure(self, mapping: Mapping) -> None:
        """Tell a mapping's poller of its settings."""
        self._configure(mapping.poller, mapping.spec)

    def _configure(self, poller: Poller | StreamPoller, spec: MappingSpec) -> None:
        if isinstance(poller, StreamPoller):
            poller.configure(stream_settings(spec, poller.source))
        else:
            poller.configure(self._queue_settings(spec, poller.source))

    def _queue_settings(self, spec: MappingSpec, source: Pollable) -> PollerSettings:
        window_us = window_us_of(spec)
        is_there = spec.function in self._functions  # it may have been deleted since they were checked
        timeout_us = self._timeout_us(spec) if is_there else 0
        return PollerSettings(
            function=spec.function,
            qualifier=spec.qualifier,
            batch=BatchPolicy(size_max=spec.batch_size or BATCH_SIZE_DEFAULT, window_us=window_us),
            scaling=_scaling(spec),
            criteria=FilterCriteria(spec.filters) if spec.filters else None,
            reports_item_failures=spec.report_batch_item_failures,
            hidden_us=hidden_span_us(window_us, timeout_us, source.visibility_timeout_us),
            counts_events=spec.counts_events,
        )

    def due_us(self) -> int:
        """Return when a change that begins now is through."""
        return self._clock.now_us + self._transition_us

    def is_due(self, at_us: int) -> bool:
        """Tell whether an instant has come."""
        return at_us <= self._clock.now_us

    def begin(self, change: _Change, arrive: Callable[[_Change], None]) -> _Change:
        """Call `arrive(change)` when a change is through."""
        self._clock.at(change.due_us, arrive, change)
        return change

    def tell(self, mapping: Mapping) -> None:
        """Record a mapping's new state; forget the mapping if it is deleted."""
        place = self._trace.subject("mapping", mapping.name)
        detail = {"state": mapping.state.value}
        if isinstance(mapping.poller, StreamPoller):
            detail["service"] = mapping.poller.source.service
        self._trace.record(self._told, place, place, detail=detail)
        if mapping.state is State.DELETED:
            del self._mappings[mapping.uuid]

    def _timeout_us(self, spec: MappingSpec) -> int:
        """Return the timeout of the version that runs; where an alias shares its requests, of the first."""
        return self._functions.resolve(spec.function, spec.qualifier, lambda: 1.0).timeout_us


def _check_queue_settings(spec: MappingSpec, source: Pollable, *, timeout_us: int) -> Refusal | None:
    return check_settings(
        spec,
        is_ordered=source.is_ordered,
        visibility_timeout_us=source.visibility_timeout_us,
        timeout_us=timeout_us,
    )


def _check_feed(spec: MappingSpec, source: Polled) -> None:
    """See that AWS would take these settings, without a function.

    Raises:
        ApiError: it would not.
    """
    if isinstance(source, Sharded):
        refusal = check_stream_settings(spec, source)
    else:
        refusal = _check_queue_settings(spec, source, timeout_us=0)
    if refusal is not None:
        raise _error(refusal)


def _scaling(spec: MappingSpec) -> ScalingPolicy:
    pollers = spec.provisioned_pollers
    if pollers is None:
        return ScalingPolicy(concurrency_max=spec.maximum_concurrency)
    return provisioned(pollers.minimum or PROVISIONED_POLLERS_MIN, pollers.maximum)


_NO_QUEUE = (
    "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
    "SQS Error Message: The specified queue does not exist."
)


def with_defaults(spec: MappingSpec, source: Polled) -> MappingSpec:
    """Return the settings with those that go without saying for this source."""
    if isinstance(source, Sharded):
        return with_stream_defaults(spec, source)
    pollers = spec.provisioned_pollers
    if pollers is not None and pollers.minimum is None:
        pollers = structs.replace(pollers, minimum=PROVISIONED_POLLERS_MIN)
    size = BATCH_SIZE_DEFAULT if spec.batch_size is None else spec.batch_size
    return structs.replace(spec, batch_size=size, provisioned_pollers=pollers)


def mapping_name(source: str, spec: MappingSpec) -> str:
    """Return what the trace calls a mapping.

    Args:
        source: the name of what it polls.
    """
    part = part_of(spec)
    return f"{source}/{part} -> {spec.function}" if part else f"{source} -> {spec.function}"


def _unserved(name: str) -> Unserved | None:
    service = service_of(name)
    return Unserved(name, service) if service else None


def _unknown_source(name: str) -> Refusal:
    if ":kinesis:" in name or ":dynamodb:" in name:
        return Refusal("source", f"Stream not found: {name}")
    return Refusal("source", _NO_QUEUE if ":sqs:" in name else "Unrecognized event source.")


def _duplicate(other: Mapping, function_arn: str) -> Refusal:
    """Return how AWS refuses a second mapping; the words differ (recorded)."""
    advice = f"already exists. Please update or delete the existing mapping with UUID {other.uuid}"
    if isinstance(other.poller, StreamPoller) and other.poller.source.service == KAFKA:
        known = f'("{other.source.arn}"), function ("{function_arn}"), topics ("{other.spec.topic}")'
        message = f"An event source mapping with event source {known} {advice}"
        return Refusal("source", message, "ResourceConflictException", 409)
    known = f'(" {other.source.arn} ") and function (" {other.spec.function} ") '
    if isinstance(other.poller, StreamPoller):
        message = f"The event source arn {known}provided mapping {advice}"
    else:
        message = f"An event source mapping with SQS arn {known}{advice}"
    return Refusal("source", message, "ResourceConflictException", 409)


def _error(refusal: Refusal) -> ApiError:
    return ApiError(refusal.code, refusal.message, status=refusal.status, fields={"Type": "User"})
