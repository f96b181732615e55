"""Which calls need no carrying out again? Those of things that are no more, and those that later ones made void.

1. A thing has a life: from the first call about it to the one that ends it. A life that is over may be forgotten whole,
   and the things below it go with it; but not if a call that stays was made during that life and mentions the thing:
   carried out again, it would not find it.
2. A call that only overwrites a part of a thing is void if a later one overwrites the same part, unless something took
   note of the thing between them, as a version does. The first one of its kind always stays: it may have made the
   thing.
3. What is not known to be about a thing stays. So does whatever concerns a thing that the scenario makes each time: a
   call that ended it must end it again.
"""

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import Struct

from eventsim.source import About

Thing = tuple[str, ...]
"""A thing by kinds and names, from the outside in: `("sns", "topic:", "news")`."""

_WORD = re.compile(rb"[A-Za-z0-9_.-]+")
_ARN = re.compile(rb"arn:[a-z-]+:[A-Za-z0-9_.:/$*-]+")
_IN_ARNS = {
    "apigateway": "execute-api",
    "apigatewayv2": "execute-api",
    "elbv2": "elasticloadbalancing",
    "stepfunctions": "states",
}
"""What services are called in ARNs, if otherwise."""
_SECRET_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}$")


class Subject(Struct, frozen=True, omit_defaults=True):
    """What a call was about, as its line tells.

    Attributes:
        thing: empty if nobody knows.
        also: further things, which the call ended together with it.
        part: what of the thing it overwrote, "" for nothing that could be overwritten again.
    """

    thing: Thing = ()
    also: tuple[Thing, ...] = ()
    ends: bool = False
    part: str = ""


def names_in(subject: Subject) -> set[str]:
    """Return the names of what a call is about."""
    return {name for thing in (subject.thing, *subject.also) for name in thing[1:] if not name.endswith(":")}


# --- as a call is made ---------------------------------------------------------------------------------


def subject_of(about: About | None, service: str, operation: str, given: Mapping[str, Any], result: Any) -> Subject:
    """Return what a call is about, by the description of its operation."""
    if about is None:
        return Subject()
    members = {**given, **(result if isinstance(result, Mapping) else {})}
    things = _things((service,), about.thing.split(), members)
    ends = about.ends if isinstance(about.ends, bool) else bool(given.get(about.ends))
    if not things or (len(things) > 1 and not ends):
        return Subject()
    part = ""
    if about.part is not None and not ends:
        part = about.part if about.part.startswith(":") else _part(about.part, operation, given)
    return Subject(things[0], tuple(things[1:]), ends, part)


def _part(member: str, operation: str, given: Mapping[str, Any]) -> str:
    """Return what a call overwrites: one that gives fewer or other parameters overwrites something else."""
    names = sorted(name for name, value in given.items() if value is not None)
    return json.dumps([operation, names, _value(member, given) if member else None], default=str)


def _things(above: Thing, segments: Sequence[str], members: Mapping[str, Any]) -> list[Thing]:
    if not segments:
        return [above]
    kind, _, rest = segments[0].partition(":")
    names, _, default = rest.partition("=")
    for member in names.split("|"):
        value = _value(member, members)
        values = [each for each in (value if isinstance(value, list) else [value]) if each]
        found = [name for each in values if (name := _name(kind, member, str(each)))]
        if found and len(found) == len(values):
            below = [_things((*above, f"{kind}:", *name), segments[1:], members) for name in found]
            return [thing for things in below for thing in things]
    return _things((*above, f"{kind}:", default), segments[1:], members) if default else []


def _value(path: str, members: Mapping[str, Any]) -> Any:
    """Return the value at a path of members; of a list, those of its elements."""
    value: Any = members
    for member in path.split("."):
        if isinstance(value, list):
            value = [each.get(member) for each in value if isinstance(each, Mapping)]
        else:
            value = value.get(member) if isinstance(value, Mapping) else None
    return value


def _name(kind: str, member: str, text: str) -> Thing:
    """Return the name in a value, which may be an ARN; () if it is none, or one of a thing of another kind."""
    if not text.startswith("arn:"):
        return () if member.lower().endswith("arn") else (text,)
    rest = text.split(":", 5)[-1].removesuffix(":*")
    if kind == "topic":
        return tuple(rest.split(":"))
    if rest[: len(kind) + 1] not in (f"{kind}/", f"{kind}:"):
        return ()
    rest = rest[len(kind) + 1 :]
    return (_SECRET_SUFFIX.sub("", rest),) if kind == "secret" else tuple(rest.split(":"))


# --- as a diary is abridged ----------------------------------------------------------------------------


class _Call(Struct):
    service: str
    about: Subject = Subject()


_Mentions = Mapping[tuple[str, bytes], Sequence[int]]
"""By the service that mentions a word, or that of the ARN that does: the numbers of the lines."""


@dataclass(slots=True, eq=False)
class _Life:
    """The lines about a thing, or about several that end together."""

    things: list[Thing]
    lines: list[int] = field(default_factory=list)


def abridged(lines: Sequence[bytes], *, lasting: Collection[str]) -> list[bytes]:
    """Return the calls that must be carried out again.

    Args:
        lasting: names of things that are there each time, without any call.
    """
    calls = [_read(line) for line in lines]
    subjects = [call.about for call in calls]
    lives, void = _lives(subjects, frozenset(lasting))
    void |= _forgettable(lives, _mentions(lives, lines, [call.service for call in calls]), void)
    void |= _overwritten(subjects, void)
    return [line for number, line in enumerate(lines) if number not in void]


def _read(line: bytes) -> _Call:
    try:
        return msgspec.json.decode(line, type=_Call)
    except msgspec.DecodeError:
        return msgspec.convert(json.loads(line), _Call)


def _lives(subjects: Sequence[Subject], lasting: frozenset[str]) -> tuple[list[_Life], set[int]]:
    """Return the lives that are over, and the lines that ended what had ended before."""
    alive: dict[Thing, _Life] = {}
    below: defaultdict[Thing, set[Thing]] = defaultdict(set)
    ended: dict[Thing, int] = {}
    over, void = [], set[int]()
    for number, subject in enumerate(subjects):
        thing = subject.thing
        if not thing:
            continue
        if not subject.ends:
            if thing not in alive:
                alive[thing] = _Life([thing])
                for depth in range(3, len(thing) + 1):
                    below[thing[:depth]].add(thing)
            alive[thing].lines.append(number)
            ended.pop(thing, None)
            continue
        things = [thing, *subject.also]
        has_begun = any(each in alive for each in things)
        gone = [alive.pop(each) for one in things for each in sorted(below.pop(one, ())) if each in alive]
        if has_begun and lasting.isdisjoint(names_in(subject)):
            life = _Life(things, sorted({number, *(line for each in gone for line in each.lines)}))
            over.append(life)
        elif not gone and not subject.also:
            void |= {ended[thing]} if thing in ended else set()
            ended[thing] = number
    return over, void


def _mentions(lives: Sequence[_Life], lines: Sequence[bytes], services: Sequence[str]) -> _Mentions:
    """Return which lines mention things whose life is over: within their service by name, from elsewhere by ARN."""
    wanted = {word for life in lives for word in _words_of(life)}
    mentions: defaultdict[tuple[str, bytes], list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        for word in wanted.intersection(_WORD.findall(line)):
            mentions[services[number], word].append(number)
        for arn in _ARN.findall(line):
            for word in wanted.intersection(_WORD.findall(arn)):
                mentions[f"arn:{arn.split(b':')[2].decode()}", word].append(number)
    return mentions


def _forgettable(lives: Sequence[_Life], mentions: _Mentions, void: set[int]) -> set[int]:
    """Return the lines of those lives that nothing mentions which stays."""
    gone = void.union(*(life.lines for life in lives))
    left = lives
    while True:
        staying = [life for life in left if _is_mentioned(life, mentions, gone)]
        if not staying:
            return gone
        gone = gone.difference(*(life.lines for life in staying))
        left = [life for life in left if life not in staying]


def _words_of(life: _Life) -> Iterable[bytes]:
    """Return by which word each thing of a life is mentioned, b"" if nobody can tell."""
    for thing in life.things:
        words = _WORD.findall(json.dumps(thing[-1]).encode())
        yield words[-1] if words else b""


def _is_mentioned(life: _Life, mentions: _Mentions, gone: set[int]) -> bool:
    service, first, last = life.things[0][0], life.lines[0], life.lines[-1]
    return any(
        not word or any(first < number < last and number not in gone for number in mentions.get((of, word), ()))
        for word in _words_of(life)
        for of in (service, f"arn:{_IN_ARNS.get(service, service)}")
    )


def _overwritten(subjects: Sequence[Subject], void: set[int]) -> set[int]:
    """Return the lines whose effect a later one overwrites."""
    found: set[int] = set()
    known: defaultdict[Thing, set[str]] = defaultdict(set)
    latest: defaultdict[Thing, dict[str, int]] = defaultdict(dict)
    for number, subject in enumerate(subjects):
        thing = subject.thing
        if number in void or not thing:
            continue
        if subject.ends:
            for each in (thing, *subject.also):
                known.pop(each, None)
        if not subject.part:  # it takes note of the thing, and of what that is a part of
            for depth in range(3, len(thing) + 1):
                latest.pop(thing[:depth], None)
        elif subject.part in known[thing]:
            before = latest[thing].get(subject.part)
            found |= set() if before is None else {before}
            latest[thing][subject.part] = number
        known[thing].add(subject.part)
    return found
