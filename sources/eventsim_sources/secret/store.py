"""What is a secret, and which of its versions is meant?

A version has stages. `AWSCURRENT` is on exactly one version; the one that had it before gets `AWSPREVIOUS`. A version
without stages is deprecated: it is listed only when asked for, and cannot be read by a stage.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from msgspec import Struct

from eventsim import ApiError, Clock, World
from eventsim_sources.by_region import ByRegion
from eventsim_sources.schedule.expression import Cron

CURRENT = "AWSCURRENT"
PREVIOUS = "AWSPREVIOUS"
_SUFFIX_CHARACTERS = 6
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_US_PER_DAY = 86_400_000_000
_US_PER_HOUR = 3_600_000_000
RATE = re.compile(r"rate\((\d+) (hours?|days?)\)")
"""How often a secret is rotated by a schedule expression, unless the calendar says it."""


@dataclass(slots=True)
class Version:
    """One version: text or bytes; one that a rotation has begun gets its value later.

    Attributes:
        accessed_us: when its value was given out last, None if it never was.
    """

    identifier: str
    text: str | None
    data: bytes | None
    created_us: int
    stages: list[str] = field(default_factory=list)
    accessed_us: int | None = None

    @property
    def has_value(self) -> bool:
        """Whether there is something to read."""
        return self.text is not None or self.data is not None


class Rotation(Struct, frozen=True):
    """Who rotates a secret, and how often.

    Attributes:
        cron: when the calendar says it, None if an interval does, or nobody.
        is_on: whether it has not been cancelled.
    """

    function_arn: str
    rules: Mapping[str, Any]
    cron: Cron | None = None
    is_on: bool = True

    def next_us(self, clock: Clock) -> int | None:
        """Return when the secret is to be rotated again, None if that is asked for by hand."""
        if self.cron is not None:
            following = self.cron.next_after(clock.date())
            return None if following is None else (following - clock.start_at) // timedelta(microseconds=1)
        interval_us = self._interval_us
        return None if interval_us is None else clock.now_us + interval_us

    @property
    def _interval_us(self) -> int | None:
        days = self.rules.get("AutomaticallyAfterDays")
        if days is not None:
            return int(days) * 24 * _US_PER_HOUR
        rate = RATE.fullmatch(str(self.rules.get("ScheduleExpression") or ""))
        return None if rate is None else int(rate[1]) * (24 if rate[2].startswith("day") else 1) * _US_PER_HOUR


@dataclass(slots=True)
class Secret:
    """A secret with its versions.

    Attributes:
        read_count: how often a value of it was given out.
        deletes_us: when it is gone for good, None unless it is marked for deletion.
        policy: its resource policy, which is only given back.
        rotation: who rotates it, None if nobody ever did.
        rotated_us: when that was done last.
        rotates_us: when it is done next by itself.
    """

    kind: ClassVar[str] = "secrets"

    name: str
    arn: str
    created_us: int
    read_count: int = 0
    description: str = ""
    key: str = ""
    changed_us: int = 0
    accessed_us: int | None = None
    deleted_us: int | None = None
    deletes_us: int | None = None
    policy: str = ""
    rotation: Rotation | None = None
    rotated_us: int | None = None
    rotates_us: int | None = None
    tags: dict[str, str] = field(default_factory=dict)
    versions: dict[str, Version] = field(default_factory=dict)

    def summary(self) -> Mapping[str, int]:
        """Return its numbers for the summary."""
        return {"versions": len(self.versions), "reads": self.read_count}

    def check_there(self) -> None:
        """See that it is not marked for deletion.

        Raises:
            ApiError: it is.
        """
        if self.deletes_us is not None:
            message = "You can't perform this operation on the secret because it was marked for deletion."
            raise ApiError("InvalidRequestException", message)

    def staged(self, stage: str) -> Version | None:
        """Return the version that has a stage."""
        return next((each for each in self.versions.values() if stage in each.stages), None)

    def put(self, version: Version, stages: list[str]) -> None:
        """Add a version and move stages to it."""
        self.versions[version.identifier] = version
        for stage in stages:
            self.move(stage, version)

    def move(self, stage: str, to: Version | None) -> None:
        """Move a stage to a version, or take it off; the version that was current becomes the previous one."""
        before = self.staged(stage)
        if before is to:
            return
        if before is not None:
            before.stages.remove(stage)
            if stage == CURRENT:
                self.move(PREVIOUS, before)
        if to is not None:
            to.stages.append(stage)


class Regions(ByRegion["Secrets"]):
    """All secrets of one world, region by region."""

    def __init__(self, world: World) -> None:
        super().__init__(world, Secrets)


class Secrets:
    """All secrets of one region."""

    def __init__(self, world: World, region: str) -> None:
        self.world = world
        self.region = region
        self._by_name: dict[str, Secret] = {}
        self._luck = world.chance.stream("secret arn", region)
        self.version_id = world.chance.uuids("secret version", region)
        """Gives the id of a version for which the client has none."""
        self.password_luck = world.chance.stream("secret password", region)

    def all(self) -> list[Secret]:
        """Return every secret that is not gone for good, by name."""
        self._forget()
        return [self._by_name[name] for name in sorted(self._by_name)]

    def find(self, identifier: str) -> Secret:
        """Return the secret that a name, an ARN or an ARN without its ending means.

        Raises:
            ApiError: there is none.
        """
        self._forget()
        secret = self._by_name.get(identifier)
        if secret is None and identifier.startswith("arn:"):
            secret = next(
                (
                    each
                    for each in self._by_name.values()
                    if identifier in (each.arn, each.arn[: -_SUFFIX_CHARACTERS - 1])
                ),
                None,
            )
        if secret is None:
            raise ApiError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
        return secret

    def usable(self, identifier: str) -> Secret:
        """Return a secret that is not marked for deletion.

        Raises:
            ApiError: there is none, or it is marked.
        """
        secret = self.find(identifier)
        secret.check_there()
        return secret

    def add(self, name: str) -> Secret:
        """Make a secret without versions.

        Raises:
            ApiError: there is one of this name.
        """
        self._forget()
        there = self._by_name.get(name)
        if there is not None and there.deletes_us is not None:
            raise ApiError(
                "InvalidRequestException",
                "You can't create this secret because a secret with this name is already scheduled for deletion.",
            )
        if there is not None:
            message = f"The operation failed because the secret {name} already exists."
            raise ApiError("ResourceExistsException", message)
        world = self.world
        suffix = "".join(self._luck.choices(_LETTERS, k=_SUFFIX_CHARACTERS))
        arn = f"arn:aws:secretsmanager:{self.region}:{world.account_id}:secret:{name}-{suffix}"
        secret = self._by_name[name] = Secret(name, arn, world.clock.now_us, changed_us=world.clock.now_us)
        if self.region == world.region:
            world.add(secret)
        return secret

    def remove(self, secret: Secret) -> None:
        """Forget a secret at once."""
        self._by_name.pop(secret.name, None)
        if self.region == self.world.region:
            self.world.remove(secret.arn)

    def schedule_removal(self, secret: Secret, days: int) -> None:
        """Mark a secret for deletion."""
        secret.deleted_us = self.world.clock.now_us
        secret.deletes_us = secret.deleted_us + days * _US_PER_DAY

    def _forget(self) -> None:
        now_us = self.world.clock.now_us
        gone = [each for each in self._by_name.values() if each.deletes_us is not None and each.deletes_us <= now_us]
        for secret in gone:
            self.remove(secret)
