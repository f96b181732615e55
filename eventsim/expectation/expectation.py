"""What must be true of a run? Expectations as values; each can say itself in one English sentence."""

import re
from typing import Annotated, Any, assert_never

import msgspec
from msgspec import Meta, Struct

from eventsim.errors import ConfigurationError
from eventsim.quantity import Duration, duration_us


class Place(Struct, frozen=True):
    """Something with a name in the scenario: `queue orders`.

    Attributes:
        kind: the singular of its section: `function`, `queue`, `state machine`.
    """

    kind: str
    name: str

    @property
    def section(self) -> str:
        """The section of the scenario that it stands in."""
        plural = f"{self.kind}es" if self.kind.endswith("s") else f"{self.kind}s"
        return plural.replace(" ", "_")

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Count(Struct, frozen=True, kw_only=True):
    """A number of the summary lies between two bounds, both included; `most` None means no upper bound.

    Attributes:
        noun: the number's name in the summary; `messages` are those visible, in flight and delayed.
    """

    of: Place
    noun: str
    least: int = 0
    most: int | None = None


class Settled(Struct, frozen=True, kw_only=True):
    """Every message sent to a queue is deleted or, if that is allowed, in its dead-letter queue.

    Attributes:
        dead_letter: the dead-letter queue's name, "" for whichever it is, None when dead letters are not allowed.
    """

    queue: str
    dead_letter: str | None = None


class Object(Struct, frozen=True, kw_only=True):
    """An object is in a bucket, or is not.

    Attributes:
        contains: text that must occur in it, "" for any content.
    """

    bucket: str
    key: str
    is_there: bool = True
    contains: str = ""


class Logged(Struct, frozen=True, kw_only=True):
    """A function's log holds a line with this text, or with a match of this regular expression, or has none."""

    function: str
    text: str
    is_regex: bool = False
    is_there: bool = True


class Answered(Struct, frozen=True, kw_only=True):
    """Every synchronous invocation by the workload returned this, and there was one."""

    function: str
    answer: Any


class Replied(Struct, frozen=True, kw_only=True):
    """Every request of a feed got what its `expect` says, and there was one.

    Attributes:
        feed: its name.
    """

    feed: str


class Within(Struct, frozen=True, kw_only=True):
    """This many in a hundred took no longer: a message from its birth until settled, an invocation from end to end."""

    of: Place
    percentile: float
    within_us: int


class Python(Struct, frozen=True, kw_only=True):
    """A Python function looks at the trace."""

    function: str


Claim = Count | Settled | Object | Logged | Answered | Replied | Within | Python


class Expectation(Struct, frozen=True, kw_only=True):
    """A claim, how it was put into words, and when it must hold.

    Attributes:
        at_us: the instant, None for the end of the run.
    """

    text: str
    claim: Claim
    at_us: int | None = None


class ExpectationSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An expectation in parts; the same can be said in an English sentence."""

    of: Annotated[
        str | None, Meta(description="Kind and name.", examples=["queue orders", "function charge", "bucket photos"])
    ] = None
    at: Annotated[Duration | None, Meta(description="When it must hold; at the end of the run if not given.")] = None
    count: Annotated[
        str | None,
        Meta(
            description="A number of the summary: `messages`, `sent`, `received`, `deleted`, `visible`, `objects`, "
            "`invocations`, `errors`, `throttles`, `timeouts`, `cold_starts`, …"
        ),
    ] = None
    is_: Annotated[Annotated[int, Meta(ge=0)] | None, Meta(description="What `count` must be.")] = msgspec.field(
        default=None, name="is"
    )
    at_least: Annotated[Annotated[int, Meta(ge=0)] | None, Meta(description="The least that `count` may be.")] = None
    at_most: Annotated[Annotated[int, Meta(ge=0)] | None, Meta(description="The most that `count` may be.")] = None
    settled: Annotated[
        bool | str | None,
        Meta(description="Every message sent to the queue is deleted (`true`), or else in this dead-letter queue."),
    ] = None
    object: Annotated[str | None, Meta(description="The key of an object that must be in the bucket.")] = None
    absent: Annotated[bool, Meta(description="Whether the object must not be there, or the log line must not.")] = False
    contains: Annotated[str, Meta(description="Text that must occur in the object.")] = ""
    logs: Annotated[str | None, Meta(description="Text that must occur in a line of the function's log.")] = None
    logs_match: Annotated[str | None, Meta(description="A regular expression that a line of its log must match.")] = (
        None
    )
    returns: Annotated[
        Any, Meta(description="What every synchronous invocation by the workload must return, any JSON.")
    ] = msgspec.UNSET
    percentile: Annotated[
        Annotated[float, Meta(gt=0, le=100)] | None,
        Meta(description="How many in a hundred must take no longer than `within`."),
    ] = None
    within: Annotated[
        Duration | None,
        Meta(description="The longest time from a message's birth until it is settled, or of an invocation."),
    ] = None
    python: Annotated[
        str | None,
        Meta(
            description="`module.function` beside the scenario. It is called with the entries of the trace; what it "
            "returns as text, `False`, or a failed assertion says that the expectation is not met.",
            examples=["checks.no_double_charge"],
        ),
    ] = None


_WHATS = ("count", "settled", "object", "logs", "logs_match", "returns", "within", "python")


def expectation_of(spec: ExpectationSpec, *, key: str = "") -> Expectation:
    """Return the expectation that is given in parts.

    Raises:
        ConfigurationError: the parts do not fit together; its key begins with `key`.
    """
    given = [name for name in _WHATS if getattr(spec, name) is not (msgspec.UNSET if name == "returns" else None)]
    if len(given) != 1:
        raise ConfigurationError(f"one of {', '.join(f'`{name}`' for name in _WHATS)} is wanted", key=key)
    claim = _claim(spec, given[0], key)
    at_us = duration_us(spec.at, key=f"{key}.at") if spec.at is not None else None
    text = say(claim) if spec.at is None else f"at {spec.at}, {say(claim)}"
    return Expectation(text=text, claim=claim, at_us=at_us)


def _claim(spec: ExpectationSpec, what: str, key: str) -> Claim:
    if what == "python":
        return Python(function=spec.python or "")
    place = _place(spec.of, f"{key}.of" if spec.of is not None else key)
    match what:
        case "count":
            least, most = (spec.at_least or 0, spec.at_most) if spec.is_ is None else (spec.is_, spec.is_)
            if spec.is_ is None and spec.at_least is None and spec.at_most is None:
                raise ConfigurationError("`count` goes with `is`, `at_least` or `at_most`", key=f"{key}.count")
            return Count(of=place, noun=(spec.count or "").replace("_", " "), least=least, most=most)
        case "settled":
            allowed = spec.settled if isinstance(spec.settled, str) else None
            return Settled(queue=_named(place, "queue", key), dead_letter=allowed)
        case "object":
            bucket = _named(place, "bucket", key)
            return Object(bucket=bucket, key=spec.object or "", is_there=not spec.absent, contains=spec.contains)
        case "logs" | "logs_match":
            function, is_regex = _named(place, "function", key), what == "logs_match"
            text = (spec.logs_match if is_regex else spec.logs) or ""
            if is_regex:
                check_regex(text, key=f"{key}.logs_match")
            return Logged(function=function, text=text, is_regex=is_regex, is_there=not spec.absent)
        case "returns":
            return Answered(function=_named(place, "function", key), answer=spec.returns)
        case _:
            percentile = 100.0 if spec.percentile is None else spec.percentile
            within_us = duration_us(spec.within or 0, key=f"{key}.within")
            if place.kind not in ("queue", "function"):
                raise ConfigurationError("only a queue or a function takes its time", key=f"{key}.of")
            return Within(of=place, percentile=percentile, within_us=within_us)


def _place(of: str | None, key: str) -> Place:
    kind, _, name = (of or "").strip().rpartition(" ")
    if not kind.strip():
        raise ConfigurationError("say of what: `of: queue orders`", key=key)
    return Place(kind.strip(), name)


def _named(place: Place, kind: str, key: str) -> str:
    if place.kind != kind:
        raise ConfigurationError(f"this can only be said of a {kind}: `of: {kind} …`", key=f"{key}.of")
    return place.name


def check_regex(pattern: str, *, key: str) -> None:
    """Check a regular expression.

    Raises:
        ConfigurationError: it is none.
    """
    try:
        re.compile(pattern)
    except re.error as error:
        raise ConfigurationError(f"/{pattern}/ is not a regular expression: {error}", key=key) from None


def say(claim: Claim) -> str:
    """Say a claim in one English sentence, which `sentence.parse` would understand."""
    match claim:
        case Count(of=of, noun=noun):
            return f"{of} has {_bounds(claim)} {noun}"
        case Settled(queue=queue, dead_letter=dead_letter):
            ways = {None: "", "": " or in its dead-letter queue"}.get(dead_letter, f" or in {dead_letter}")
            return f"every message sent to {queue} is deleted{ways}"
        case Object(bucket=bucket, key=key, is_there=is_there, contains=contains):
            what = f"{'' if is_there else 'no '}object {_quoted(key)}"
            return f"bucket {bucket} has {what}" + (
                f" containing {msgspec.json.encode(contains).decode()}" if contains else ""
            )
        case Logged(function=function, text=text, is_regex=is_regex, is_there=is_there):
            shown = f"/{text}/" if is_regex else msgspec.json.encode(text).decode()
            return f"function {function} {'logs' if is_there else 'never logs'} {shown}"
        case Answered(function=function, answer=answer):
            return f"function {function} returns {msgspec.json.encode(answer).decode()}"
        case Replied(feed=feed):
            return f"every request of {feed} is answered as expected"
        case Within(of=of, percentile=percentile, within_us=within_us):
            whom = f"messages to {of.name} are settled" if of.kind == "queue" else f"invocations of {of.name} end"
            return f"{percentile:g} % of {whom} within {within_us / 1e6:g} s"
        case Python(function=function):
            return f"python {function}"
        case _:
            assert_never(claim)


def _bounds(claim: Count) -> str:
    if claim.most is None:
        return f"at least {claim.least}"
    if claim.least == claim.most:
        return str(claim.least)
    return f"between {claim.least} and {claim.most}" if claim.least else f"at most {claim.most}"


def _quoted(key: str) -> str:
    return key if re.fullmatch(r"\S+", key) else msgspec.json.encode(key).decode()
