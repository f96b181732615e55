"""AppConfig Data as clients know it: a session, and the configuration whenever there is another one."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from msgspec import structs

from eventsim import ApiError, Operation, Request, Result, World
from eventsim_sources.configuration.api.reading import Part, content_of, has_reached, named
from eventsim_sources.configuration.deployment import Deployment
from eventsim_sources.configuration.session import Token, read_token, refused
from eventsim_sources.configuration.store import Configurations, Regions
from eventsim_sources.without_effect import check_heeded


class Sessions:
    """Which call is next in each session; all else the tokens know."""

    def __init__(self, world: World) -> None:
        self.regions = world.share(Regions)
        self.new_id = world.chance.uuids("appconfig session")
        self.next: dict[str, int] = {}


def start_configuration_session(sessions: Sessions, request: Request) -> Result:
    """Begin a session on one configuration."""
    given: Any = request.parameters
    configurations = sessions.regions.of(request.region)
    application = _named(configurations.applications.values(), "Application", request)
    environment = _named(application.environments.values(), "Environment", request)
    profile = _named(application.profiles.values(), "ConfigurationProfile", request)
    token = Token(
        session=sessions.new_id(),
        application=application.identifier,
        environment=environment.identifier,
        profile=profile.identifier,
        issued_epoch_us=configurations.world.clock.epoch_us(),
        interval_s=int(given.get("RequiredMinimumPollIntervalInSeconds") or 0),
    )
    return {"InitialConfigurationToken": token.text()}


def _named(known: Iterable[Part], what: str, request: Request) -> Part:
    parameter = f"{what}Identifier"
    identifier = str(request.parameters[parameter])
    found = named(known, identifier)
    if found is None:
        raise _not_found(what, {parameter: identifier})
    return found


def get_latest_configuration(sessions: Sessions, request: Request) -> Result:
    """Return the configuration, or nothing if the client has it already."""
    configurations = sessions.regions.of(request.region)
    clock = configurations.world.clock
    token = read_token(str(request.parameters["ConfigurationToken"]))
    token.check(clock.epoch_us())
    if sessions.next.get(token.session, token.number) != token.number:
        raise refused("Expired")  # each is good for one call; which problem that is, is unconfirmed
    found = _deployed(configurations, token)
    sessions.next[token.session] = token.number + 1
    seen = token.seen if found is None else found.number
    following = structs.replace(token, issued_epoch_us=clock.epoch_us(), number=token.number + 1, seen=seen)
    answer: dict[str, Any] = {
        "NextPollConfigurationToken": following.text(),
        "NextPollIntervalInSeconds": token.poll_interval_s,
        "Configuration": b"",
    }
    if found is None or seen == token.seen:
        return answer
    found.profile.read_count += 1
    label = {"VersionLabel": found.version.label} if found.version.label else {}
    return {**answer, "Configuration": content_of(found), "ContentType": found.version.content_type, **label}


def _deployed(configurations: Configurations, token: Token) -> Deployment | None:
    """Return the deployment whose configuration a session has now, None if none has reached it yet.

    Raises:
        ApiError: nothing is deployed, or what it asks for is there no more.
    """
    application = configurations.applications.get(token.application)
    environment = None if application is None else application.environments.get(token.environment)
    profile = None if application is None else application.profiles.get(token.profile)
    if environment is None or profile is None:
        raise _not_found("Configuration", {})
    now_us = configurations.world.clock.now_us
    standing = environment.standing(profile, now_us)
    if not standing:
        raise _not_found("Deployment", {})
    return has_reached(configurations, environment, standing, token.session)


def _not_found(what: str, referenced_by: Mapping[str, str]) -> ApiError:
    """Return the refusal of what is not there (words unconfirmed)."""
    fields = {"ResourceType": what, "ReferencedBy": dict(referenced_by)}
    return ApiError("ResourceNotFoundException", f"{what} not found", status=404, fields=fields)


_OPERATIONS = {
    "GetLatestConfiguration": (get_latest_configuration, "ConfigurationToken"),
    "StartConfigurationSession": (
        start_configuration_session,
        "ApplicationIdentifier EnvironmentIdentifier ConfigurationProfileIdentifier "
        "RequiredMinimumPollIntervalInSeconds",
    ),
}


def operations(world: World) -> Mapping[str, Operation]:
    """Return AppConfig Data's operations for one simulation; sessions live in their tokens."""
    sessions = world.share(Sessions)
    return {name: partial(_carry_out, world, sessions, *entry) for name, entry in _OPERATIONS.items()}


def _carry_out(world: World, sessions: Sessions, operation: Any, takes: str, request: Request) -> Result:
    check_heeded(world, request, takes, inert={})
    result: Result = operation(sessions, request)
    return result
