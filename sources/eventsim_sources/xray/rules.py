"""Which requests are sampled? Rules say so, in the order of their priority; the last one takes all (documented).

A rule takes a number of requests in each second, its reservoir, and a share of those beyond it. Services of AWS's that
follow rules ask `Rules.samples`; SDKs fetch the rules and a part of their reservoirs, and decide for themselves.
"""

import fnmatch
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from eventsim import ApiError, World

DEFAULT = "Default"
RULES_MAX = 25
"""Rules of an account's beside the default one (documented)."""
TARGET_INTERVAL_S = 10
"""How often SDKs ask for their part of reservoirs (documented)."""
_MATCHERS = ("ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath", "ResourceARN")
_BOUNDS = {"FixedRate": (0, 1), "ReservoirSize": (0, math.inf), "Priority": (1, 9_999)}
"""Least and greatest values; the model has them for new rules, those for changes are unconfirmed."""
_CHANGED_BY_DEFAULT = {"FixedRate", "ReservoirSize", "RuleName", "RuleARN"}
"""What may be changed of the default rule (documented)."""


@dataclass
class Rule:
    """One rule.

    Attributes:
        settings: as CreateSamplingRule has them.
        created_us, changed_us: when that was, in microseconds since the run began.
        used: the last second in which its reservoir gave something, and how much.
        clients: who has asked for a part of it, and when last.
    """

    settings: dict[str, Any]
    created_us: int
    changed_us: int
    used: tuple[int, int] = (0, 0)
    tags: dict[str, str] = field(default_factory=dict)
    clients: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.settings["RuleName"])

    @property
    def arn(self) -> str:
        """Its ARN."""
        return str(self.settings["RuleARN"])

    def matches(self, request: Mapping[str, str]) -> bool:
        """Tell whether it is about a request, which tells what it can under the names of the rule's settings."""
        return all(_matches(self.settings[member], request.get(member, "")) for member in _MATCHERS)

    def take(self, second: int, luck: float) -> bool:
        """Decide about one of its requests, in a second of the clock."""
        used_in, count = self.used
        count = count if used_in == second else 0
        if count < self.settings["ReservoirSize"]:
            self.used = second, count + 1
            return True
        return luck < float(self.settings["FixedRate"])


class Rules:
    """The sampling rules of a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._luck = world.chance.stream("sampling rules")
        everything = dict.fromkeys(_MATCHERS, "*")
        default = {
            "FixedRate": 0.05,
            "ReservoirSize": 1,
            **everything,
            "Priority": 10_000,
            "Version": 1,
            "Attributes": {},
        }
        started_us = -world.clock.start_epoch_us  # AWS's default rule is as old as the epoch
        self._rules = {DEFAULT: Rule(self._named(DEFAULT, default), started_us, started_us)}
        self.changed_us = 0
        """When a rule was last made, changed or deleted."""

    def __iter__(self) -> Iterator[Rule]:
        """Yield the rules in the order in which they are asked; those of one priority by name."""
        return iter(sorted(self._rules.values(), key=lambda rule: (rule.settings["Priority"], rule.name)))

    def get(self, name: str) -> Rule | None:
        """Return a rule, None if there is none."""
        return self._rules.get(name)

    def samples(self, **request: str) -> bool:
        """Decide whether a request that comes now is sampled; it is told of by the names of a rule's settings."""
        rule = next(each for each in self if each.matches(request))
        return rule.take(self._world.clock.epoch_us() // 1_000_000, self._luck.random())

    def create(self, settings: Mapping[str, Any], tags: Mapping[str, str]) -> Rule:
        """Make a rule.

        Raises:
            ApiError: it has no name, or one that is taken, or there are too many.
        """
        name = str(settings.get("RuleName") or "")
        if not name or settings.get("RuleARN"):
            raise ApiError("InvalidRequestException", "RuleName must be provided, and no RuleARN")
        if name in self._rules:
            raise ApiError("InvalidRequestException", f"Rule {name} already exists")
        if len(self._rules) > RULES_MAX:
            raise ApiError("RuleLimitExceededException", f"There are {RULES_MAX} sampling rules already")
        if settings["Version"] != 1:
            raise ApiError("InvalidRequestException", "Version must be 1")
        now_us = self.changed_us = self._world.clock.now_us
        made = self._rules[name] = Rule(self._named(name, {"Attributes": {}, **settings}), now_us, now_us)
        made.tags.update(tags)
        return made

    def update(self, changes: Mapping[str, Any]) -> Rule:
        """Change a rule.

        Raises:
            ApiError: there is none, or it may not be changed so.
        """
        rule = self._meant(changes)
        if rule.name == DEFAULT and not changes.keys() <= _CHANGED_BY_DEFAULT:
            raise ApiError(
                "InvalidRequestException", "Only FixedRate and ReservoirSize of the Default rule can be changed"
            )
        for name, (least, most) in _BOUNDS.items():
            if changes.get(name) is not None and not least <= changes[name] <= most:
                raise ApiError("InvalidRequestException", f"Invalid value for {name}: {changes[name]}")
        rule.settings.update({name: value for name, value in changes.items() if name not in ("RuleName", "RuleARN")})
        rule.changed_us = self.changed_us = self._world.clock.now_us
        return rule

    def delete(self, given: Mapping[str, Any]) -> Rule:
        """Delete a rule.

        Raises:
            ApiError: there is none, or it is the default one.
        """
        rule = self._meant(given)
        if rule.name == DEFAULT:
            raise ApiError("InvalidRequestException", "The Default rule cannot be deleted")
        self.changed_us = self._world.clock.now_us
        return self._rules.pop(rule.name)

    def _meant(self, given: Mapping[str, Any]) -> Rule:
        """Return the rule that is named, by name or by ARN and not by both (documented)."""
        name, arn = given.get("RuleName"), given.get("RuleARN")
        if bool(name) is bool(arn):
            raise ApiError("InvalidRequestException", "Specify a rule by either name or ARN, but not both")
        found = next((each for each in self if name == each.name or arn == each.arn), None)
        if found is None:
            raise ApiError("InvalidRequestException", "Sampling rule does not exist")
        return found

    def _named(self, name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        arn = f"arn:aws:xray:{self._world.region}:{self._world.account_id}:sampling-rule/{name}"
        return {"RuleName": name, "RuleARN": arn, **settings}


def part_of_reservoir(rule: Rule, client: str, now_us: int) -> int:
    """Return how many requests a second a client may take: those who ask share (how AWS shares is unconfirmed)."""
    rule.clients[client] = now_us
    there = [each for each, at_us in rule.clients.items() if now_us - at_us <= 2 * TARGET_INTERVAL_S * 1_000_000]
    rule.clients = {each: rule.clients[each] for each in there}
    size = int(rule.settings["ReservoirSize"])
    return size // len(there) + (there.index(client) < size % len(there))


def _matches(pattern: str, value: str) -> bool:
    """Match a text against a pattern with `*` and `?`, which do not care for case (documented)."""
    return pattern == "*" or _compiled(pattern).fullmatch(value) is not None


@lru_cache
def _compiled(pattern: str) -> re.Pattern[str]:
    literal = pattern.replace("[", "[[]")
    return re.compile(fnmatch.translate(literal), re.IGNORECASE)
