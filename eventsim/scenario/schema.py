"""What may stand in a scenario? One Struct with the core's sections, joined by a section for every kind of source."""

import json
import sys
from collections.abc import Iterable
from typing import Annotated, Any, cast

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
from eventsim.template.spec import TemplateSpec
from eventsim.workload.spec import FeedSpec


class ScenarioSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
    faults: Annotated[list[FaultSpec], Meta(description="Trouble on purpose.")] = []
    stubs: Annotated[list[StubSpec], Meta(description="Answers to AWS calls that nobody simulates.")] = []
    http_stubs: Annotated[
        list[HttpStubSpec], Meta(description="Answers to HTTP requests of handlers to hosts outside.")
    ] = []
    expect: Annotated[
        list[str | ExpectationSpec],
        Meta(
            description="What must be true, as English sentences or in parts, at the end of the run or at an instant.",
            examples=[["queue orders-dlq has 1 message", "function charge has 0 errors"]],
        ),
    ] = []
    prices: Annotated[
        dict[str, float], Meta(description="Prices in dollars that differ from the price list, by their name in it.")
    ] = {}


def scenario_type(registry: Registry, sections: Iterable[str]) -> type[ScenarioSpec]:
    """Return the type of a scenario with these sections of sources; each is a mapping from names to settings."""
    fields: list[tuple[str, Any, Any]] = []
    for section in sections:
        spec = registry.kind(section).spec
        kind = Annotated[dict[str, spec], Meta(description=f"The {section}, by name.")]  # type: ignore[valid-type]  # known at run time only
        fields.append((section, kind, msgspec.field(default_factory=dict)))
    scenario: Any = msgspec.defstruct(
        "Scenario",
        fields,
        bases=(ScenarioSpec,),
        namespace={"__doc__": ScenarioSpec.__doc__},
        kw_only=True,
        frozen=True,
        forbid_unknown_fields=True,
    )
    return cast("type[ScenarioSpec]", scenario)


def json_schema(registry: Registry) -> dict[str, Any]:
    """Return the JSON Schema of a scenario with every section that is installed.

    An editor with a YAML language server completes and checks a scenario that begins with the line
    `# yaml-language-server: $schema=…/scenario.schema.json`.
    """
    kind = scenario_type(registry, registry.sections)
    _, definitions = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    root = definitions.pop(kind.__name__)
    for section in root["properties"].values():
        _allow_empty(section, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **root,
        "title": "eventsim scenario",
        "$defs": dict(sorted(definitions.items())),
    }


def _allow_empty(section: dict[str, Any], definitions: dict[str, Any]) -> None:
    """Let a name in a section have nothing behind it, if nothing there is required: `orders-dlq:`."""
    reference = section.get("additionalProperties", {}).get("$ref", "")
    if reference and not definitions[reference.rpartition("/")[2]]["required"]:
        section["additionalProperties"] = {"anyOf": [{"$ref": reference}, {"type": "null"}]}


if __name__ == "__main__":  # writes docs/reference/scenario.schema.json anew
    sys.stdout.write(json.dumps(json_schema(Registry.installed()), indent=2, ensure_ascii=False) + "\n")
