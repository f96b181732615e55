"""What will a change make of resources? Each with what changes about it, what for, and what becomes of the old one.

A change set is worked out before anything is made, so what refers to a resource that is yet to come is not known.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, cast

from eventsim.template.intrinsic import UNKNOWN, Resolver, as_text
from eventsim.template.known_properties import Mistake, mistakes_in
from eventsim.template.plan import Names, Plan
from eventsim.template.stack import Declared, Stack, StackResource
from eventsim.template.table import KINDS, NESTED, kind_of
from eventsim.template.tags import is_tagged
from eventsim.template.trouble import TROUBLE
from eventsim.template.updates import UPDATES

KNOWN_LATER: Final = "{{changeSet:KNOWN_AFTER_APPLY}}"
_HIDDEN: Final = "****"
_INSIDE: Final = re.compile(r"\$\{([A-Za-z0-9.]+)\}")
"""To what text refers that `Fn::Sub` completes."""


class Foresight:
    """Knows the resources of a stack as a plan will make them; the scope of one more reading of its template.

    Args:
        names: what the template may refer to besides its resources.
    """

    def __init__(self, stack: Stack, plan: Plan, names: Names, region: str) -> None:
        self._stack = stack
        self._names = names
        self._declared = {each.logical_id: each for each in plan.order}
        self._fresh = self._declared.keys() - stack.resources.keys()
        self._after: dict[str, dict[str, Any]] = {}
        before = stack.parameters
        self._other_parameters = [
            name for name, each in plan.parameters.items() if name not in before or before[name].value != each.value
        ]
        self._secrets = [
            each.given
            for parameters in (before, plan.parameters)
            for each in parameters.values()
            if each.is_secret and each.given
        ]
        self._outputs = plan.outputs
        self._resolver = Resolver(
            mappings=plan.processed.get("Mappings") or {},
            conditions=plan.processed.get("Conditions") or {},
            scope=self,
            region=region,
        )
        for logical_id, declared in self._declared.items():
            self._after[logical_id] = self._resolved(declared)
            resource = stack.resources.get(logical_id)
            if resource is not None and self._replacement(resource, declared) != "False":
                self._fresh |= {logical_id}

    def _resolved(self, declared: Declared) -> dict[str, Any]:
        """Return properties as they will be; of what cannot be worked out it will be told when it is made."""
        try:
            value = self._resolver.value(declared.properties, ("Resources", declared.logical_id, "Properties"))
        except TROUBLE:
            return dict.fromkeys(declared.properties, KNOWN_LATER)
        return cast("dict[str, Any]", _known(value))

    @property
    def has_other_outputs(self) -> bool:
        """Whether the stack will have other outputs."""
        before = {name: (each.value, each.export, each.description) for name, each in self._stack.outputs.items()}
        return before != {name: self._output(name, about) for name, about in self._outputs.items()}

    def _output(self, name: str, about: Mapping[str, Any]) -> tuple[str, str, str]:
        export = (about.get("Export") or {}).get("Name")
        try:
            value, exported = (
                "" if each is None else as_text(self._resolver.value(each, ("Outputs", name)))
                for each in (about["Value"], export)
            )
        except TROUBLE:
            return KNOWN_LATER, "", ""
        return value, exported, as_text(about.get("Description") or "")

    def changes(self, *, is_retagged: bool) -> dict[str, list[str]]:
        """Return which resources are added, changed and removed, by the action that CloudFormation calls it.

        A nested stack always counts as changed: what differs inside shows only when it is looked at.

        Args:
            is_retagged: whether the stack will have other tags, which its resources get.
        """
        resources = self._stack.resources
        modified = [
            name for name in resources if name in self._declared and self._is_changed(name, is_retagged=is_retagged)
        ]
        changes = {
            "Add": [name for name in self._declared if name not in resources],
            "Modify": modified,
            "Remove": [name for name in resources if name not in self._declared],
        }
        if any(changes.values()):  # another policy alone is no change
            changes["Modify"] = [name for name in resources if name in modified or self._has_other_policies(name)]
        return changes

    def _is_changed(self, logical_id: str, *, is_retagged: bool) -> bool:
        resource, declared = self._stack.resources[logical_id], self._declared[logical_id]
        if declared.type == NESTED or declared.type != resource.declared.type or resource.status.endswith("_FAILED"):
            return True
        is_other = declared.metadata != resource.declared.metadata or bool(self._other_names(resource, declared))
        return is_other or (is_retagged and is_tagged(declared.type))

    def _has_other_policies(self, logical_id: str) -> bool:
        declared = self._declared.get(logical_id)
        return declared is not None and bool(_other_attributes(self._stack.resources[logical_id], declared))

    def after(self, logical_id: str) -> Mapping[str, Any]:
        """Return the properties of a resource as they will be."""
        return self._after[logical_id]

    @property
    def mistakes(self) -> dict[str, list[Mistake]]:
        """What is wrong with the properties of resources, by the logical ids of these."""
        found = {name: mistakes_in(self._declared[name].type, after) for name, after in self._after.items()}
        return {name: mistakes for name, mistakes in found.items() if mistakes}

    # --- the scope -------------------------------------------------------------------------------------

    def reference(self, name: str) -> Any:
        """Answer `Ref`."""
        known = self._names.find(name)
        if known is not None:
            return known
        resource = self._stack.resources.get(name)
        is_known = name not in self._fresh and resource is not None and resource.made is not None
        return resource.made.reference if is_known and resource is not None and resource.made else _later(name)

    def attribute(self, logical_id: str, name: str) -> Any:
        """Answer `Fn::GetAtt`."""
        resource = self._stack.resources.get(logical_id)
        made = None if resource is None or logical_id in self._fresh else resource.made
        return _later(logical_id) if made is None or name not in made.attributes else made.attributes[name]

    def imported(self, name: str) -> Any:
        """Answer `Fn::ImportValue`."""
        return self._names.exports.get(name, _later(name))

    # --- what is told ----------------------------------------------------------------------------------

    def told(self, action: str, logical_id: str, *, is_retagged: bool, has_values: bool) -> dict[str, Any]:
        """Return a change as `DescribeChangeSet` tells of it.

        Args:
            is_retagged: whether the stack will have other tags.
            has_values: whether it shows the properties before and after.
        """
        resource, declared = self._stack.resources.get(logical_id), self._declared.get(logical_id)
        kind = declared.type if declared is not None else resource.declared.type if resource is not None else ""
        told: dict[str, Any] = {"Action": action, "LogicalResourceId": logical_id, "ResourceType": kind}
        told |= {"Scope": [], "Details": []}
        if action == "Modify" and resource is not None and declared is not None:
            told["Replacement"] = self._replacement(resource, declared)
            attributes = _other_attributes(resource, declared)
            attributes += ["Tags"] if is_retagged and is_tagged(declared.type) else []
            properties = self._details(resource, declared, has_values=has_values)
            told["Scope"] = [*(["Properties"] if properties or not attributes else []), *attributes]
            told["Details"] = properties + [_detail_of(name) for name in attributes]
            if told["Replacement"] == "True":
                told["PolicyAction"] = f"ReplaceAnd{_policy(resource.declared.replace_policy)}"
        if action == "Remove" and resource is not None:
            told["PolicyAction"] = _policy(resource.declared.deletion_policy)
        if resource is not None:
            told["PhysicalResourceId"] = resource.physical_id
        return {**told, **self._contexts(resource, declared)} if has_values else told

    def _contexts(self, resource: StackResource | None, declared: Declared | None) -> dict[str, str]:
        contexts = {}
        if resource is not None:
            contexts["BeforeContext"] = self._context(resource.properties, resource.declared.metadata)
        if declared is not None:
            contexts["AfterContext"] = self._context(self._after[declared.logical_id], declared.metadata)
        return contexts

    def _context(self, properties: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
        more = {"Metadata": dict(metadata)} if metadata else {}
        return self._shown({"Properties": dict(properties), **more})

    def _shown(self, value: Any) -> str:
        """Return a value as text, what secret parameters say hidden."""
        is_text = isinstance(value, str | bool | int | float)
        text = as_text(value) if is_text else json.dumps(value, separators=(",", ":"), default=str)
        for secret in self._secrets:
            text = text.replace(secret if is_text else json.dumps(secret)[1:-1], _HIDDEN)
        return text

    def _other_names(self, resource: StackResource, declared: Declared) -> list[str]:
        """Return the properties that will be others."""
        before, after = resource.properties, self._after[declared.logical_id]
        return sorted(name for name in {**before, **after} if before.get(name) != after.get(name))

    def _details(self, resource: StackResource, declared: Declared, *, has_values: bool) -> list[dict[str, Any]]:
        details = []
        for name in self._other_names(resource, declared):
            target = _target(declared, name)
            if has_values:
                target |= self._values(resource, declared, name)
            given = declared.properties.get(name)
            is_direct = resource.declared.properties.get(name) != given
            parameters = [] if is_direct else [each for each in self._other_parameters if mentions(given, each)]
            others = [] if is_direct else list(_references(given, self._fresh))
            details += [_caused(target, "Static", "ParameterReference", each) for each in parameters]
            details += [
                _caused(target, "Dynamic", "ResourceAttribute" if "." in each else "ResourceReference", each)
                for each in others
            ]
            if is_direct or not others:
                evaluation = "Static" if is_direct else "Dynamic"
                details.append({"Target": target, "Evaluation": evaluation, "ChangeSource": "DirectModification"})
        if declared.type == NESTED and not details:
            target = {"Attribute": "Properties", "RequiresRecreation": "Never"}
            return [{"Target": target, "Evaluation": "Dynamic", "ChangeSource": "Automatic"}]
        return details

    def _values(self, resource: StackResource, declared: Declared, name: str) -> dict[str, str]:
        before, after = resource.properties, self._after[declared.logical_id]
        kind = "Modify" if name in before and name in after else "Add" if name in after else "Remove"
        values = {"BeforeValue": before.get(name), "AfterValue": after.get(name)}
        shown = {key: self._shown(value) for key, value in values.items() if value is not None}
        return {"Path": f"/Properties/{name}", "AttributeChangeType": kind, **shown}

    def _replacement(self, resource: StackResource, declared: Declared) -> str:
        """Tell whether a changed resource is a new one; a type that does not change in place always is.

        Whether it is depends on what is yet to come if all that could make it one is not known before.
        """
        before = resource.declared
        if declared.type != before.type:
            return "True"
        update, names = UPDATES.get(declared.type), self._other_names(resource, declared)
        if update is None or resource.made is None:
            decisive = names if kind_of(declared.type) is not None and declared.type in KINDS else []
        else:
            decisive = [name for name in names if name in update.fixed]
        if not decisive:
            return "False"
        after = self._after[declared.logical_id]
        return "Conditional" if all(KNOWN_LATER in str(after.get(name)) for name in decisive) else "True"


def mentions(value: Any, parameter: str) -> bool:
    """Tell whether a parameter stands somewhere in properties."""
    text = repr(value)
    return f"'Ref': '{parameter}'" in text or f"${{{parameter}}}" in text


def _target(declared: Declared, name: str) -> dict[str, Any]:
    update = UPDATES.get(declared.type)
    is_fixed = update is not None and name in update.fixed
    return {"Attribute": "Properties", "Name": name, "RequiresRecreation": "Always" if is_fixed else "Never"}


def _caused(target: Mapping[str, Any], evaluation: str, source: str, entity: str) -> dict[str, Any]:
    return {"Target": target, "Evaluation": evaluation, "ChangeSource": source, "CausingEntity": entity}


def _detail_of(attribute: str) -> dict[str, Any]:
    """Return how a change of something else than properties is told."""
    target = {"Attribute": attribute, "RequiresRecreation": "Never"}
    return {"Target": target, "Evaluation": "Static", "ChangeSource": "DirectModification"}


def _other_attributes(resource: StackResource, declared: Declared) -> list[str]:
    """Return what will be other about a resource besides its properties."""
    before, after = resource.declared, declared
    pairs = {
        "Metadata": (before.metadata, after.metadata),
        "DeletionPolicy": (before.deletion_policy, after.deletion_policy),
        "UpdateReplacePolicy": (before.replace_policy, after.replace_policy),
    }
    return [name for name, (old, new) in pairs.items() if old != new]


def _references(value: Any, names: Collection[str]) -> Iterator[str]:
    """Yield to which of some resources a piece of a template refers: `Queue`, `Queue.Arn`."""
    if isinstance(value, list):
        for each in value:
            yield from _references(each, names)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key == "Ref" and each in names:
                yield each
            elif key == "Fn::GetAtt" and isinstance(each, list) and each[0] in names:
                yield ".".join(map(str, each))
            elif key == "Fn::GetAtt" and isinstance(each, str) and each.partition(".")[0] in names:
                yield each
            elif key == "Fn::Sub":
                text = each[0] if isinstance(each, list) else each
                yield from (found for found in _INSIDE.findall(str(text)) if found.partition(".")[0] in names)
                yield from _references(each[1:] if isinstance(each, list) else [], names)
            else:
                yield from _references(each, names)


def _policy(said: str) -> str:
    """Return what becomes of a resource in the end, in the words of change sets."""
    return "Retain" if said.startswith("Retain") else said


def _later(name: str) -> str:
    return f"{UNKNOWN}{name}{UNKNOWN}"


def _known(value: Any) -> Any:
    """Return properties of which all is known that can be."""
    if isinstance(value, dict):
        return {key: _known(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_known(each) for each in value]
    return KNOWN_LATER if isinstance(value, str) and UNKNOWN in value else value
