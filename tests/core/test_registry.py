"""Which sources and operations are installed, and what becomes of a name that is not?"""

from pathlib import Path
from typing import Any, ClassVar

import pytest
from msgspec import Struct

from eventsim.errors import ConfigurationError
from eventsim.registry import Registry
from eventsim.source import SourceKind


class WellSpec(Struct, frozen=True):
    """A well."""

    depth: int = 0


class WellKind:
    """A kind of source that only tests know."""

    section: ClassVar[str] = "wells"
    spec: ClassVar[type[Struct]] = WellSpec

    def create(self, world: Any, name: str, spec: Any) -> Any:
        raise NotImplementedError

    def connect(self, world: Any, source: Any, spec: Any) -> None:
        raise NotImplementedError


def test_a_kind_is_loaded_once_and_only_when_somebody_names_it() -> None:
    """Nobody pays for a source that the scenario does not have."""
    loaded: list[str] = []

    def load() -> SourceKind:
        loaded.append("wells")
        return WellKind()

    registry = Registry({"wells": load}, {})
    before = (registry.sections, list(loaded))
    first, second = registry.kind("wells"), registry.kind("wells")

    assert before == (("wells",), [])
    assert first is second
    assert loaded == ["wells"]


def test_a_section_that_nobody_offers_is_refused_with_the_nearest_name() -> None:
    """The message names what was probably meant."""
    registry = Registry({"wells": WellKind}, {})

    with pytest.raises(ConfigurationError, match=r"no section `well` is installed; did you mean `wells`\?"):
        registry.kind("well")


def test_operations_of_a_service_are_found_by_botocores_name() -> None:
    """A service is offered by a function from the world to its operations."""
    registry = Registry({}, {"sqs": lambda: lambda _world: {"SendMessage": lambda _request: {}}})

    operations = registry.operations("sqs")

    assert registry.services == ("sqs",)
    assert list(operations(None)) == ["SendMessage"]  # type: ignore[arg-type]  # the stand-in asks nothing of the world


def test_what_is_installed_has_queues_and_buckets() -> None:
    """The package's own sources come through the same door as anybody else's."""
    registry = Registry.installed()

    assert {"buckets", "queues"} <= set(registry.sections)
    assert {"s3", "sqs"} <= set(registry.services)
    assert registry.kind("queues").section == "queues"


def test_a_package_that_comes_between_two_simulations_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is installed is read anew when its papers appear, in a folder that did not hold any before."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "notes.txt").write_text("no package")
    before = Registry.installed().sections

    papers = tmp_path / "wells-1.0.dist-info"
    papers.mkdir()
    (papers / "METADATA").write_text("Metadata-Version: 2.1\nName: wells\nVersion: 1.0\n")
    (papers / "entry_points.txt").write_text("[eventsim.sources]\nwells = wells:WellKind\n")
    after = Registry.installed().sections

    assert set(after) - set(before) == {"wells"}
