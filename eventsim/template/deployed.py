"""What does one get who deploys a template? Names, outputs, and a report of what works and what does not."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eventsim.errors import TemplateError
from eventsim.function.spec import FunctionSpec
from eventsim.template.deployment import deploy
from eventsim.template.document import read_document
from eventsim.template.intrinsic import as_text
from eventsim.template.naming import stack_name
from eventsim.template.order import Order
from eventsim.template.report import Line, lines_of, report_text
from eventsim.template.site import Ground
from eventsim.template.stack import Stack, Stacks

MANIFEST_BYTES_MAX = 10_000_000


@dataclass(frozen=True, slots=True)
class Deployed:
    """A template that has become a part of the world.

    Attributes:
        stacks: the stack, or those of a `cdk.out`, with the stacks nested in them.
    """

    stacks: tuple[Stack, ...]

    @property
    def name(self) -> str:
        """The name of the stack."""
        return self.stacks[0].name

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs by name."""
        return {output.name: output.value for stack in self.stacks for output in stack.outputs.values()}

    @property
    def resources(self) -> dict[str, str]:
        """Physical ids by logical id: a queue's URL, a function's name."""
        return {name: each.physical_id for stack in self.stacks for name, each in stack.resources.items()}

    def __getitem__(self, logical_id: str) -> str:
        """Return the physical id of a resource, by its logical id or, for CDK, its construct.

        Raises:
            KeyError: there is none of this name.
        """
        for stack in self.stacks:
            for resource in stack.resources.values():
                if logical_id in resource.declared.called:
                    return resource.physical_id
        raise KeyError(logical_id)

    def value_of(self, logical_id: str, attribute: str = "") -> str | None:
        """Return what `Ref` of a resource gives, or `Fn::GetAtt`; None if there is no such thing."""
        for stack in self.stacks:
            resource = stack.resources.get(logical_id)
            if resource is None or resource.made is None:
                continue
            if not attribute:
                return as_text(resource.made.reference)
            if attribute in resource.made.attributes:
                return as_text(resource.made.attributes[attribute])
        return None

    @property
    def lines(self) -> list[Line]:
        """What became of each resource."""
        return [line for stack in self.stacks for line in lines_of(stack)]

    @property
    def notes(self) -> list[str]:
        """What has no effect, what was invented, what is missing on this machine."""
        return [line for stack in self.stacks for line in stack.notes.lines]

    def report(self, *, width: int = 120) -> str:
        """Return the deploy report as text."""
        return "\n".join(report_text(stack, width=width) for stack in self.stacks)


async def deploy_path(
    ground: Ground,
    path: Path,
    *,
    stack: str = "",
    parameters: Mapping[str, Any],
    overrides: Mapping[str, FunctionSpec],
) -> Deployed:
    """Deploy a template's file, or every stack in a folder that CDK made.

    Raises:
        TemplateError: it is wrong, or a resource was refused.
    """
    orders = _orders(path, stack, parameters, overrides)
    stacks = ground.share(Stacks)
    before = {each.identifier for each in stacks.all()}
    made = [await deploy(ground, order) for order in orders]
    nested = [each for each in reversed(stacks.all()) if each.identifier not in before and each not in made]
    return Deployed((*made, *nested))


def _orders(
    path: Path, stack: str, parameters: Mapping[str, Any], overrides: Mapping[str, FunctionSpec]
) -> list[Order]:
    if path.is_dir():
        return _cdk_orders(path, stack, parameters, overrides)
    name = stack or stack_name(path)
    return [Order(read_document(path), name, parameters, overrides=overrides, assets=_assets_beside(path))]


def _cdk_orders(
    folder: Path, stack: str, parameters: Mapping[str, Any], overrides: Mapping[str, FunctionSpec]
) -> list[Order]:
    """Return what `cdk synth` left in a folder, each stack after those that it depends on."""
    manifest = _json(folder / "manifest.json")
    artifacts = manifest.get("artifacts") or {}
    stacks = {name: about for name, about in artifacts.items() if about.get("type") == "aws:cloudformation:stack"}
    for about in artifacts.values():
        inner = (about.get("properties") or {}).get("directoryName")
        if about.get("type") == "cdk:cloud-assembly" and inner and _is_within(folder, inner):
            return _cdk_orders(folder / inner, stack, parameters, overrides)
    if not stacks:
        raise TemplateError(f"{folder / 'manifest.json'}: there is no stack in this folder")
    orders = []
    for name in _after_dependencies(stacks):
        about = stacks[name]
        properties = about.get("properties") or {}
        document = read_document(folder / _within(folder, str(properties.get("templateFile"))))
        own = properties.get("stackName") or name
        wanted = (document.body.get("Parameters") or {}) if len(stacks) > 1 else parameters
        given = {key: value for key, value in parameters.items() if key in wanted}
        assets = _assets(folder, artifacts, about)
        only = stack if stack and len(stacks) == 1 else own
        orders.append(Order(document, only, given, overrides=overrides, assets=assets))
    return orders


def _after_dependencies(stacks: Mapping[str, Any]) -> list[str]:
    order: list[str] = []

    def add(name: str) -> None:
        if name in order or name not in stacks:
            return
        for each in stacks[name].get("dependencies") or []:
            add(each)
        order.append(name)

    for name in stacks:
        add(name)
    return order


def _assets(folder: Path, artifacts: Mapping[str, Any], stack: Mapping[str, Any]) -> dict[str, Path]:
    files = [
        (artifacts[name].get("properties") or {}).get("file")
        for name in stack.get("dependencies") or []
        if artifacts.get(name, {}).get("type") == "cdk:asset-manifest"
    ]
    return {key: path for file in files if file for key, path in _assets_of(folder, folder / file).items()}


def _assets_beside(path: Path) -> dict[str, Path]:
    """Return the assets of one template of CDK's, given by itself."""
    file = path.parent / f"{path.name.removesuffix('.template.json')}.assets.json"
    return _assets_of(path.parent, file) if path.name.endswith(".template.json") and file.is_file() else {}


def _assets_of(folder: Path, file: Path) -> dict[str, Path]:
    files = _json(file).get("files") or {}
    return {
        key: folder / _within(folder, str(about["source"]["path"]))
        for key, about in files.items()
        if isinstance((about.get("source") or {}).get("path"), str)
    }


def _is_within(folder: Path, name: str) -> bool:
    return (folder / name).resolve().is_relative_to(folder.resolve())


def _within(folder: Path, name: str) -> str:
    """Return a name that stays in its folder.

    Raises:
        TemplateError: it leads out of it.
    """
    if not _is_within(folder, name):
        raise TemplateError(f"{folder}: {name!r} leads out of this folder; `cdk synth` again, with staging of assets")
    return name


def _json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MANIFEST_BYTES_MAX:
            raise TemplateError(f"{path}: this file is larger than anything that CDK writes")
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TemplateError(f"{path}: cannot read it: {error.strerror}; is this the folder that CDK made?") from None
    except ValueError as error:
        raise TemplateError(f"{path}: this is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise TemplateError(f"{path}: this is not a manifest of CDK's")
    return value
