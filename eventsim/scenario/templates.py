"""What does a scenario mean by a logical id? Its templates are deployed first; then it speaks of what they made.

Functions of the scenario that are named like one of a template are no functions of their own: they say what is
different about that one.
"""

import re
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from msgspec import Struct, structs

from eventsim.errors import ConfigurationError
from eventsim.function.spec import FunctionSpec
from eventsim.scenario.load import Scenario
from eventsim.scenario.schema import ScenarioSpec
from eventsim.template.naming import stack_name
from eventsim.template.spec import TemplateSpec

if TYPE_CHECKING:
    from eventsim.template.deployed import Deployed

T = TypeVar("T")

Names = Mapping[str, Mapping[str, str]]
"""Section → logical id → physical name."""


class Ground(Protocol):
    """A world that templates can be deployed into."""

    folder: Path

    def deploying(
        self,
        template: Path | str,
        *,
        stack: str = ...,
        parameters: Mapping[str, Any] = ...,
        functions: Mapping[str, FunctionSpec | Mapping[str, Any]] = ...,
    ) -> "Coroutine[Any, Any, Deployed]":
        """Deploy a template."""

    def deploy_now(self, deployment: Coroutine[Any, Any, T]) -> T:
        """Carry out a deployment."""


def templates_of(spec: ScenarioSpec) -> list[TemplateSpec]:
    """Return the templates that a scenario names."""
    named = spec.template
    if named is None:
        return []
    return [
        TemplateSpec(file=each) if isinstance(each, str) else each
        for each in (named if isinstance(named, list) else [named])
    ]


def stack_of(scenario: Scenario) -> str:
    """Return the name of the first stack of a scenario, "" if there is none or a folder of CDK's names its own."""
    for each in templates_of(scenario.spec):
        path = scenario.folder / each.file
        return each.stack or ("" if path.is_dir() else stack_name(path))
    return ""


async def deploy_templates(spec: ScenarioSpec, ground: Ground) -> "list[Deployed]":
    """Deploy the templates of a scenario, one after another.

    Raises:
        ConfigurationError: one of them is not there; `key` names the setting that speaks of it.
        TemplateError: one of them is wrong.
    """
    templates = templates_of(spec)
    for index, each in enumerate(templates):
        if not (ground.folder / each.file).exists():
            key = f"template[{index}]" if isinstance(spec.template, list) else "template"
            raise ConfigurationError(f"there is no file {each.file} beside the scenario", key=key)
    return [
        await ground.deploying(each.file, stack=each.stack, parameters=each.parameters, functions=spec.functions)
        for each in templates
    ]


def names_of(deployed: "list[Deployed]") -> dict[str, dict[str, str]]:
    """Return what the logical ids of templates, and the constructs of CDK, stand for, by section."""
    names: dict[str, dict[str, str]] = {}
    for each in deployed:
        for stack in each.stacks:
            for resource in stack.resources.values():
                place = None if resource.made is None else resource.made.place
                if place is not None:
                    names.setdefault(place[0], {}).update(dict.fromkeys(resource.declared.called, place[1]))
    return names


def renamed_spec(spec: ScenarioSpec, names: Names, deployed: "Sequence[Deployed]") -> ScenarioSpec:
    """Return a scenario that speaks of what templates made by its names in the world."""
    of_templates = names.get("functions", {})
    taken = {*of_templates, *of_templates.values()}
    own = {name: function for name, function in spec.functions.items() if name not in taken}
    changed: ScenarioSpec = renamed(structs.replace(spec, functions=own), names)
    workload = [
        feed
        if feed.call is None
        else structs.replace(
            feed, call=structs.replace(feed.call, parameters=_substituted(feed.call.parameters, deployed))
        )
        for feed in changed.workload
    ]
    return structs.replace(changed, workload=workload)


_REFERENCE = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.([A-Za-z0-9.]+))?\}")


def _substituted(value: Any, deployed: "Sequence[Deployed]") -> Any:
    """Return parameters of a call with `${LogicalId}` and `${LogicalId.Attribute}` replaced, as `Fn::Sub` would."""
    if isinstance(value, dict):
        return {key: _substituted(each, deployed) for key, each in value.items()}
    if isinstance(value, list):
        return [_substituted(each, deployed) for each in value]
    if not isinstance(value, str) or "${" not in value:
        return value

    def replaced(match: re.Match[str]) -> str:
        found = [known for each in deployed if (known := each.value_of(match[1], match[2] or "")) is not None]
        return found[0] if found else match[0]

    return _REFERENCE.sub(replaced, value)


_SECTIONS = {
    "api": "apis",
    "bucket": "buckets",
    "bus": "buses",
    "function": "functions",
    "queue": "queues",
    "state_machine": "state_machines",
    "stream": "streams",
    "table": "tables",
    "topic": "topics",
}
"""Settings that name something, and the section it stands in."""
_ANYTHING = frozenset({"dead_letter", "on_failure", "on_success", "source", "target"})
"""Settings that name something of whichever section."""


def named_in(value: Any) -> Iterator[str]:
    """Yield what settings name, which may be a logical id."""
    if isinstance(value, Struct):
        for field in value.__struct_fields__:
            given = getattr(value, field)
            if isinstance(given, str) and (field in _SECTIONS or field in _ANYTHING):
                yield given
            yield from named_in(given)
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from named_in(each)


def renamed(value: Any, names: Names) -> Any:
    """Return settings or claims with logical ids replaced, wherever a setting names something."""
    if isinstance(value, Struct):
        changes = {field: _renamed_field(value, field, names) for field in value.__struct_fields__}
        same = all(changes[field] is getattr(value, field) for field in changes)
        return value if same else structs.replace(value, **changes)
    if isinstance(value, list):
        return [renamed(each, names) for each in value]
    if isinstance(value, dict):
        return {key: renamed(each, names) for key, each in value.items()}
    return value


def _renamed_field(struct: Struct, field: str, names: Names) -> Any:
    value = getattr(struct, field)
    if not isinstance(value, str):
        return renamed(value, names)
    section = getattr(struct, "section", "") if field == "name" else _SECTIONS.get(field, "")
    if isinstance(section, str) and section:
        name, colon, qualifier = value.partition(":")
        found = names.get(section, {}).get(name)
        return value if found is None else f"{found}{colon}{qualifier}"
    if field in _ANYTHING:
        return next((of_section[value] for of_section in names.values() if value in of_section), value)
    return value
