"""Are the lists of types and properties those of CloudFormation's registry? cfn-lint, which SAM brings, has it."""

import json
from pathlib import Path

import pytest

from eventsim.template.known_properties import KNOWN as KNOWN_PROPERTIES
from eventsim.template.known_properties import mistakes_in
from eventsim.template.known_types import KNOWN, is_unheard_of
from tests.clients.conftest import tool

pytestmark = pytest.mark.clients


def schemas() -> Path:
    """Return where the schemas of all types are."""
    (folder,) = Path(tool("venv/lib")).glob("python*/site-packages/cfnlint/data/schemas")
    return folder


def test_no_type_of_a_known_service_is_missing() -> None:
    """One that is missing would be refused, and AWS has it; so would one of a service that is missing."""
    types = {
        name
        for file in (schemas() / "providers").glob("*.json")
        for name in json.loads(file.read_text())
        if name.startswith("AWS::")
    }

    missing = []
    for name in sorted(types):
        _, service, noun = name.split("::")
        if noun not in KNOWN.get(service, noun).split() or is_unheard_of(name):
            missing.append(name)
    assert len(types) > 1_000
    assert missing == []


def test_no_property_of_a_known_type_is_missing() -> None:
    """One that is missing would be refused, and AWS has it."""
    files = json.loads((schemas() / "providers" / "us-east-1.json").read_text())

    missing = []
    for name in KNOWN_PROPERTIES:
        schema = json.loads((schemas() / "resources" / f"{files[name]}.json").read_text())
        missing += [f"{name}.{each.name}" for each in mistakes_in(name, schema["properties"])]
    assert missing == []


def test_no_property_is_needed_that_aws_does_not_need() -> None:
    """A resource without one would be refused."""
    files = json.loads((schemas() / "providers" / "us-east-1.json").read_text())

    needed = []
    for name in KNOWN_PROPERTIES:
        schema = json.loads((schemas() / "resources" / f"{files[name]}.json").read_text())
        needed += [f"{name}.{each.name}" for each in mistakes_in(name, schema.get("required", ()))]
    assert needed == []
