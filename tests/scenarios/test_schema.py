"""Does the published JSON Schema say what the reader of scenarios accepts?"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eventsim.registry import Registry
from eventsim.scenario.schema import json_schema

PUBLISHED = Path(__file__).parents[2] / "docs" / "reference" / "scenario.schema.json"


def structs(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every object with settings of its own."""
    yield "scenario", schema
    for name, definition in schema["$defs"].items():
        if "properties" in definition:
            yield name, definition


def references(value: object) -> Iterator[str]:
    """Yield whatever a schema refers to."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_the_published_schema_is_the_current_one() -> None:
    """After a change: `python -m eventsim.scenario.schema > docs/reference/scenario.schema.json`."""
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))

    assert published == json_schema(Registry.installed())


def test_every_setting_is_described() -> None:
    """The descriptions are what an editor shows while somebody types."""
    missing = [
        f"{name}.{setting}"
        for name, struct in structs(json_schema(Registry.installed()))
        for setting, schema in struct["properties"].items()
        if "description" not in json.dumps(schema) and "$ref" not in json.dumps(schema)
    ]

    assert missing == []


def test_unknown_settings_are_marked_as_wrong_everywhere() -> None:
    """The editor underlines what the reader would refuse."""
    lenient = [
        name
        for name, struct in structs(json_schema(Registry.installed()))
        if struct.get("additionalProperties") is not False
    ]

    assert lenient == []


def test_every_reference_leads_somewhere() -> None:
    """A schema with a loose end switches completion off."""
    schema = json_schema(Registry.installed())

    assert {reference.removeprefix("#/$defs/") for reference in references(schema)} <= set(schema["$defs"])


def test_a_name_with_nothing_behind_it_is_right_where_nothing_is_required() -> None:
    """`orders-dlq:` is no mistake, in the editor as in the reader."""
    queues = json_schema(Registry.installed())["properties"]["queues"]

    assert {"type": "null"} in queues["additionalProperties"]["anyOf"]
