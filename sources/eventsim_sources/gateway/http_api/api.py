"""What is an API of version 2 as a thing of this world? Its parts by id, and what each of its stages serves."""

from eventsim import World
from eventsim_sources.gateway.address import Address, first_segment
from eventsim_sources.gateway.http_api.model import (
    Authorizer,
    Deployment,
    Integration,
    IntegrationResponse,
    Model,
    Route,
    RouteResponse,
    Settings,
    Snapshot,
    Stage,
)
from eventsim_sources.gateway.http_api.routes import DEFAULT, Routes


class Api:
    """An HTTP or a WebSocket API.

    Attributes:
        responses: the responses of a route, by its id and their own.
        integration_responses: those of an integration, likewise.
    """

    def __init__(self, world: World, settings: Settings) -> None:
        self._world = world
        self.settings = settings
        self.routes: dict[str, Route] = {}
        self.integrations: dict[str, Integration] = {}
        self.authorizers: dict[str, Authorizer] = {}
        self.stages: dict[str, Stage] = {}
        self.deployments: dict[str, Deployment] = {}
        self.responses: dict[str, dict[str, RouteResponse]] = {}
        self.integration_responses: dict[str, dict[str, IntegrationResponse]] = {}
        self.models: dict[str, Model] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._current: Snapshot | None = None
        self._identifier = world.chance.stream("api parts", settings.api_id)

    @property
    def domain_name(self) -> str:
        """The host that clients ask."""
        return f"{self.settings.api_id}.execute-api.{self._world.region}.amazonaws.com"

    @property
    def execution_arn(self) -> str:
        """What policies begin with that let this API in."""
        world = self._world
        return f"arn:aws:execute-api:{world.region}:{world.account_id}:{self.settings.api_id}"

    def new_id(self, length: int = 7) -> str:
        """Return an id for a part of this API."""
        return "".join(self._identifier.choice("0123456789abcdefghijklmnopqrstuvwxyz") for _ in range(length))

    def changed(self) -> None:
        """Take note that a part has changed: stages that deploy by themselves serve it from now on."""
        self._current = None

    def clear(self) -> None:
        """Forget every part but the stages and what they serve."""
        self.routes, self.integrations, self.authorizers, self.responses = {}, {}, {}, {}
        self.integration_responses, self.models = {}, {}
        self.changed()

    def deploy(self, *, description: str = "", auto: bool = False) -> Deployment:
        """Keep the API as it is now."""
        deployment = Deployment(
            deployment_id=self.new_id(6),
            created_date=self._world.clock.date(),
            auto_deployed=auto,
            description=description,
        )
        self.deployments[deployment.deployment_id] = deployment
        self._snapshots[deployment.deployment_id] = self._snapshot(deployment.deployment_id)
        return deployment

    def snapshot(self, stage: Stage) -> Snapshot | None:
        """Return what a stage serves, None if nothing is deployed to it."""
        if not stage.auto_deploy:
            return self._snapshots.get(stage.deployment_id)
        if self._current is None:
            self._current = self._snapshot("auto")
        return self._current

    def stage_for(self, address: Address) -> tuple[Stage | None, str]:
        """Return which stage an address means, and the rest of the path; `$default` needs no mention."""
        if address.stage:
            return self.stages.get(address.stage), address.path
        name, rest = first_segment(address.path)
        stage = self.stages.get(name)
        if stage is not None and name != DEFAULT:
            return stage, rest
        return self.stages.get(DEFAULT), address.path

    def url(self) -> str:
        """Return the URL below which the paths of the first stage begin."""
        name = DEFAULT if DEFAULT in self.stages else next(iter(self.stages), DEFAULT)
        return f"https://{self.domain_name}" + ("" if name == DEFAULT else f"/{name}")

    def _snapshot(self, deployment_id: str) -> Snapshot:
        routes = list(self.routes.values())
        return Snapshot(
            deployment_id=deployment_id,
            routes=Routes(route.route_key for route in routes),
            by_key={route.route_key: route for route in routes},
            integrations=dict(self.integrations),
            authorizers=dict(self.authorizers),
            integration_responses={key: dict(responses) for key, responses in self.integration_responses.items()},
            with_responses=frozenset(route for route, responses in self.responses.items() if responses),
        )
