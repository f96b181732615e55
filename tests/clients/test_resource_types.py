"""Are the lists of resource types those of CloudFormation's registry? cfn-lint, which SAM brings, has them."""

import json
from pathlib import Path

import pytest

from eventsim.template.known_types import KNOWN, is_unheard_of
from tests.clients.conftest import tool

pytestmark = pytest.mark.clients


def test_no_type_of_a_known_service_is_missing() -> None:
    """One that is missing would be refused, and AWS has it; so would one of a service that is missing."""
    (schemas,) = Path(tool("venv/lib")).glob("python*/site-packages/cfnlint/data/schemas/providers")

    types = {
        name for file in schemas.glob("*.json") for name in json.loads(file.read_text()) if name.startswith("AWS::")
    }

    missing = []
    for name in sorted(types):
        _, service, noun = name.split("::")
        if noun not in KNOWN.get(service, noun).split() or is_unheard_of(name):
            missing.append(name)
    assert len(types) > 1_000
    assert missing == []
