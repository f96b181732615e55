"""An application with an environment and profiles, and the clients of AppConfig."""

import json
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests import sdk

FLAGS = {
    "version": "1",
    "flags": {
        "checkout": {
            "name": "New checkout",
            "attributes": {"limit": {"constraints": {"type": "number", "maximum": 9}}},
        },
        "sale": {"name": "Sale"},
    },
    "values": {"checkout": {"enabled": True, "limit": 5}, "sale": {"enabled": False, "_updatedAt": "2026"}},
}


class Shop:
    """The application `shop` with the environment `prod`, and what one does with it.

    Attributes:
        ids: what most operations ask for.
    """

    def __init__(self, simulation: SyncSimulation) -> None:
        self.simulation = simulation
        self.appconfig: Any = sdk.client("appconfig")
        self.data: Any = sdk.client("appconfigdata")
        self.application: str = self.appconfig.create_application(Name="shop")["Id"]
        made = self.appconfig.create_environment(ApplicationId=self.application, Name="prod")
        self.ids = {"ApplicationId": self.application, "EnvironmentId": made["Id"]}

    def profile(self, name: str = "settings", **settings: Any) -> dict[str, str]:
        """Make a profile; return what names it."""
        made = self.appconfig.create_configuration_profile(
            ApplicationId=self.application, Name=name, LocationUri="hosted", **settings
        )
        return {"ApplicationId": self.application, "ConfigurationProfileId": made["Id"]}

    def version(self, profile: dict[str, str], content: Any, **settings: Any) -> Any:
        """Keep a version."""
        return self.appconfig.create_hosted_configuration_version(
            **profile, Content=json.dumps(content).encode(), ContentType="application/json", **settings
        )

    def deploy(self, profile: dict[str, str], version: str = "1", strategy: str = "AppConfig.AllAtOnce") -> Any:
        """Start a deployment."""
        return self.appconfig.start_deployment(
            **self.ids,
            ConfigurationProfileId=profile["ConfigurationProfileId"],
            ConfigurationVersion=version,
            DeploymentStrategyId=strategy,
        )

    def deployment(self, number: int = 1) -> Any:
        """Return what is told of a deployment."""
        return self.appconfig.get_deployment(**self.ids, DeploymentNumber=number)

    def begin(self, profile: str = "settings", **settings: Any) -> str:
        """Begin a session; return its token."""
        token = self.data.start_configuration_session(
            ApplicationIdentifier="shop",
            EnvironmentIdentifier="prod",
            ConfigurationProfileIdentifier=profile,
            **settings,
        )
        return str(token["InitialConfigurationToken"])

    def poll(self, token: str) -> tuple[str, str]:
        """Ask for the configuration; return it and the next token."""
        told = self.data.get_latest_configuration(ConfigurationToken=token)
        return told["Configuration"].read().decode(), told["NextPollConfigurationToken"]


@pytest.fixture
def shop(world: SyncSimulation) -> Shop:
    """Return the application in a simulation of its own."""
    return Shop(world)
