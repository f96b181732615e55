"""What does a client read? What is deployed of a profile, once it has reached the client."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from eventsim import Request, Result
from eventsim_sources.configuration import flags
from eventsim_sources.configuration.deployment import Deployment, reached
from eventsim_sources.configuration.store import (
    FEATURE_FLAGS,
    Application,
    Configurations,
    Environment,
    Profile,
    not_found,
)

_UNCHANGED = {"ResponseMetadata": {"HTTPStatusCode": 204}}

Part = TypeVar("Part", Application, Environment, Profile)


def named(known: Iterable[Part], text: str) -> Part | None:
    """Return what has this id or this name, None if nothing has."""
    return next((each for each in known if text in (each.identifier, each.name)), None)


def has_reached(
    configurations: Configurations, environment: Environment, standing: Sequence[Deployment], client: str
) -> Deployment | None:
    """Return which deployment a client has got, None for none yet: which share it is in follows from the seed.

    Args:
        standing: the deployments of a profile that are not undone, the oldest first.
    """
    chance = configurations.world.chance

    def draw(deployment: Deployment) -> float:
        place = environment.identifier, deployment.number, client
        return chance.stream("appconfig target", *place).random() * 100

    return reached(standing, draw, configurations.world.clock.now_us)


def content_of(deployment: Deployment) -> bytes:
    """Return what a deployment gives to clients."""
    content = deployment.version.content
    return flags.handed_out(content) if deployment.profile.type == FEATURE_FLAGS else content


def get_configuration(configurations: Configurations, request: Request) -> Result:
    """Return the configuration that a client names, or nothing if it has that version.

    AWS advises against it, and what was written before there were sessions asks it.
    """
    given = {name: str(value) for name, value in request.parameters.items() if value is not None}
    application = _found(named(configurations.applications.values(), given["Application"]), "Application", given)
    environment = _found(named(application.environments.values(), given["Environment"]), "Environment", given)
    profile = _found(named(application.profiles.values(), given["Configuration"]), "Configuration", given)
    standing = environment.standing(profile, configurations.world.clock.now_us)
    if not standing:
        raise not_found("Deployment", given["Configuration"])
    found = has_reached(configurations, environment, standing, given["ClientId"])
    if found is None:
        return {**_UNCHANGED, "Content": b""}
    version = str(found.version.number)
    if version == given.get("ClientConfigurationVersion"):
        return {**_UNCHANGED, "Content": b"", "ConfigurationVersion": version}
    profile.read_count += 1
    return {"Content": content_of(found), "ConfigurationVersion": version, "ContentType": found.version.content_type}


def _found(part: Part | None, what: str, given: dict[str, str]) -> Part:
    if part is None:
        raise not_found(what, given[what])
    return part
