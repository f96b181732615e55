"""Is there trouble on purpose? Faults that a scenario puts in a function's way."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, assert_never

from msgspec import Meta, Struct, field

from eventsim.chance import Chance
from eventsim.errors import ConfigurationError
from eventsim.pattern import FilterCriteria, PatternError
from eventsim.quantity import Duration, duration_us

ERROR_TYPE_DEFAULT = "InjectedFault"
ERROR_MESSAGE_DEFAULT = "a fault of the scenario"
THROTTLE_REASON_DEFAULT = "ConcurrentInvocationLimitExceeded"


class ErrorFault(Struct, frozen=True, kw_only=True, gc=False):
    """The handler raises this instead of running, after `latency_us`."""

    error_type: str = ERROR_TYPE_DEFAULT
    message: str = ERROR_MESSAGE_DEFAULT
    latency_us: int = 0


class LatencyFault(Struct, frozen=True, kw_only=True, gc=False):
    """The handler takes this much longer."""

    latency_us: int


class CrashFault(Struct, frozen=True, kw_only=True, gc=False):
    """The handler runs, and takes this much longer; then its process is killed, so that nobody learns of its result."""

    latency_us: int = 0


class ThrottleFault(Struct, frozen=True, kw_only=True, gc=False):
    """The attempt is refused for this reason; no code runs."""

    reason: str = THROTTLE_REASON_DEFAULT


Fault = ErrorFault | LatencyFault | CrashFault
"""What an environment can be told to suffer."""


def describe(fault: Fault | ThrottleFault) -> str:
    """Say in a few words what a fault does."""
    match fault:
        case ErrorFault(error_type=error_type, message=message, latency_us=0):
            return f"{error_type}: {message}"
        case ErrorFault(error_type=error_type, message=message, latency_us=latency_us):
            return f"{error_type} after {latency_us / 1e6:g} s: {message}"
        case LatencyFault(latency_us=latency_us):
            return f"{latency_us / 1e6:g} s of latency"
        case CrashFault(latency_us=0):
            return "a crash after its work"
        case CrashFault(latency_us=latency_us):
            return f"a crash after its work and {latency_us / 1e6:g} s more"
        case ThrottleFault():
            return "a throttle"
        case _:
            assert_never(fault)


class ConditionalSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a fault strikes, of whatever kind."""

    probability: Annotated[
        float, Meta(ge=0, le=1, description="How likely it strikes, 0 to 1; always, if not given.")
    ] = 1.0
    contains: Annotated[
        str,
        Meta(
            description="Strike only where this text occurs: in the event, or in the parameters of the call.",
            examples=["order-13"],
        ),
    ] = ""
    from_: Annotated[Duration, Meta(description="Strike from this time of the run on.", examples=["1 minute"])] = field(
        name="from", default=0
    )
    until: Annotated[Duration | None, Meta(description="Strike until this time of the run.")] = None


class FaultSpec(ConditionalSpec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Trouble for one function: an error, a crash, latency (with either or alone), a throttle, and when it strikes."""

    function: Annotated[str, Meta(description="The function that it strikes.")]
    error: Annotated[
        bool | str,
        Meta(description="The handler raises an error instead of running: `true`, or the error's message."),
    ] = False
    error_type: Annotated[str, Meta(description="The type of that error.", examples=["TimeoutError"])] = (
        ERROR_TYPE_DEFAULT
    )
    crash: Annotated[
        bool,
        Meta(
            description="The handler runs, so what it does is done; then its process is killed, and whoever invoked it "
            "does not learn of its result."
        ),
    ] = False
    latency: Annotated[Duration, Meta(description="The handler takes this much longer.", examples=["2 s"])] = 0
    throttle: Annotated[bool, Meta(description="The function is throttled: no code runs.")] = False
    pattern: Annotated[
        dict[str, Any] | None,
        Meta(
            description="Strike only events, or batches with a record, that match this event pattern; it looks into "
            "JSON in `body` as the filter of a mapping does."
        ),
    ] = None


class Conditions(Struct, frozen=True, kw_only=True):
    """When a fault strikes.

    Attributes:
        criteria: None for any event.
        until_us: None for ever.
    """

    probability: float = 1.0
    contains: str = ""
    criteria: FilterCriteria | None = None
    from_us: int = 0
    until_us: int | None = None

    def strikes(self, event: object, *, now_us: int, luck: Callable[[], float]) -> bool:
        """Decide whether the fault strikes; luck is asked only where it decides.

        Args:
            event: what an attempt or a call is about.
        """
        if now_us < self.from_us or (self.until_us is not None and now_us >= self.until_us):
            return False
        if self.contains and not any(self.contains in text for text in _texts(event)):
            return False
        if self.criteria is not None and not any(self.criteria.matches(part, "body") for part in _parts(event)):
            return False
        return self.probability >= 1.0 or luck() < self.probability


class FaultRule(Struct, frozen=True, kw_only=True):
    """One fault of a function, and when it strikes.

    Attributes:
        id: names its stream of luck.
    """

    id: str
    fault: Fault | ThrottleFault
    when: Conditions


def _texts(event: object) -> Iterator[str]:
    """Yield every text in an event, keys included; message bodies are such texts, unescaped."""
    match event:
        case str():
            yield event
        case Mapping():
            for key, value in event.items():
                yield str(key)
                yield from _texts(value)
        case list():
            for value in event:
                yield from _texts(value)
        case bool() | int() | float():
            yield str(event)
        case _:
            return


def _parts(event: object) -> Iterator[Mapping[str, object]]:
    """Yield the event and the records of a batch."""
    if isinstance(event, dict):
        yield event
        records = event.get("Records")
        if isinstance(records, list):
            yield from (record for record in records if isinstance(record, dict))


class Faults:
    """All faults of a scenario; the first rule of a function that strikes decides.

    Args:
        chance: each rule has a stream of its own, named by its id.
    """

    def __init__(self, rules: Mapping[str, Sequence[FaultRule]], chance: Chance) -> None:
        self._rules = {
            function: [(rule, chance.stream("fault", rule.id).random) for rule in of_function]
            for function, of_function in rules.items()
            if of_function
        }
        self.functions = frozenset(self._rules)
        """The functions that have any."""

    def decide(self, function: str, event: object, now_us: int) -> Fault | ThrottleFault | None:
        """Return the fault that strikes this attempt, if one does."""
        for rule, luck in self._rules.get(function, ()):
            if rule.when.strikes(event, now_us=now_us, luck=luck):
                return rule.fault
        return None


def build_faults(specs: Sequence[FaultSpec], chance: Chance) -> Faults:
    """Return the faults that a scenario describes.

    Raises:
        ConfigurationError: a fault makes no sense; `key` names the setting.
    """
    rules: dict[str, list[FaultRule]] = {}
    for index, spec in enumerate(specs):
        key = f"faults[{index}]"
        of_function = rules.setdefault(spec.function, [])
        when = conditions_of(spec, key, _build_criteria(spec, key))
        rule_id = f"{spec.function}.{len(of_function) + 1}"
        of_function.append(FaultRule(id=rule_id, fault=_build_fault(spec, key), when=when))
    return Faults(rules, chance)


def conditions_of(spec: ConditionalSpec, key: str, criteria: FilterCriteria | None = None) -> Conditions:
    """Return when a fault strikes, by its settings.

    Raises:
        ConfigurationError: they make no sense.
    """
    from_us = duration_us(spec.from_, key=f"{key}.from")
    until_us = None if spec.until is None else duration_us(spec.until, key=f"{key}.until")
    if until_us is not None and until_us <= from_us:
        raise ConfigurationError("the fault ends before it begins; let `until` be later than `from`", key=key)
    return Conditions(
        probability=spec.probability, contains=spec.contains, criteria=criteria, from_us=from_us, until_us=until_us
    )


def _build_fault(spec: FaultSpec, key: str) -> Fault | ThrottleFault:
    latency_us = duration_us(spec.latency, key=f"{key}.latency")
    if spec.throttle:
        if spec.error or spec.crash or latency_us:
            message = "a throttled attempt runs no code; give `error`, `crash` and `latency` elsewhere"
            raise ConfigurationError(message, key=key)
        return ThrottleFault()
    if spec.crash:
        if spec.error:
            raise ConfigurationError("`error` runs no code, `crash` all of it; give them to two faults", key=key)
        return CrashFault(latency_us=latency_us)
    if spec.error:
        message = ERROR_MESSAGE_DEFAULT if spec.error is True else str(spec.error)
        return ErrorFault(error_type=spec.error_type, message=message, latency_us=latency_us)
    if latency_us:
        return LatencyFault(latency_us=latency_us)
    raise ConfigurationError("the fault does nothing; give it `error`, `crash`, `latency` or `throttle`", key=key)


def _build_criteria(spec: FaultSpec, key: str) -> FilterCriteria | None:
    if spec.pattern is None:
        return None
    try:
        return FilterCriteria([spec.pattern])
    except PatternError as error:
        raise ConfigurationError(str(error), key=f"{key}.pattern") from error
