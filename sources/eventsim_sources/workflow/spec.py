"""What does a scenario say of a state machine? The settings under `state_machines:`."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from msgspec import Meta, Struct

from eventsim import ApiError, ConfigurationError, World
from eventsim_sources.arns import arn_of_any
from eventsim_sources.workflow.definition import NOWHERE, read
from eventsim_sources.workflow.machine import StateMachine

_PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")
_KINDS = ("function", "queue", "topic", "state_machine", "table", "stream", "bus")
"""Of what a name in a definition may be the name."""


class StateMachineSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A state machine."""

    definition: Annotated[
        str | dict[str, Any],
        Meta(
            description="The definition in Amazon States Language, or a JSON or YAML file that holds it. `${name}` in "
            "it becomes the ARN of the function, queue, topic, … of this name, or what `substitutions` says.",
            examples=["order.asl.json"],
        ),
    ]
    type: Annotated[
        Literal["standard", "express"], Meta(description="Whether executions are kept, or short and many.")
    ] = "standard"
    substitutions: Annotated[dict[str, str], Meta(description="What `${name}` in the definition stands for.")] = {}


class StateMachineKind:
    """The section `state_machines:` of a scenario."""

    section = StateMachine.kind
    spec = StateMachineSpec

    def create(self, world: World, name: str, spec: StateMachineSpec) -> StateMachine:
        """Build one state machine; its definition is read once everything that it may name exists."""
        role_arn = f"arn:aws:iam::{world.account_id}:role/eventsim"
        return StateMachine(world, name, NOWHERE, is_express=spec.type == "express", role_arn=role_arn)

    def connect(self, world: World, source: StateMachine, spec: StateMachineSpec) -> None:
        """Read the definition.

        Raises:
            ConfigurationError: it is none, or names what is not there.
        """
        text = _text(spec.definition, world.folder)
        text = _PLACEHOLDER.sub(lambda found: _meaning(world, found[1], spec.substitutions), text)
        try:
            source.definition = read(text, is_express=source.is_express)
        except ApiError as error:
            raise ConfigurationError(error.message, key="definition") from error


def _text(given: str | Mapping[str, Any], folder: Path) -> str:
    """Return a definition as JSON text."""
    if isinstance(given, Mapping):
        return json.dumps(given)
    if given.lstrip().startswith("{"):
        return given
    path = folder / given
    if not path.is_file():
        raise ConfigurationError(f"there is no file {given!r} beside the scenario", key="definition")
    text = path.read_text(encoding="utf-8")
    if path.suffix in (".yaml", ".yml"):
        try:
            return json.dumps(yaml.safe_load(text))
        except yaml.YAMLError as error:
            raise ConfigurationError(f"{given} is not YAML: {error}", key="definition") from error
    return text


def _meaning(world: World, name: str, substitutions: Mapping[str, str]) -> str:
    meaning = substitutions.get(name) or arn_of_any(world, _KINDS, name)
    if meaning is None:
        message = f"nothing here is called {name!r}; say what ${{{name}}} stands for under `substitutions`"
        raise ConfigurationError(message, key="definition")
    return meaning
