"""What is a REST API as a thing of this world? Its parts by id, and what each of its stages serves."""

import copy
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim import World
from eventsim_sources.gateway.address import Address, first_segment
from eventsim_sources.gateway.rest_api.model import (
    Authorizer,
    Deployment,
    DocumentationPart,
    DocumentationVersion,
    GatewayResponse,
    Model,
    RequestValidator,
    Resource,
    Settings,
    Stage,
)
from eventsim_sources.gateway.rest_api.resources import Resources

_PARTS = ("settings", "resources", "authorizers", "models", "validators", "gateway_responses", "documentation")
_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
_STAGE_OF_SAM = "Stage"
"""SAM deploys an API to a stage of this name before the one that the template asks for, unless `OpenApiVersion` is set
(https://github.com/aws/serverless-application-model/issues/191)."""


class Snapshot(Struct, frozen=True, kw_only=True):
    """What a stage serves: an API as it was when it was deployed."""

    deployment_id: str
    settings: Settings
    resources: Resources
    by_path: Mapping[str, Resource]
    authorizers: Mapping[str, Authorizer]
    models: Mapping[str, Model]
    validators: Mapping[str, RequestValidator]
    gateway_responses: Mapping[str, GatewayResponse]


class Api:
    """A REST API.

    Attributes:
        keys: the key sets by which tokens of user pools are verified, by the pool's ARN; what a scenario gives.
    """

    def __init__(self, world: World, settings: Settings) -> None:
        self._world = world
        self._luck = world.chance.stream("api parts", settings.id)
        self.settings = settings
        self.resources: dict[str, Resource] = {}
        self.authorizers: dict[str, Authorizer] = {}
        self.models: dict[str, Model] = {}
        self.validators: dict[str, RequestValidator] = {}
        self.gateway_responses: dict[str, GatewayResponse] = {}
        self.deployments: dict[str, Deployment] = {}
        self.stages: dict[str, Stage] = {}
        self.documentation: dict[str, DocumentationPart] = {}
        self.documentation_versions: dict[str, DocumentationVersion] = {}
        self.keys: dict[str, Any] = {}
        self._snapshots: dict[str, Snapshot] = {}
        root = self.new_id(10)
        settings.root_resource_id = root
        self.resources[root] = Resource(id=root)

    @property
    def domain_name(self) -> str:
        """The host that clients ask."""
        return f"{self.settings.id}.execute-api.{self._world.region}.amazonaws.com"

    @property
    def execution_arn(self) -> str:
        """What policies begin with that let this API in."""
        world = self._world
        return f"arn:aws:execute-api:{world.region}:{world.account_id}:{self.settings.id}"

    def new_id(self, length: int = 6) -> str:
        """Return an id for a part of this API."""
        return "".join(self._luck.choice(_LETTERS) for _ in range(length))

    def parts(self) -> dict[str, Any]:
        """Return a copy of every part that a document may change."""
        return copy.deepcopy({name: getattr(self, name) for name in _PARTS})

    def restore(self, parts: Mapping[str, Any]) -> None:
        """Be again as these parts were."""
        for name in _PARTS:
            setattr(self, name, parts[name])

    def clear(self) -> None:
        """Forget every part but the root, the stages and what they serve."""
        root = self.resources[self.settings.root_resource_id]
        root.resource_methods = {}
        self.resources = {root.id: root}
        self.authorizers, self.models, self.validators, self.gateway_responses = {}, {}, {}, {}

    def copy(self, other: "Api") -> None:
        """Take over every part of another API, with new ids for its resources."""
        for resource in sorted(other.resources.values(), key=lambda each: each.path.count("/")):
            here = self.make_path(resource.path)
            here.resource_methods = copy.deepcopy(resource.resource_methods)
        self.authorizers = copy.deepcopy(other.authorizers)
        self.models = copy.deepcopy(other.models)
        self.validators = copy.deepcopy(other.validators)
        self.gateway_responses = copy.deepcopy(other.gateway_responses)
        self.documentation = copy.deepcopy(other.documentation)

    def resource_at(self, path: str) -> Resource | None:
        """Return the resource of a path, None if there is none."""
        return next((resource for resource in self.resources.values() if resource.path == path), None)

    def make_path(self, path: str) -> Resource:
        """Return the resource of a path, made with all that lead to it."""
        here = self.resources[self.settings.root_resource_id]
        for part in (part for part in path.split("/") if part):
            below = f"{here.path.rstrip('/')}/{part}"
            found = self.resource_at(below)
            here = found if found is not None else self.add_resource(here, part)
        return here

    def add_resource(self, parent: Resource, part: str) -> Resource:
        """Add a resource below another."""
        path = f"{parent.path.rstrip('/')}/{part}"
        made = Resource(id=self.new_id(), parent_id=parent.id, path_part=part, path=path)
        self.resources[made.id] = made
        return made

    def deploy(self, *, description: str = "") -> Deployment:
        """Keep the API as it is now."""
        made = Deployment(id=self.new_id(), description=description, created_date=self._world.clock.date())
        self.deployments[made.id] = made
        self._snapshots[made.id] = self.as_it_is(made.id)
        return made

    def as_it_is(self, deployment_id: str) -> Snapshot:
        """Return what would be served if the API were deployed now."""
        parts = copy.deepcopy((self.settings, self.resources, self.authorizers, self.models, self.validators))
        settings, resources, authorizers, models, validators = parts
        return Snapshot(
            deployment_id=deployment_id,
            settings=settings,
            resources=Resources(resources.values()),
            by_path={resource.path: resource for resource in resources.values()},
            authorizers=authorizers,
            models={model.name: model for model in models.values()},
            validators=validators,
            gateway_responses=copy.deepcopy(self.gateway_responses),
        )

    def deployed(self, deployment_id: str) -> Snapshot:
        """Return what a deployment has kept."""
        return self._snapshots[deployment_id]

    def snapshot(self, stage: Stage) -> Snapshot | None:
        """Return what a stage serves, None if its deployment is gone."""
        return self._snapshots.get(stage.deployment_id)

    def stage_for(self, address: Address) -> tuple[Stage | None, str]:
        """Return which stage an address means, and the rest of the path."""
        if address.stage:
            return self.stages.get(address.stage), address.path
        name, rest = first_segment(address.path)
        return self.stages.get(name), rest

    def url(self) -> str:
        """Return the URL below which the paths of the first stage begin."""
        names = sorted(self.stages, key=_STAGE_OF_SAM.__eq__)
        return "/".join([f"https://{self.domain_name}", *names[:1]])
