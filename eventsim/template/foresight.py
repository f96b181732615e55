"""What will a change set make of resources? Each with what changes about it, what for, and what becomes of the old one.

A change set is worked out before anything is made, so what refers to a resource that is yet to come is not known.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from eventsim.template.change_sets import ChangeSet
from eventsim.template.intrinsic import UNKNOWN, Resolver, as_text
from eventsim.template.known_properties import Mistake, mistakes_in
from eventsim.template.plan import Names
from eventsim.template.stack import Declared, StackResource
from eventsim.template.table import KINDS, NESTED, kind_of
from eventsim.template.updates import UPDATES

KNOWN_LATER: Final = "{{changeSet:KNOWN_AFTER_APPLY}}"
_HIDDEN: Final = "****"


class Foresight:
    """Knows the resources of a change set as they will be; the scope of one more reading of its template.

    Args:
        names: what the template may refer to besides its resources.
    """

    def __init__(self, found: ChangeSet, names: Names, region: str) -> None:
        self._found = found
        self._names = names
        self._fresh = set(found.changes.get("Add", ()))
        self._after: dict[str, dict[str, Any]] = {}
        self._declared = {each.logical_id: each for each in found.plan.order}
        before = found.stack.parameters
        self._other_parameters = [
            name
            for name, each in found.plan.parameters.items()
            if name not in before or before[name].value != each.value
        ]
        self._secrets = [
            each.given
            for parameters in (before, found.plan.parameters)
            for each in parameters.values()
            if each.is_secret and each.given
        ]
        resolver = Resolver(
            mappings=found.plan.processed.get("Mappings") or {},
            conditions=found.plan.processed.get("Conditions") or {},
            scope=self,
            region=region,
        )
        for logical_id, declared in self._declared.items():
            value = resolver.value(declared.properties, ("Resources", logical_id, "Properties"))
            self._after[logical_id] = _known(value)
            resource = found.stack.resources.get(logical_id)
            if resource is not None and self._replacement(resource, declared) == "True":
                self._fresh.add(logical_id)

    @property
    def mistakes(self) -> dict[str, list[Mistake]]:
        """What is wrong with the properties of resources, by the logical ids of these."""
        found = {name: mistakes_in(self._declared[name].type, after) for name, after in self._after.items()}
        return {name: mistakes for name, mistakes in found.items() if mistakes}

    def after(self, logical_id: str) -> Mapping[str, Any]:
        """Return the properties of a resource as they will be."""
        return self._after[logical_id]

    # --- the scope -------------------------------------------------------------------------------------

    def reference(self, name: str) -> Any:
        """Answer `Ref`."""
        known = self._names.find(name)
        if known is not None:
            return known
        resource = self._found.stack.resources.get(name)
        is_known = name not in self._fresh and resource is not None and resource.made is not None
        return resource.made.reference if is_known and resource is not None and resource.made else _later(name)

    def attribute(self, logical_id: str, name: str) -> Any:
        """Answer `Fn::GetAtt`."""
        resource = self._found.stack.resources.get(logical_id)
        made = None if resource is None or logical_id in self._fresh else resource.made
        return _later(logical_id) if made is None else made.attributes.get(name, _later(logical_id))

    def imported(self, name: str) -> Any:
        """Answer `Fn::ImportValue`."""
        return self._names.exports.get(name, _later(name))

    # --- what is told ----------------------------------------------------------------------------------

    def told(self, action: str, logical_id: str, *, has_values: bool) -> dict[str, Any]:
        """Return a change as `DescribeChangeSet` tells of it.

        Args:
            has_values: whether it shows the properties before and after.
        """
        resource, declared = self._found.stack.resources.get(logical_id), self._declared.get(logical_id)
        kind = declared.type if declared is not None else resource.declared.type if resource is not None else ""
        told: dict[str, Any] = {"Action": action, "LogicalResourceId": logical_id, "ResourceType": kind}
        told |= {"Scope": [], "Details": []}
        if action == "Modify" and resource is not None and declared is not None:
            told["Replacement"] = self._replacement(resource, declared)
            told["Scope"] = ["Metadata" if _has_only_other_metadata(resource.declared, declared) else "Properties"]
            told["Details"] = self._details(resource, declared, has_values=has_values)
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
            causes = [] if is_direct else [each for each in self._other_parameters if mentions(given, each)]
            details += [
                {
                    "Target": target,
                    "Evaluation": "Static",
                    "ChangeSource": "ParameterReference",
                    "CausingEntity": each,
                }
                for each in causes
            ]
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
        """Tell whether a changed resource is a new one; a type that does not change in place always is."""
        before = resource.declared
        if declared.type != before.type:
            return "True"
        update, names = UPDATES.get(declared.type), self._other_names(resource, declared)
        if not names:
            return "False"
        if update is None or resource.made is None:
            kind = kind_of(declared.type)
            return "True" if kind is not None and declared.type in KINDS else "False"
        return str(any(name in update.fixed for name in names))


def mentions(value: Any, parameter: str) -> bool:
    """Tell whether a parameter stands somewhere in properties."""
    text = repr(value)
    return f"'Ref': '{parameter}'" in text or f"${{{parameter}}}" in text


def _target(declared: Declared, name: str) -> dict[str, Any]:
    update = UPDATES.get(declared.type)
    is_fixed = update is not None and name in update.fixed
    return {"Attribute": "Properties", "Name": name, "RequiresRecreation": "Always" if is_fixed else "Never"}


def _has_only_other_metadata(old: Declared, new: Declared) -> bool:
    is_same = old.type == new.type and old.properties == new.properties
    return is_same and old.metadata != new.metadata


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
