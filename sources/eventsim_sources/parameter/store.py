"""What is a parameter, and which of its versions is meant by `name`, `name:3` or `name:label`?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from eventsim import ApiError, World
from eventsim_sources.by_region import ByRegion
from eventsim_sources.parameter.policies import Policy, expires_us

VERSIONS_MAX = 100
"""How many versions are kept (documented)."""
PUBLIC = "/aws/service/"
"""What stands below this path AWS itself keeps, for everybody; here, a scenario does."""


@dataclass(slots=True)
class Version:
    """One version of a parameter."""

    number: int
    value: str
    type: str
    modified_us: int
    description: str = ""
    key: str = ""
    allowed_pattern: str = ""
    tier: str = "Standard"
    data_type: str = "text"
    policies: tuple[Policy, ...] = ()
    labels: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Parameter:
    """A parameter with its versions, oldest first.

    Attributes:
        read_count: how often a value of it was given out.
    """

    kind: ClassVar[str] = "parameters"

    name: str
    arn: str
    versions: list[Version] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    read_count: int = 0

    def summary(self) -> Mapping[str, int]:
        """Return its numbers for the summary."""
        return {"versions": self.latest.number, "reads": self.read_count}

    @property
    def latest(self) -> Version:
        """The newest version."""
        return self.versions[-1]

    def selected(self, selector: str) -> Version:
        """Return the version with a number or a label.

        Raises:
            ApiError: there is none.
        """
        for version in self.versions:
            if str(version.number) == selector or selector in version.labels:
                return version
        raise ApiError(
            "ParameterVersionNotFound",
            f"Systems Manager could not find version {selector} of {self.name}. Verify the version and try again.",
        )


class Regions(ByRegion["Parameters"]):
    """All parameters of one world, region by region."""

    def __init__(self, world: World) -> None:
        super().__init__(world, Parameters)


class Parameters:
    """All parameters of one region."""

    def __init__(self, world: World, region: str) -> None:
        self.world = world
        self.region = region
        self._by_name: dict[str, Parameter] = {}

    def all(self) -> list[Parameter]:
        """Return every parameter that has not expired, by name."""
        self._forget()
        return [self._by_name[name] for name in sorted(self._by_name)]

    def find(self, name: str) -> Parameter | None:
        """Return the parameter that a name or an ARN means, None if there is none."""
        self._forget()
        if name.startswith("arn:"):
            return next((each for each in self._by_name.values() if each.arn == name), None)
        return self._by_name.get(name)

    def get(self, name: str) -> Parameter:
        """Return a parameter.

        Raises:
            ApiError: there is none.
        """
        found = self.find(name)
        if found is None:
            raise ApiError("ParameterNotFound", "")  # AWS says no more than that
        return found

    def resolve(self, text: str) -> tuple[Parameter, Version, str]:
        """Return parameter, version and selector that `name`, `name:3` or `name:label` means.

        Raises:
            ApiError: there is none.
        """
        if text.startswith("arn:"):
            head, _, rest = text.partition(":parameter")
            path, _, selector = rest.partition(":")
            name = f"{head}:parameter{path}"
        else:
            name, _, selector = text.partition(":")
        parameter = self.get(name)
        return parameter, parameter.selected(selector) if selector else parameter.latest, selector

    def add(self, name: str) -> Parameter:
        """Return the parameter of this name, a new one if there is none."""
        found = self._by_name.get(name)
        if found is None:
            path = name if name.startswith("/") else f"/{name}"
            account_id = "" if name.startswith(PUBLIC) else self.world.account_id
            arn = f"arn:aws:ssm:{self.region}:{account_id}:parameter{path}"
            found = self._by_name[name] = Parameter(name, arn)
        return found

    def remove(self, parameter: Parameter) -> None:
        """Forget a parameter."""
        self._by_name.pop(parameter.name, None)

    def _forget(self) -> None:
        now_us = self.world.clock.now_us
        ends = {name: expires_us(each.latest.policies) for name, each in self._by_name.items() if each.versions}
        for name, end_us in ends.items():
            if end_us is not None and end_us <= now_us:
                del self._by_name[name]
