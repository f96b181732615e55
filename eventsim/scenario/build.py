"""How does a scenario become a world? Its parts are added one by one; whatever they refuse is shown in the file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, structs

from eventsim.calls.router import Answer, StubSpec
from eventsim.companion import load_function
from eventsim.errors import ConfigurationError
from eventsim.expectation.expectation import Expectation, Replied, expectation_of, say
from eventsim.expectation.expectations import Evidence, Expectations
from eventsim.expectation.sentence import parse
from eventsim.faults import FaultSpec
from eventsim.function.spec import FunctionSpec
from eventsim.http_stub import HttpAnswer, HttpStubSpec
from eventsim.mapping.spec import MappingSpec
from eventsim.marks import Mistakes
from eventsim.quantity import duration_us
from eventsim.scenario.load import Scenario
from eventsim.scenario.references import Sources, broken_claims, broken_references
from eventsim.scenario.templates import Ground, Names, deploy_templates, named_in, names_of, renamed, renamed_spec
from eventsim.service_faults import ServiceFaultSpec
from eventsim.workload.client import Client
from eventsim.workload.workload import Workload

if TYPE_CHECKING:
    from eventsim.template.deployed import Deployed


class Site(Client, Evidence, Ground, Protocol):
    """A world under construction. Each of these raises `ConfigurationError` when it refuses a setting."""

    def elsewhere(self, region: str, *, account_id: str) -> "Site":
        """Return the world of another region or account, under construction as well."""

    def add_source(self, section: str, name: str, spec: Struct) -> object:
        """Add a source: a queue, a bucket, …"""

    def add_function(self, name: str, spec: FunctionSpec) -> object:
        """Add a function."""

    def add_mapping(self, spec: MappingSpec, *, key: str) -> object:
        """Add an event source mapping; `key` is its place in the scenario, for what is found out later."""

    def add_fault(self, spec: FaultSpec) -> object:
        """Add a fault."""

    def add_service_fault(self, spec: ServiceFaultSpec) -> object:
        """Add a fault of a service of AWS."""

    def add_http_stub(self, spec: HttpStubSpec, answer: HttpAnswer | None = None) -> object:
        """Add an answer for a host outside; `answer` is the function that its `python` names."""

    def add_stub(self, spec: StubSpec, answer: Answer | None = None) -> object:
        """Add an answer to an operation that nobody simulates; `answer` is the function that its `python` names."""

    def connect(self) -> object:
        """Tie everything added to one another by name; after a refusal, the next call goes on with the rest."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a scenario does with the world that it has built.

    Attributes:
        until_us: when the run ends at the latest, None for when nothing is left to do.
        deployed: what came of the scenario's templates.
        elsewhere: the same for other regions and accounts.
    """

    scenario: Scenario
    workload: Workload
    expectations: Expectations
    until_us: int | None
    deployed: "tuple[Deployed, ...]" = ()
    elsewhere: "tuple[Plan, ...]" = ()

    def begin(self) -> None:
        """Set the first timers of expectations and workload: at one instant, an expectation sees what was before.

        Raises:
            ScenarioError: they speak of what is not there.
        """
        for plan in (self, *self.elsewhere):
            with _telling(plan.scenario):
                plan.expectations.begin()
                plan.workload.begin()

    def begin_workload(self) -> None:
        """Set the first timers of the workload alone.

        Raises:
            ScenarioError: it speaks of what is not there.
        """
        for plan in (self, *self.elsewhere):
            with _telling(plan.scenario):
                plan.workload.begin()

    def check(self) -> None:
        """Find what else is wrong when expectations and workload begin, and have nothing happen.

        Raises:
            ScenarioError: they speak of what is not there.
        """
        for plan in (self, *self.elsewhere):
            with _telling(plan.scenario):
                plan.expectations.check()
                plan.workload.check()

    def close(self) -> None:
        """Close the files that the workload still reads."""
        for plan in (self, *self.elsewhere):
            plan.workload.close()


@contextmanager
def _telling(scenario: Scenario) -> Iterator[None]:
    """Tell of mistakes with file, line and column."""
    try:
        yield
    except ConfigurationError as error:
        raise scenario.located(error) from error


def start_of(scenario: Scenario) -> datetime:
    """Return the date on which a scenario begins.

    Raises:
        ScenarioError: it is no date.
    """
    try:
        start = datetime.fromisoformat(scenario.spec.start)
    except ValueError:
        message = f"{scenario.spec.start!r} is not a date; write `2026-01-31` or `2026-01-31T08:00:00`"
        raise scenario.located(ConfigurationError(message, key="start")) from None
    return start if start.tzinfo else start.replace(tzinfo=UTC)


def build(scenario: Scenario, site: Site) -> Plan:
    """Add everything in a scenario to a world and return what it will do there.

    Raises:
        ScenarioError: some of it makes no sense; the text names every place, up to ten.
    """
    parts = [(part, _site_of(part, site)) for part in scenario.elsewhere]
    elsewhere = [_build_upon(there.deploy_now(deploy(part, there)), part, there) for part, there in parts]
    return _build_upon(site.deploy_now(deploy(scenario, site)), scenario, site, elsewhere)


def _site_of(part: Scenario, site: Site) -> Site:
    with _telling(part):
        return site.elsewhere(part.spec.region, account_id=part.spec.account)


async def building(scenario: Scenario, site: Site) -> Plan:
    """Do the same where the world's time passes meanwhile: functions of custom resources run.

    Raises:
        ScenarioError: as above.
    """
    parts = [(part, _site_of(part, site)) for part in scenario.elsewhere]
    elsewhere = [_build_upon(await deploy(part, there), part, there) for part, there in parts]
    return _build_upon(await deploy(scenario, site), scenario, site, elsewhere)


async def deploy(scenario: Scenario, site: Site) -> "list[Deployed]":
    """Deploy the templates of a scenario, after those sources that templates look up.

    Raises:
        ScenarioError: some of it makes no sense, or a resource was refused.
    """
    mistakes = scenario.mistakes()
    _add_sources(scenario, site, mistakes, precede_templates=True)
    mistakes.raise_any()
    return await deploy_templates(scenario.spec, site)


def _build_upon(deployed: "list[Deployed]", scenario: Scenario, site: Site, elsewhere: Sequence[Plan] = ()) -> Plan:
    names = names_of(deployed)
    spec = renamed_spec(scenario.spec, names, deployed)
    scenario = replace(scenario, spec=spec, sources={section: getattr(spec, section) for section in scenario.sources})
    mistakes = scenario.mistakes()
    expectations: list[Expectation] = renamed(_expectations(scenario, mistakes), names)
    until_us = _check(scenario, expectations, mistakes, _known(scenario, names))
    mistakes.raise_any()
    _add_all(scenario, site, mistakes)
    mistakes.raise_any()
    _connect(scenario, site, mistakes)
    mistakes.raise_any()
    with _telling(scenario):
        workload = Workload(scenario.spec.workload, site)
        expectations += _of_replies(scenario)
        if scenario.place:
            expectations = [structs.replace(each, text=f"{scenario.place}: {each.text}") for each in expectations]
        of_all = Expectations(expectations, site, [plan.expectations for plan in elsewhere])
        whole = (*deployed, *(each for plan in elsewhere for each in plan.deployed))
        return Plan(scenario, workload, of_all, until_us, whole, tuple(elsewhere))


@contextmanager
def _noting(scenario: Scenario, mistakes: Mistakes, within: str = "") -> Iterator[None]:
    try:
        yield
    except ConfigurationError as error:
        scenario.note(mistakes, error, within)


def _expectations(scenario: Scenario, mistakes: Mistakes) -> list[Expectation]:
    found = []
    for index, said in enumerate(scenario.spec.expect):
        key = f"expect[{index}]"
        with _noting(scenario, mistakes):
            found.append(parse(said, key=key) if isinstance(said, str) else expectation_of(said, key=key))
    return found


def _of_replies(scenario: Scenario) -> list[Expectation]:
    """Return what feeds expect of the replies to their requests."""
    claims = [
        Replied(feed=feed.name or f"workload[{index}]")
        for index, feed in enumerate(scenario.spec.workload)
        if feed.http is not None and feed.http.expect is not None
    ]
    return [Expectation(text=say(claim), claim=claim) for claim in claims]


def _known(scenario: Scenario, names: Names) -> Sources:
    """Return everything that the scenario may speak of, by section: what it makes itself, and what templates made.

    Logical ids, which people wrote, come first: whoever misspells a name is told of them.
    """
    made = {section: dict.fromkeys((*of_section, *of_section.values())) for section, of_section in names.items()}
    own = scenario.sources
    return {section: {**made.get(section, {}), **own.get(section, {})} for section in {**made, **own}}


def _check(scenario: Scenario, expectations: list[Expectation], mistakes: Mistakes, known: Sources) -> int | None:
    """Note what is wrong without building anything; return when the run ends."""
    spec = scenario.spec
    for error in broken_references(spec, known):
        scenario.note(mistakes, error)
    if len(expectations) == len(spec.expect):  # otherwise their numbers are not their places
        for error in broken_claims(expectations, spec, known):
            scenario.note(mistakes, error)
    if spec.until is None:
        return None
    until_us = None
    with _noting(scenario, mistakes):
        until_us = duration_us(spec.until, key="until")
        for index, expectation in enumerate(expectations):
            if expectation.at_us is not None and expectation.at_us > until_us:
                message = f"the run ends before this instant, at {spec.until}"
                raise ConfigurationError(message, key=f"expect[{index}]")
    return until_us


def _add_all(scenario: Scenario, site: Site, mistakes: Mistakes) -> None:
    spec = scenario.spec
    _add_sources(scenario, site, mistakes, precede_templates=False)
    for name, function in spec.functions.items():
        with _noting(scenario, mistakes, f"functions.{name}"):
            site.add_function(name, function)
    for index, fault in enumerate(spec.faults):
        with _noting(scenario, mistakes, f"faults[{index}]"):
            site.add_fault(fault)
    for index, service_fault in enumerate(spec.service_faults):
        with _noting(scenario, mistakes, f"service_faults[{index}]"):
            site.add_service_fault(service_fault)
    for index, mapping in enumerate(spec.mappings):
        key = f"mappings[{index}]"
        with _noting(scenario, mistakes, key):
            site.add_mapping(mapping, key=key)
    for index, stub in enumerate(spec.stubs):
        with _noting(scenario, mistakes, f"stubs[{index}]"):
            answer = load_function(stub.python, scenario.folder, key="python") if stub.python is not None else None
            site.add_stub(stub, answer)
    for index, host in enumerate(spec.http_stubs):
        with _noting(scenario, mistakes, f"http_stubs[{index}]"):
            site.add_http_stub(host, load_function(host.python, scenario.folder, key="python") if host.python else None)


def _add_sources(scenario: Scenario, site: Site, mistakes: Mistakes, *, precede_templates: bool) -> None:
    own = {name for of_section in scenario.sources.values() for name in of_section}
    has_templates = scenario.spec.template is not None
    for section, sources in scenario.sources.items():
        for name, source in sources.items():
            may_precede = has_templates and getattr(source, "precedes_templates", False)
            if (may_precede and own.issuperset(named_in(source))) is precede_templates:
                with _noting(scenario, mistakes, f"{section}.{name}"):
                    site.add_source(section, name, source)


def _connect(scenario: Scenario, site: Site, mistakes: Mistakes) -> None:
    """Connect everything, noting each refusal, until a call says nothing new."""
    noted = -1
    while noted < len(mistakes):
        noted = len(mistakes)
        with _noting(scenario, mistakes):
            site.connect()
