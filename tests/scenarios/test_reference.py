"""Is what the reference page shows right?"""

import re
from pathlib import Path

import pytest

from eventsim.expectation.sentence import parse
from eventsim.scenario.load import loads
from eventsim.scenario.references import broken_claims, broken_references

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "scenario.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES, ids=[f"example {number}" for number in range(1, len(EXAMPLES) + 1)])
def test_every_example_is_a_scenario(text: str) -> None:
    """It is read without a mistake, refers to nothing that is not there, and its sentences are understood."""
    scenario = loads(text)

    sentences = [said for said in scenario.spec.expect if isinstance(said, str)]
    expectations = [parse(sentence) for sentence in sentences]
    assert list(broken_references(scenario.spec, scenario.sources)) == []
    assert list(broken_claims(expectations, scenario.spec, scenario.sources)) == []
