"""What does one see who deploys a template from the command line? The report, and what to do next."""

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from eventsim.report.wording import counted
from eventsim.scenario.load import Scenario
from eventsim.scenario.templates import templates_of

if TYPE_CHECKING:
    from eventsim.template.deployed import Deployed

_FEEDS = {
    "AWS::SQS::Queue": "send: {{queue: {0}, body: hello}}",
    "AWS::S3::Bucket": "put: {{bucket: {0}, key: hello.txt, body: hello}}",
    "AWS::SNS::Topic": "publish: {{topic: {0}, message: hello}}",
    "AWS::Lambda::Function": "invoke: {{function: {0}, event: {{}}}}",
}
"""What a workload may do to a resource of a type, the liveliest first."""
_QUIET = ("dlq", "dead", "fail")
"""Words in the names of queues that are not written to at first."""


def is_bare(scenario: Scenario) -> bool:
    """Tell whether a scenario is a template and nothing else: there is nothing to run."""
    spec = scenario.spec
    return spec.template is not None and not (spec.workload or spec.expect or spec.until)


def page(scenario: Scenario, deployed: "Sequence[Deployed]", *, width: int, is_json: bool) -> str:
    """Return what to show of a template by itself: its report, and what to do next."""
    if is_json:
        return as_json(deployed)
    return f"{report(deployed, width=width)}\n{_next_step(scenario, deployed)}"


def report(deployed: "Sequence[Deployed]", *, width: int) -> str:
    """Return what became of every resource."""
    return "\n".join(each.report(width=width) for each in deployed)


def pointer(deployed: "Sequence[Deployed]", asked: str) -> str:
    """Return the line that says where to read what of the templates has no effect, "" if all of it has one.

    Args:
        asked: the scenario as the command line names it.
    """
    count = sum(len(each.notes) + sum(line.level == "missing" for line in each.lines) for each in deployed)
    if not count:
        return ""
    notes = counted(count, "note on the template", "notes on the template")
    return f"{notes}: eventsim deploy-report {shlex.quote(asked)} shows {'it' if count == 1 else 'them'}"


def as_json(deployed: "Sequence[Deployed]") -> str:
    """Return the same for machines, as one JSON object."""
    told = [
        {"stack": each.name, "resources": each.lines, "notes": each.notes, "outputs": each.outputs} for each in deployed
    ]
    return msgspec.json.encode({"stacks": told}).decode()


def _next_step(scenario: Scenario, deployed: "Sequence[Deployed]") -> str:
    """Return what somebody may do who has seen that a template deploys."""
    lines = [line for each in deployed for line in each.lines if line.level == "works"]
    lively = [line for line in lines if not any(word in line.logical_id.lower() for word in _QUIET)] or lines
    # a queue for dead letters is made before those that it serves
    fed = next((line for kind in _FEEDS for line in reversed(lively) if line.type == kind), None)
    feed = _FEEDS[fed.type].format(fed.logical_id) if fed else "invoke: {function: MyFunction, event: {}}"
    template = scenario.folder / templates_of(scenario.spec)[0].file
    return (
        "Nothing happens in it yet. Let something happen: add\n\n"
        f"    --set 'workload=[{{{feed}}}]'\n\n"
        "or let time pass (--until '10 min'); or write a scenario beside it:\n\n"
        f"    template: {template.resolve().name}\n    workload:\n    - {feed}\n"
    )
