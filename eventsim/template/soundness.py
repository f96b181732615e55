"""Is a template made of what templates are made of? CloudFormation's first look, in its own words."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from eventsim.template.document import Document, Path_

_SECTIONS: Final = frozenset(
    (
        *("AWSTemplateFormatVersion", "Conditions", "Description", "Globals", "Hooks", "Mappings", "Metadata"),
        *("Outputs", "Parameters", "Resources", "Rules", "Transform"),
    )
)
_MAPS: Final = ("Conditions", "Globals", "Mappings", "Outputs", "Parameters", "Resources", "Rules")
"""Sections that have something by name."""
_MEMBERS: Final = frozenset(
    (
        *("Condition", "Connectors", "CreationPolicy", "DeletionPolicy", "DependsOn", "IgnoreGlobals", "Metadata"),
        *("Properties", "Type", "UpdatePolicy", "UpdateReplacePolicy"),
    )
)
"""What a resource has; two of them SAM takes out."""
_MEMBERS_OF_CUSTOM: Final = _MEMBERS | {"Version"}
"""What a custom resource has: a version, too, which says nothing to anybody."""
_POLICIES: Final = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot"),
    "UpdateReplacePolicy": ("Delete", "Retain", "Snapshot"),
}
"""What may become of a resource in the end."""
_VERSION: Final = "2010-09-09"
_DESCRIPTION_BYTES_MAX: Final = 1024
"""CloudFormation's limit (documented)."""
NO_VALUE: Final = "Template format error: Every Outputs member must contain a Value object"
_IDENTIFIER = re.compile(r"[A-Za-z0-9]+")
_PARAMETER_TYPE = re.compile(r"String|Number|CommaDelimitedList|List<(String|Number|AWS::[\w:]+)>|AWS::[\w:]+(<.+>)?")


def check_soundness(document: Document) -> None:
    """See that a template has sections, resources and parameters as templates have them.

    Raises:
        TemplateError: it has not.
    """
    for path, words in _faults(document.body):
        raise document.refusal(path, words)


def _faults(body: Mapping[str, Any]) -> Iterator[tuple[Path_, str]]:
    if str(body.get("AWSTemplateFormatVersion", _VERSION)) != _VERSION:
        yield ("AWSTemplateFormatVersion",), "Template format error: unsupported value for AWSTemplateFormatVersion."
    unknown = [str(name) for name in body if name not in _SECTIONS and not str(name).startswith("Fn::")]
    if unknown:
        yield (unknown[0],), f"Invalid template property or properties [{', '.join(unknown)}]"
    for name in _MAPS:
        if not isinstance(body.get(name) or {}, dict):
            yield (name,), f"Template format error: {name} must be a map."  # unconfirmed wording
    named = body.get("Transform") or []
    for each in named if isinstance(named, list) else [named]:
        if not isinstance(each, str) and not (isinstance(each, dict) and isinstance(each.get("Name"), str)):
            yield ("Transform",), "Template format error: Transform must name macros."  # unconfirmed wording
    if len(str(body.get("Description") or "").encode()) > _DESCRIPTION_BYTES_MAX:
        words = f"Template format error: 'Description' length is greater than {_DESCRIPTION_BYTES_MAX}."
        yield ("Description",), words
    yield from _faults_of_parameters(body.get("Parameters"))
    yield from _faults_of_resources(body.get("Resources"), has_macros="Transform" in body)
    yield from _faults_of_outputs(body.get("Outputs"), has_macros="Transform" in body)


def _faults_of_outputs(outputs: object, *, has_macros: bool) -> Iterator[tuple[Path_, str]]:
    for name, about in (outputs if isinstance(outputs, dict) else {}).items():
        is_whole = isinstance(about, dict) and ("Value" in about or "Fn::Transform" in about)
        if not is_whole and not has_macros and not str(name).startswith("Fn::"):
            yield ("Outputs", name), NO_VALUE
        export = about.get("Export") if isinstance(about, dict) else None
        if not isinstance(export or {}, dict):
            yield ("Outputs", name, "Export"), f"Template format error: Export of {name} must be a map."  # unconfirmed


def _faults_of_parameters(parameters: object) -> Iterator[tuple[Path_, str]]:
    for name, about in (parameters if isinstance(parameters, dict) else {}).items():
        if not _IDENTIFIER.fullmatch(str(name)):
            yield ("Parameters", name), f"Template format error: Parameter name {name} is non alphanumeric."
        if not isinstance(about, dict) or "Type" not in about:
            words = "Template format error: Every Parameters object must contain a Type member."
            yield ("Parameters", name), words
        elif not _PARAMETER_TYPE.fullmatch(str(about["Type"])):
            words = f"Template format error: Unrecognized parameter type: {about['Type']}"
            yield ("Parameters", name, "Type"), words
        elif isinstance(about.get("Default"), dict | list):
            words = "Template format error: Every Default member must be a string."
            yield ("Parameters", name, "Default"), words
        elif not _is_list_of_scalars(about.get("AllowedValues") or []):
            words = "Template format error: Every AllowedValues member must be a list of strings."  # unconfirmed
            yield ("Parameters", name, "AllowedValues"), words


def _is_list_of_scalars(given: object) -> bool:
    return isinstance(given, list) and not any(isinstance(each, dict | list) for each in given)


def _faults_of_resources(resources: object, *, has_macros: bool) -> Iterator[tuple[Path_, str]]:
    for name, about in (resources if isinstance(resources, dict) else {}).items():
        path: Path_ = ("Resources", name)
        if str(name).startswith("Fn::"):
            continue
        if not _IDENTIFIER.fullmatch(str(name)):
            yield path, f"Template format error: Resource name {name} is non alphanumeric."
        if not isinstance(about, dict):
            if not has_macros:
                yield path, f"Template format error: [/Resources/{name}] resource definition is malformed"
            continue
        if "Type" not in about and "Fn::Transform" not in about and not has_macros:
            yield path, f"Template format error: [/Resources/{name}] Every Resources object must contain a Type member."
        kind = str(about.get("Type"))
        members = _MEMBERS_OF_CUSTOM if _is_custom(kind) else _MEMBERS
        for member in () if kind.startswith("AWS::Serverless::") else about:  # SAM takes out what it does not know
            if member not in members and not str(member).startswith("Fn::"):
                yield (*path, member), f"Invalid template resource property '{member}'"
        for member, known in _POLICIES.items():
            if isinstance(about.get(member), str) and about[member] not in known:
                words = f"Template format error: Unrecognized {member} {about[member]} for resource {name}"
                yield (*path, member), words


def _is_custom(kind: str) -> bool:
    return kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource"
