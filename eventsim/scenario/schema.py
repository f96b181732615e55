"""What may stand in a scenario? One Struct with the core's sections, joined by a section for every kind of source."""

import json
import sys
from collections.abc import Iterable
from typing import Annotated, Any, Final, TypeVar, cast

import msgspec
from msgspec import Meta, Struct

from eventsim.calls.router import StubSpec
from eventsim.expectation.expectation import ExpectationSpec
from eventsim.faults import FaultSpec
from eventsim.function.spec import FunctionSpec
from eventsim.http_stub import HttpStubSpec
from eventsim.mapping.spec import MappingSpec
from eventsim.permissions.role import Permissions
from eventsim.quantity import Duration
from eventsim.registry import Registry
from eventsim.service_faults import ServiceFaultSpec
from eventsim.template.spec import TemplateSpec
from eventsim.workload.spec import FeedSpec

S = TypeVar("S", bound=Struct)

_ELSEWHERE: Final = (
    "What is in other regions and accounts, by place: a region, an account of 12 digits, or both, as "
    "`444455556666/eu-west-1`. With it, every account has its own in every region."
)


class PartSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is in one account and region, what happens to it, and what is expected of it."""

    template: Annotated[
        str | TemplateSpec | list[str | TemplateSpec] | None,
        Meta(
            description="A SAM or CloudFormation template, or several; what they make is named by its logical id.",
            examples=["template.yaml"],
        ),
    ] = None
    functions: Annotated[dict[str, FunctionSpec], Meta(description="The functions, by name.")] = {}
    mappings: Annotated[
        list[MappingSpec], Meta(description="Event source mappings: which function polls which source.")
    ] = []
    workload: Annotated[
        list[FeedSpec], Meta(description="What happens from outside, and when: a list of feeds of events.")
    ] = []
    faults: Annotated[list[FaultSpec], Meta(description="Trouble on purpose with functions.")] = []
    service_faults: Annotated[
        list[ServiceFaultSpec], Meta(description="Trouble on purpose with calls of AWS, whoever makes them.")
    ] = []
    stubs: Annotated[list[StubSpec], Meta(description="Answers to AWS calls that nobody simulates.")] = []
    expect: Annotated[
        list[str | ExpectationSpec],
        Meta(
            description="What must be true, as English sentences or in parts, at the end of the run or at an instant.",
            examples=[["queue orders-dlq has 1 message", "function charge has 0 errors"]],
        ),
    ] = []


class ScenarioSpec(PartSpec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A simulation: the world, what happens to it, and what is expected of it."""

    name: Annotated[str, Meta(description="What to call it; the name of the file if not given.")] = ""
    description: Annotated[str, Meta(description="What it shows.")] = ""
    seed: Annotated[int, Meta(description="The number from which all chance follows.")] = 0
    start: Annotated[
        str,
        Meta(description="The date on which the run begins, in UTC unless it says otherwise.", examples=["2026-03-29"]),
    ] = "2026-01-01"
    until: Annotated[
        Duration | None, Meta(description="When the run ends at the latest; when nothing is left to do if not given.")
    ] = None
    region: Annotated[str, Meta(description="The AWS region.", examples=["eu-west-1"])] = "us-east-1"
    account: Annotated[
        str, Meta(description="The AWS account: 12 digits.", pattern=r"^\d{12}$", examples=["123456789012"])
    ] = "123456789012"
    throttles: Annotated[
        bool,
        Meta(
            description="Whether requests beyond AWS's quotas are refused: of tables, FIFO queues and topics, streams."
        ),
    ] = False
    permissions: Annotated[
        Permissions,
        Meta(
            description="What becomes of a call that the policies of a role do not permit: nothing (`ignored`, the "
            "default, and `noted`, which sums up what calls need), a line in the trace (`told`), or the refusal that "
            "AWS gives (`enforced`)."
        ),
    ] = "ignored"
    http_stubs: Annotated[
        list[HttpStubSpec], Meta(description="Answers to HTTP requests of handlers to hosts outside.")
    ] = []
    prices: Annotated[
        dict[str, float], Meta(description="Prices in dollars that differ from the price list, by their name in it.")
    ] = {}
    elsewhere: Annotated[dict[str, Any], Meta(description=_ELSEWHERE)] = {}


def scenario_type(
    registry: Registry, sections: Iterable[str], sections_elsewhere: Iterable[str] | None = None
) -> type[ScenarioSpec]:
    """Return the type of a scenario with these sections of sources; each is a mapping from names to settings.

    Args:
        sections_elsewhere: those of its places; None if it has none, for most have not, and types take time to read.
    """
    if sections_elsewhere is None:
        return _with_sections("Scenario", ScenarioSpec, registry, sections)
    part: Any = _with_sections("Part", PartSpec, registry, sections_elsewhere)
    about = Meta(description=_ELSEWHERE, examples=[{"eu-west-1": {"queues": {"orders": {}}}}])
    field: tuple[str, Any, Any] = ("elsewhere", Annotated[dict[str, part], about], msgspec.field(default_factory=dict))
    return _with_sections("Scenario", ScenarioSpec, registry, sections, field)


def _with_sections(
    name: str, base: type[S], registry: Registry, sections: Iterable[str], *more: tuple[str, Any, Any]
) -> type[S]:
    """Return a type that has sections of sources, too."""
    fields: list[tuple[str, Any, Any]] = []
    for section in sections:
        spec = registry.kind(section).spec
        kind = Annotated[dict[str, spec], Meta(description=f"The {section}, by name.")]  # type: ignore[valid-type]  # known at run time only
        fields.append((section, kind, msgspec.field(default_factory=dict)))
    made: Any = msgspec.defstruct(
        name,
        [*fields, *more],
        bases=(base,),
        namespace={"__doc__": base.__doc__},
        kw_only=True,
        frozen=True,
        forbid_unknown_fields=True,
    )
    return cast("type[S]", made)


def json_schema(registry: Registry) -> dict[str, Any]:
    """Return the JSON Schema of a scenario with every section that is installed.

    An editor with a YAML language server completes and checks a scenario that begins with the line
    `# yaml-language-server: $schema=…/scenario.schema.json`.
    """
    kind = scenario_type(registry, registry.sections, registry.sections)
    _, definitions = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    root = definitions.pop(kind.__name__)
    root["properties"] = {name: root["properties"][name] for name in _in_order(root["properties"])}
    for struct in (root, definitions["Part"]):
        for section in struct["properties"].values():
            _allow_empty(section, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **root,
        "title": "eventsim scenario",
        "$defs": dict(sorted(definitions.items())),
    }


def _in_order(settings: Iterable[str]) -> list[str]:
    """Return the settings of a scenario as people write them: its name first, sources and expectations last."""
    own = [name for name in ScenarioSpec.__annotations__ if name in settings]
    return [*own, *(name for name in settings if name not in own)]


def _allow_empty(section: dict[str, Any], definitions: dict[str, Any]) -> None:
    """Let a name in a section have nothing behind it, if nothing there is required: `orders-dlq:`."""
    reference = section.get("additionalProperties", {}).get("$ref", "")
    if reference and not definitions[reference.rpartition("/")[2]]["required"]:
        section["additionalProperties"] = {"anyOf": [{"$ref": reference}, {"type": "null"}]}


if __name__ == "__main__":  # writes docs/reference/scenario.schema.json anew
    sys.stdout.write(json.dumps(json_schema(Registry.installed()), indent=2, ensure_ascii=False) + "\n")
