"""What is to be made, and in which order? Everything that can be wrong with a template shows here, before anything is.

The template is read once with a scope that knows no resource yet: every reference that it answers is a dependency, and
every one that it cannot answer is a mistake.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eventsim.errors import TemplateError
from eventsim.spelling import did_you_mean
from eventsim.template.document import Document, Notes, Path_, Refusal
from eventsim.template.foreach import expanded
from eventsim.template.intrinsic import UNKNOWN, Resolver, Unresolved
from eventsim.template.kinds_waiting import CONDITION
from eventsim.template.known_types import mistake_in, refusal
from eventsim.template.leftover import tell_of_policies
from eventsim.template.local import Local, localise
from eventsim.template.parameters import Parameter
from eventsim.template.rules import check_rules
from eventsim.template.sam import LANGUAGE_EXTENSIONS, TRANSFORM, transforms_of, translate
from eventsim.template.site import partition
from eventsim.template.soundness import NO_VALUE, check_soundness
from eventsim.template.stack import Declared
from eventsim.template.table import NESTED, kind_of

RESOURCES_MAX = 500
"""CloudFormation's own limit (documented)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a template comes to.

    Attributes:
        processed: the template after transforms.
        order: the resources that exist, each after those that it depends on.
        local: where code and definitions are.
    """

    document: Document
    local: Local
    processed: Mapping[str, Any]
    parameters: Mapping[str, Parameter]
    order: Sequence[Declared]
    outputs: Mapping[str, Any]
    imports: frozenset[str]


@dataclass(slots=True)
class Names:
    """What templates may refer to besides their resources."""

    parameters: Mapping[str, Any]
    pseudo: Mapping[str, Any]
    exports: Mapping[str, Any]

    def find(self, name: str) -> Any:
        """Return a parameter or a pseudo parameter, None if it is neither."""
        return self.parameters[name] if name in self.parameters else self.pseudo.get(name)


def pseudo_parameters(
    region: str, account_id: str, stack_name: str, stack_id: str, notified: Sequence[str]
) -> dict[str, Any]:
    """Return AWS's own parameters."""
    return {
        "AWS::AccountId": account_id,
        "AWS::NotificationARNs": list(notified),
        "AWS::Partition": partition(region),
        "AWS::Region": region,
        "AWS::StackId": stack_id,
        "AWS::StackName": stack_name,
        "AWS::URLSuffix": "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com",
    }


def make_plan(document: Document, parameters: Mapping[str, Parameter], names: Names, notes: Notes) -> Plan:
    """Work out what a template comes to.

    Raises:
        TemplateError: it cannot be deployed; the text names every place.
    """
    for warning in document.warnings:
        notes.add(warning)
    check_soundness(document)
    region = names.pseudo["AWS::Region"]
    check_rules(document, parameters, region)

    def written_out(body: dict[str, Any]) -> dict[str, Any]:
        if LANGUAGE_EXTENSIONS not in transforms_of(body):
            return body
        mappings, conditions = body.get("Mappings") or {}, body.get("Conditions") or {}
        resolver = Resolver(mappings=mappings, conditions=conditions, scope=_Given(names), region=region)
        return expanded(document, body, resolver)

    local = localise(document, written_out)
    transforms = transforms_of(local.body)
    body = local.body
    if any(name.startswith("AWS::Serverless") for name in transforms):
        given = {name: parameter.given for name, parameter in parameters.items()}
        body = translate(document, body, given, region)
    for name in transforms:
        if name not in (TRANSFORM, LANGUAGE_EXTENSIONS) and not name.startswith("AWS::Serverless"):
            notes.add(f"{name}, a macro of AWS's own, is not run")
    declared = body.get("Resources")
    if not isinstance(declared, dict) or not declared:
        text = str(document.error((), "the template has no resources; it needs the key `Resources`"))
        raise Refusal(text, "Template format error: At least one Resources member must be defined.")
    if len(declared) > RESOURCES_MAX:
        raise document.error(("Resources",), f"a template has at most {RESOURCES_MAX} resources, not {len(declared)}")
    for logical_id, path in local.paths.items():
        if not path.exists() and not path.parent.is_dir():
            raise document.error(("Resources", logical_id), f"{logical_id}: there is no {path}")
    draft = _Draft(document, body, names, region)
    draft.check_conditions()
    resources = draft.resources()
    outputs = draft.outputs()
    draft.raise_any()
    tell_of_policies(notes, declared, resources)
    order = _ordered(document, resources)
    return Plan(document, local, body, parameters, order, outputs, frozenset(draft.imports))


UNEXPORTED = "No export named {} found"
"""What CloudFormation finds out when it has begun to make a stack."""
_CIRCLE = "Circular dependency between resources: [{}]"
_IN_CONDITION = (
    "Template format error: Unresolved dependencies [{}]. "
    "Cannot reference resources in the Conditions block of the template"
)


class _Given:
    """Knows parameters, and no resource yet; the scope of what the language extensions write out."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def reference(self, name: str) -> Any:
        """Answer `Ref`."""
        known = self._names.find(name)
        if known is None:
            raise LookupError(f"there is no parameter `{name}`; the language extensions know no resources")
        return known

    def attribute(self, logical_id: str, name: str) -> Any:
        """Refuse `Fn::GetAtt`."""
        raise LookupError(f"`{logical_id}.{name}` is not known to the language extensions, which know no resources")

    def imported(self, name: str) -> Any:
        """Refuse `Fn::ImportValue`."""
        raise LookupError(f"`{name}` is not known to the language extensions, which know no other stacks")


@dataclass(slots=True)
class _Use:
    """What the value that is being read refers to."""

    resources: list[str] = field(default_factory=list)


class _Draft:
    """Reads a template without knowing any resource; the scope of the first reading."""

    def __init__(self, document: Document, body: Mapping[str, Any], names: Names, region: str) -> None:
        self._document = document
        self._body = body
        self._names = names
        self._use = _Use()
        self._errors: list[str] = []
        self._words: list[str] = []
        self._missing: dict[str, list[str]] = {}
        self._unrecognised: list[str] = []
        self._block = "Conditions"
        self.imports: set[str] = set()
        self._resolver = Resolver(
            mappings=body.get("Mappings") or {}, conditions=body.get("Conditions") or {}, scope=self, region=region
        )
        self._types: dict[str, str] = {}
        self._absent: set[str] = set()

    # --- the scope -------------------------------------------------------------------------------------

    def reference(self, name: str) -> Any:
        """Answer `Ref` with what is known already, or note the dependency."""
        known = self._names.find(name)
        if known is not None:
            return known
        if self._block == "Conditions":
            raise LookupError(
                f"conditions refer to parameters only, and there is none `{name}`", _IN_CONDITION.format(name)
            )
        self._depend(name)
        return f"{UNKNOWN}{name}{UNKNOWN}"

    def attribute(self, logical_id: str, name: str) -> Any:
        """Note the dependency, and see that the type has the attribute."""
        self._depend(logical_id, f"Template error: instance of Fn::GetAtt references undefined resource {logical_id}")
        type_name = self._types[logical_id]
        kind = kind_of(type_name)
        if type_name == NESTED:
            if not name.startswith("Outputs."):
                raise LookupError(f"a nested stack has outputs only: `{logical_id}.Outputs.Name`")
        elif kind is not None and kind.attributes is not None and name not in kind.attributes:
            words = f"Template error: resource {logical_id} does not support attribute type {name} in Fn::GetAtt"
            hint = did_you_mean(name, sorted(kind.attributes))
            raise LookupError(f"{type_name} has no attribute `{name}`{hint}", words)
        return f"{UNKNOWN}{logical_id}.{name}{UNKNOWN}"

    def imported(self, name: str) -> Any:
        """Answer with what another stack exports."""
        if UNKNOWN in name:
            return name
        if name not in self._names.exports:
            hint = did_you_mean(name, self._names.exports)
            message = f"no stack of this simulation exports `{name}`{hint}; deploy the one that does first"
            raise LookupError(message, UNEXPORTED.format(name))
        self.imports.add(name)
        return self._names.exports[name]

    def _depend(self, name: str, words: str = "") -> None:
        if name not in self._types and not words:
            self._missing.setdefault(self._block, []).append(name)
        if name in self._absent:
            raise LookupError(f"`{name}` is not made: its condition does not hold", words)
        if name not in self._types:
            known = [*self._types, *self._names.parameters]
            raise LookupError(f"there is no resource or parameter `{name}`{did_you_mean(name, known)}", words)
        self._use.resources.append(name)

    # --- reading ---------------------------------------------------------------------------------------

    def check_conditions(self) -> None:
        """Work out every condition, those that nothing uses as well."""
        for name in self._body.get("Conditions") or {}:
            self._holds(name, ("Conditions", name))

    def resources(self) -> dict[str, Declared]:
        """Return the resources that exist, with what each depends on."""
        self._block = "Resources"
        existing = self._existing()
        return {logical_id: self._declared(logical_id, about) for logical_id, about in existing.items()}

    def _existing(self) -> dict[str, dict[str, Any]]:
        existing: dict[str, dict[str, Any]] = {}
        for logical_id, about in self._body["Resources"].items():
            path: Path_ = ("Resources", logical_id)
            if not isinstance(about, dict) or not isinstance(about.get("Type"), str):
                self._note(path, f"the resource `{logical_id}` has no `Type`")
                continue
            self._check_type(about["Type"], (*path, "Type"))
            condition = about.get("Condition")
            if condition is None or self._holds(condition, (*path, "Condition")):
                existing[logical_id] = about
                self._types[logical_id] = about["Type"]
            else:
                self._absent.add(logical_id)
        return existing

    def _check_type(self, name: str, path: Path_) -> None:
        """See that a type may be one, also of a resource whose condition does not hold."""
        mistake = mistake_in(name, is_sam=TRANSFORM in transforms_of(self._document.body))
        if mistake:
            self._unrecognised.append(name)
            self._note(path, mistake)

    def _holds(self, condition: Any, path: Path_) -> bool:
        try:
            return self._resolver.holds(str(condition), path)
        except Unresolved as error:
            self._note(error.path, str(error), error.words)
            return False

    def _declared(self, logical_id: str, about: Mapping[str, Any]) -> Declared:
        path: Path_ = ("Resources", logical_id, "Properties")
        properties = about.get("Properties") or {}
        if not isinstance(properties, dict):
            self._note(path, "`Properties` is a mapping")
        self._use = _Use()
        self._read(properties, path)
        if logical_id in self._use.resources:
            self._note(path, "it refers to itself, and so depends on itself", _CIRCLE.format(logical_id))
        named = about.get("DependsOn") or []
        for name in [named] if isinstance(named, str) else named:
            if name == logical_id:
                self._note((*path[:2], "DependsOn"), "it depends on itself", _CIRCLE.format(logical_id))
            if name in self._types:
                self._use.resources.append(name)
            elif name not in self._absent:
                hint = did_you_mean(name, self._types)
                self._missing.setdefault("Resources", []).append(name)
                self._note(("Resources", logical_id, "DependsOn"), f"there is no resource `{name}`{hint}")
        depends_on = tuple(dict.fromkeys(self._use.resources))
        metadata = about.get("Metadata") or {}
        return Declared(
            logical_id=logical_id,
            type=about["Type"],
            properties=properties if isinstance(properties, dict) else {},
            depends_on=depends_on,
            metadata=metadata if isinstance(metadata, dict) else {},
            deletion_policy=self._policy(about, logical_id, "DeletionPolicy"),
            replace_policy=self._policy(about, logical_id, "UpdateReplacePolicy"),
        )

    def _policy(self, about: Mapping[str, Any], logical_id: str, name: str) -> str:
        """Return what becomes of a resource in the end; with the language extensions, a function may say it."""
        given, path = about.get(name), ("Resources", logical_id, name)
        if given is None or isinstance(given, str):
            return given or "Delete"
        if LANGUAGE_EXTENSIONS not in transforms_of(self._document.body):
            self._note(path, f"a `{name}` is a text, unless `Transform` names {LANGUAGE_EXTENSIONS}")
            return "Delete"
        try:
            return str(self._resolver.value(given, path))
        except Unresolved as error:
            self._note(error.path, str(error))
            return "Delete"

    def _read(self, value: Any, path: Path_) -> None:
        """Read a value for its references; properties one by one, so that one run shows what is wrong with each."""
        parts = value.items() if isinstance(value, dict) and not _is_function(value) else [("", value)]
        for key, part in parts:
            try:
                self._resolver.value(part, (*path, key) if key else path)
            except Unresolved as error:
                self._note(error.path, str(error), error.words)

    def outputs(self) -> dict[str, Any]:
        """Return the outputs that exist, as the template has them."""
        self._block = "Outputs"
        existing = {}
        for name, about in (self._body.get("Outputs") or {}).items():
            path: Path_ = ("Outputs", name)
            if not isinstance(about, dict) or "Value" not in about:
                self._note(path, f"the output `{name}` has no `Value`", NO_VALUE)
            elif isinstance(about["Value"], list):
                words = "Template format error: The Value field of every Outputs member must evaluate to a String."
                self._note((*path, "Value"), f"the output `{name}` is a list, and outputs are texts", words)
            elif about.get("Condition") is None or self._holds(about["Condition"], (*path, "Condition")):
                self._use = _Use()
                self._read({"Value": about["Value"], "Export": about.get("Export")}, path)
                existing[name] = about
        return existing

    def _note(self, path: Path_, message: str, words: str = "") -> None:
        if words:
            self._words.append(words)
        is_named = message.startswith("the resource")
        of = f"{path[1]}: " if len(path) > 1 and path[0] == "Resources" and not is_named else ""
        text = str(self._document.error(path, of + message))
        if text not in self._errors:
            self._errors.append(text)

    def raise_any(self) -> None:
        """Raise everything that was wrong, if anything was."""
        if self._errors:
            more = [f"… and {len(self._errors) - 10} more"] if len(self._errors) > 10 else []
            text = "\n\n".join(self._errors[:10] + more)
            unresolved = [
                f"Template format error: Unresolved resource dependencies [{', '.join(dict.fromkeys(names))}] "
                f"in the {block} block of the template"
                for block, names in self._missing.items()
            ]
            of_types = [refusal(self._unrecognised)] if self._unrecognised else []
            words = [*of_types, *unresolved, *self._words]
            raise Refusal(text, words[0]) if words else TemplateError(text)


def _is_function(value: Mapping[str, Any]) -> bool:
    name = next(iter(value), "")
    return len(value) == 1 and (name == "Ref" or name.startswith("Fn::"))


def _ordered(document: Document, declared: Mapping[str, Declared]) -> list[Declared]:
    """Return resources after those that they depend on, in the template's order where that leaves a choice.

    What runs code of the user's at deployment comes as late as it can: the code may rely on all the rest.
    """
    place = {logical_id: index for index, logical_id in enumerate(declared)}
    open_count = {name: sum(each != name for each in one.depends_on) for name, one in declared.items()}
    wanted_by: dict[str, list[str]] = {name: [] for name in declared}
    for name, one in declared.items():
        for each in one.depends_on:
            wanted_by[each].append(name)
    ready = [(_rank(declared[name]), place[name], name) for name, count in open_count.items() if not count]
    heapq.heapify(ready)
    order = []
    while ready:
        name = heapq.heappop(ready)[2]
        order.append(declared[name])
        for each in wanted_by[name]:
            open_count[each] -= 1
            if not open_count[each]:
                heapq.heappush(ready, (_rank(declared[each]), place[each], each))
    if len(order) < len(declared):
        circle = _circle({name: declared[name].depends_on for name, count in open_count.items() if count})
        message = f"these resources depend on one another in a circle: {' → '.join(circle)}"
        words = _CIRCLE.format(", ".join(dict.fromkeys(circle)))
        raise Refusal(str(document.error(("Resources", circle[0]), message)), words)
    return order


def _rank(declared: Declared) -> int:
    kind = kind_of(declared.type)
    if declared.type == CONDITION:  # who signals comes before
        return 2
    return 1 if kind is not None and kind.is_deferred else 0


def _circle(depends_on: Mapping[str, Sequence[str]]) -> list[str]:
    """Return one circle among resources that wait for one another."""
    name = next(iter(depends_on))
    seen: list[str] = []
    while name not in seen:
        seen.append(name)
        name = next(each for each in depends_on[name] if each in depends_on)
    return [*seen[seen.index(name) :], name]
