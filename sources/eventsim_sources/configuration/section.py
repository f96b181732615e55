"""What does a scenario say of a configuration? The settings under `configurations:`, and that it is deployed."""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from eventsim import ApiError, ConfigurationError, World
from eventsim_sources.configuration.deployment import Deployment
from eventsim_sources.configuration.store import (
    FEATURE_FLAGS,
    FREEFORM,
    Application,
    Configuration,
    Configurations,
    Environment,
    HostedVersion,
    Profile,
    Regions,
)
from eventsim_sources.configuration.strategy import PREDEFINED
from eventsim_sources.configuration.validation import check_content
from eventsim_sources.json_text import json_text

_AT_ONCE = PREDEFINED["AppConfig.AllAtOnce"]
_PARTS = 3
_TYPES = {"freeform": FREEFORM, "feature flags": FEATURE_FLAGS}


class ConfigurationSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A configuration of AppConfig, named `application/environment/profile`, and deployed before the run begins."""

    precedes_templates: ClassVar[bool] = True

    content: Annotated[
        Any,
        Meta(
            description="What it says: text, or data that becomes JSON; of flags, `version`, `flags` and `values`.",
            examples=[{"greeting": "hello"}],
        ),
    ]
    type: Annotated[
        Literal["freeform", "feature flags"], Meta(description="`Type` of the profile: `freeform`, `feature flags`.")
    ] = "freeform"
    content_type: Annotated[
        str | None, Meta(description="`ContentType`: `text/plain` for text, else `application/json`, if not given.")
    ] = None


class ConfigurationKind:
    """The section `configurations:` of a scenario."""

    section: ClassVar[str] = Configuration.kind
    spec: ClassVar[type[ConfigurationSpec]] = ConfigurationSpec

    def create(self, world: World, name: str, spec: ConfigurationSpec) -> Configuration:
        """Make a configuration in the region of the simulation, with the application and environment that it names.

        Raises:
            ConfigurationError: the name has not three parts, or AWS would refuse the content.
        """
        parts = name.split("/")
        if len(parts) != _PARTS or not all(parts):
            message = f"{name!r} names no configuration; write `application/environment/profile`"
            raise ConfigurationError(message, key="")
        configurations = world.share(Regions).of(world.region)
        application, environment = _places(configurations, parts[0], parts[1])
        profile = Profile(configurations.new_id(), parts[2], _TYPES[spec.type])
        is_text = isinstance(spec.content, str)
        content = spec.content if is_text else json_text(spec.content)
        try:
            check_content(profile, content.encode())
        except ApiError as error:
            raise ConfigurationError(error.message, key="content") from error
        kind = spec.content_type or ("text/plain" if is_text else "application/json")
        profile.versions[1] = HostedVersion(1, content.encode(), kind)
        profile.published = 1
        application.profiles[profile.identifier] = profile
        before_us = world.clock.now_us - _AT_ONCE.bake_us
        number = len(environment.deployments) + 1
        environment.deployments.append(Deployment(number, profile, profile.versions[1], _AT_ONCE, before_us))
        path = application.path_of(profile)
        configurations.keep_tags(path)
        configurations.keep_tags(f"{application.path_of(environment)}/deployment/{number}")
        return Configuration(name, configurations.arn(path), profile, environment)

    def connect(self, world: World, source: Configuration, spec: ConfigurationSpec) -> None:
        """Do nothing: a configuration is tied to nobody."""


def _places(configurations: Configurations, application: str, environment: str) -> tuple[Application, Environment]:
    """Return the application and the environment with these names, new ones where there are none."""
    owner = next((each for each in configurations.applications.values() if each.name == application), None)
    if owner is None:
        owner = Application(configurations.new_id(), application)
        configurations.applications[owner.identifier] = owner
        configurations.keep_tags(owner.path)
    place = next((each for each in owner.environments.values() if each.name == environment), None)
    if place is None:
        place = Environment(configurations.new_id(), environment)
        owner.environments[place.identifier] = place
        configurations.keep_tags(owner.path_of(place))
    return owner, place
