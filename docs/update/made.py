"""Which tables of the pages are made from data?"""

import functools
import io
import tomllib
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from docs.update import settings
from docs.update.blocks import ROOT, Maker
from eventsim import SyncSimulation
from eventsim.scenario.build import build
from eventsim.scenario.load import load
from eventsim.template.inert import SERVICES, TYPES
from eventsim.template.table import KINDS, ResourceKind

LEDGER = ROOT / "docs/reference/fidelity.toml"

SOURCES = {
    "recorded": "seen in recordings of AWS",
    "documented": "AWS says so",
    "deduced": "follows from what is recorded or documented",
    "unconfirmed": "best knowledge; neither recorded nor documented",
    "ours": "AWS has no such thing, or leaves it open",
    "deviation": "we know that AWS does otherwise",
}
STATUSES = ("exact", "modelled", "not simulated")

Fact = Mapping[str, Any]


def ledger() -> dict[str, list[Fact]]:
    """Return the facts of the ledger by the service that they are about."""
    with LEDGER.open("rb") as file:
        return tomllib.load(file)


def missing() -> str:
    """Return the table of what is not simulated, and what happens instead."""
    rows = [
        (service, fact["says"], fact["instead"], f"`{fact['id']}`")
        for service, facts in ledger().items()
        for fact in facts
        if fact["status"] == "not simulated"
    ]
    return _table(("Service", "What AWS has", "What happens here", "Id"), rows)


def fidelity() -> str:
    """Return the ledger, a table for each service."""
    parts: list[str] = []
    for service, facts in ledger().items():
        rows = [
            (fact["says"] + _setting(fact), fact["source"], fact["status"], "<br>".join(map(_test, fact["tests"])))
            for fact in facts
            if fact["status"] != "not simulated"
        ]
        parts.append(f"## {service}\n\n{_table(('Rule', 'Source', 'Status', 'Shown by'), rows)}")
    return "\n" + "\n".join(parts) + "\n"


def tally() -> str:
    """Return how many rules there are of each source and status."""
    facts = [fact for of_service in ledger().values() for fact in of_service]
    counts = Counter((fact.get("source"), fact["status"]) for fact in facts)
    rows = [(source, *(str(counts[source, status]) for status in STATUSES[:2])) for source in SOURCES]
    return _table(("Source", *STATUSES[:2]), rows)


def kinds() -> str:
    """Return the table of everything that a trace can tell, as it is registered by a world that has one of each."""
    with SyncSimulation(folder=ROOT / "scenarios") as simulation:
        simulation.add_source("queues", "orders")
        simulation.add_source("buckets", "photos")
        simulation.add_source("streams", "clicks")
        simulation.add_mapping(source="orders", function="hello", counts_events=True)
        simulation.add_mapping(source="clicks", function="hello", starting_position="LATEST")
        build(load(ROOT / "scenarios/hello.yaml"), simulation).begin()
        _make_function(simulation)
        simulation.until_idle()
        rows = sorted(
            (f"`{kind.name}`", kind.says.replace("|", "\\|"), f"`{kind.value}`" if kind.value else "")
            for kind in simulation.trace.kinds
            if kind.name
        )
    return _table(("Kind", "Says", "Value"), rows)


def _make_function(simulation: SyncSimulation) -> None:
    """Make a function by the API that asks for another Python than any that this is run by."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("app.py", "")
    given = {"FunctionName": "made", "Handler": "app.handler", "Runtime": "python3.8"}
    role = {"Role": "arn:aws:iam::123456789012:role/made"}
    simulation.request("lambda", "CreateFunction", {**given, **role, "Code": {"ZipFile": archive.getvalue()}})


def _test(name: str) -> str:
    path, _, function = name.partition("::")
    return f"[{function.removeprefix('test_').replace('_', ' ')}](../../{path})"


def _setting(fact: Fact) -> str:
    return f" (`{fact['setting']}`)" if "setting" in fact else ""


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def lines() -> Iterator[str]:
        yield _row(heading)
        yield _row(["---"] * len(heading))
        yield from map(_row, rows)

    return "".join(lines())


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def resource_types() -> str:
    """Return the table of resource types that are simulated, as the engine has it."""
    rows = [(f"`{name.removeprefix('AWS::')}`", kind.ref, _attributes(kind)) for name, kind in KINDS.items()]
    return _table(("Type", "`Ref` gives", "`Fn::GetAtt`"), rows)


def _attributes(kind: ResourceKind) -> str:
    if kind.attributes is None:
        return "any path into the answer"
    return ", ".join(f"`{each}`" for each in sorted(kind.attributes))


def inert_types() -> str:
    """Return the table of what is accepted without behaviour, and why."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in {**{f"{each}::*": why for each, why in SERVICES.items()}, **TYPES}.items():
        by_reason.setdefault(reason, []).append(f"`{name.removeprefix('AWS::')}`")
    return _table(("Types", "Why"), [(", ".join(names), reason) for reason, names in sorted(by_reason.items())])


def settings_of(spec: type[Struct]) -> str:
    """Return the table of what a section of the scenario takes."""
    return _table(("Setting", "Means"), list(settings.rows(spec)))


MAKERS: Mapping[str, Maker] = {
    "missing": missing,
    "fidelity": fidelity,
    "tally": tally,
    "kinds": kinds,
    "resource_types": resource_types,
    "inert_types": inert_types,
    **{name: functools.partial(settings_of, spec) for name, spec in settings.TABLES.items()},
}
