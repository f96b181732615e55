"""What does AppConfig know? Applications, each with environments and profiles; deployments are of environments.

All are found by their ids; who reads configurations may give names as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from eventsim import ApiError, World
from eventsim_sources.by_region import ByRegion
from eventsim_sources.configuration.deployment import UNDER_WAY, UNDONE, Deployment
from eventsim_sources.configuration.strategy import PREDEFINED, Strategy

FEATURE_FLAGS = "AWS.AppConfig.FeatureFlags"
FREEFORM = "AWS.Freeform"
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_ID_CHARACTERS = 7


@dataclass(slots=True)
class HostedVersion:
    """One version of a configuration; it never changes."""

    number: int
    content: bytes
    content_type: str
    description: str = ""
    label: str = ""


@dataclass(slots=True)
class Profile:
    """A configuration profile with its versions.

    Attributes:
        told: what is kept and told as it came: `RetrievalRoleArn`, `KmsKeyIdentifier`.
        published: the highest number of a version so far; numbers are not used twice.
        read_count: how often a content was handed out.
    """

    section: ClassVar[str] = "configurationprofile"

    identifier: str
    name: str
    type: str
    description: str = ""
    validators: list[dict[str, str]] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)
    versions: dict[int, HostedVersion] = field(default_factory=dict)
    published: int = 0
    read_count: int = 0

    def version(self, text: str) -> HostedVersion:
        """Return the version with a number or a label.

        Raises:
            ApiError: there is none.
        """
        for version in self.versions.values():
            if text in (str(version.number), version.label):
                return version
        raise not_found("HostedConfigurationVersion", text)


@dataclass(slots=True)
class Environment:
    """An environment with its deployments, the oldest first."""

    section: ClassVar[str] = "environment"

    identifier: str
    name: str
    description: str = ""
    monitors: list[dict[str, str]] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)

    def deployment(self, number: int) -> Deployment:
        """Return a deployment by its number.

        Raises:
            ApiError: there is none.
        """
        if not 0 < number <= len(self.deployments):
            raise not_found("Deployment", str(number))
        return self.deployments[number - 1]

    def standing(self, profile: Profile, now_us: int) -> list[Deployment]:
        """Return the deployments of a profile that nobody has undone, the oldest first."""
        return [each for each in self.deployments if each.profile is profile and each.state(now_us) not in UNDONE]

    def under_way(self, now_us: int) -> Deployment | None:
        """Return the deployment that has not come to its end, None if there is none: no two run at once."""
        last = self.deployments[-1] if self.deployments else None
        return last if last is not None and last.state(now_us) in UNDER_WAY else None


@dataclass(slots=True)
class Application:
    """An application, which owns the others."""

    identifier: str
    name: str
    description: str = ""
    environments: dict[str, Environment] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Its name within AppConfig, as ARNs have it."""
        return f"application/{self.identifier}"

    def path_of(self, part: Environment | Profile) -> str:
        """Return the path of an environment or a profile of it."""
        return f"{self.path}/{part.section}/{part.identifier}"

    def environment(self, identifier: str) -> Environment:
        """Return an environment by its id.

        Raises:
            ApiError: there is none.
        """
        return _found(self.environments, identifier, "Environment")

    def profile(self, identifier: str) -> Profile:
        """Return a profile by its id.

        Raises:
            ApiError: there is none.
        """
        return _found(self.profiles, identifier, "ConfigurationProfile")


@dataclass(slots=True)
class Configuration:
    """A configuration that a scenario has deployed: what a client names by application, environment and profile."""

    kind: ClassVar[str] = "configurations"

    name: str
    arn: str
    profile: Profile
    environment: Environment

    def summary(self) -> Mapping[str, int]:
        """Return its numbers for the summary."""
        return {
            "versions": len(self.profile.versions),
            "deployments": sum(each.profile is self.profile for each in self.environment.deployments),
            "reads": self.profile.read_count,
        }


class Regions(ByRegion["Configurations"]):
    """All of AppConfig in one world, region by region."""

    def __init__(self, world: World) -> None:
        super().__init__(world, Configurations)


class Configurations:
    """AppConfig in one region.

    Attributes:
        strategies: those of the account's own, by id.
        tags: of everything there is, by ARN, none as well: what has no entry is not there.
    """

    def __init__(self, world: World, region: str) -> None:
        self.world = world
        self.region = region
        self.applications: dict[str, Application] = {}
        self.strategies: dict[str, Strategy] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self._luck = world.chance.stream("appconfig ids", region)

    def new_id(self) -> str:
        """Return the id of something new."""
        return "".join(self._luck.choices(_LETTERS, k=_ID_CHARACTERS))

    def arn(self, path: str) -> str:
        """Return the ARN of something, by its path: `application/339ohji/environment/54j1r29`."""
        return f"arn:aws:appconfig:{self.region}:{self.world.account_id}:{path}"

    def keep_tags(self, path: str, tags: Mapping[str, str] | None = None) -> None:
        """Keep the tags of something new."""
        self.tags[self.arn(path)] = dict(tags or {})

    def forget_tags(self, path: str) -> None:
        """Forget the tags of something that goes, and of what is in it."""
        arn = self.arn(path)
        for each in [each for each in self.tags if each == arn or each.startswith(f"{arn}/")]:
            del self.tags[each]

    def application(self, identifier: str) -> Application:
        """Return an application by its id.

        Raises:
            ApiError: there is none.
        """
        return _found(self.applications, identifier, "Application")

    def strategy(self, identifier: str) -> Strategy:
        """Return a strategy, one's own or one that every account has.

        Raises:
            ApiError: there is none.
        """
        return PREDEFINED.get(identifier) or _found(self.strategies, identifier, "DeploymentStrategy")


Known = TypeVar("Known")


def _found(known: Mapping[str, Known], identifier: str, what: str) -> Known:
    if identifier not in known:
        raise not_found(what, identifier)
    return known[identifier]


def not_found(what: str, identifier: str) -> ApiError:
    """Return the refusal of an id that nothing has (words unconfirmed)."""
    message = f"{what} with id {identifier} could not be found."
    return ApiError("ResourceNotFoundException", message, status=404, fields={"ResourceName": what})


def bad_request(message: str) -> ApiError:
    """Return the refusal of what makes no sense (words unconfirmed)."""
    return ApiError("BadRequestException", message)


def conflict(message: str) -> ApiError:
    """Return the refusal of what does not go together with what is there (words unconfirmed)."""
    return ApiError("ConflictException", message, status=409)
