"""How does a scenario come out of its file? Read with marks, overridden from the command line, checked, resolved."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import Struct, structs

from eventsim.errors import ConfigurationError, ScenarioError
from eventsim.marks import TEXT_CHARACTERS_MAX, Items, Mistakes, Node, Place, Scalar, Table, read, too_long
from eventsim.place import Address, address_of, name_of
from eventsim.registry import Registry
from eventsim.scenario.convert import convert
from eventsim.scenario.schema import PartSpec, ScenarioSpec, scenario_type
from eventsim.template.document import is_template
from eventsim.template.naming import STACK_NAME_VARIABLE, stack_name

_BYTES_MAX = 4 * TEXT_CHARACTERS_MAX
"""UTF-8 takes up to four bytes a character."""
_SHARED = ("name", "seed", "start", "until", "throttles", "permissions")
"""Settings that count wherever a run has something."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario as read.

    Attributes:
        path: its file.
        spec: what stands in it.
        sources: section → name → settings.
        root: the tree, for the places of mistakes found later.
        text: the file's text.
        place: what it is called where it is elsewhere, "" for home.
        within: the key under which that stands, "" for home.
        elsewhere: what is in other regions and accounts, each as a scenario of its own.
    """

    path: Path
    spec: ScenarioSpec
    sources: Mapping[str, Mapping[str, Struct]]
    root: Node
    text: str
    place: str = ""
    within: str = ""
    elsewhere: "tuple[Scenario, ...]" = ()

    @property
    def name(self) -> str:
        """What to call it."""
        return self.spec.name or self.path.stem

    @property
    def folder(self) -> Path:
        """What paths in it are relative to."""
        return self.path.parent

    def with_seed(self, seed: int) -> "Scenario":
        """Return the same scenario with another seed, without reading it again."""
        return replace(self, spec=structs.replace(self.spec, seed=seed))

    def mistakes(self) -> Mistakes:
        """Return an empty collection of mistakes in this file."""
        return Mistakes(str(self.path), self.text)

    def located(self, error: ConfigurationError) -> ScenarioError:
        """Return the same error with file, line and column of the setting that its key names."""
        mistakes = self.mistakes()
        self.note(mistakes, error)
        return mistakes.error()

    def note(self, mistakes: Mistakes, error: ConfigurationError, within: str = "") -> None:
        """Note an error where its key points; the key may be relative to `within`."""
        place = max(
            (locate(self.root, key) for key in (error.key, f"{within}.{error.key}".strip("."))),
            key=lambda found: found[0],
        )[1]
        shown = error.key if error.key.startswith(within) else f"{within}.{error.key}"
        shown = shown.strip(".")
        if self.within:
            shown = f"{self.within}.{shown}".rstrip(".")
        mistakes.add(place, f"`{shown}`: {error}" if shown else str(error))


def load(
    path: Path | str,
    *,
    registry: Registry | None = None,
    overrides: Mapping[str, str] | None = None,
    stack: str = "",
) -> Scenario:
    """Read a scenario file.

    Args:
        registry: the kinds of sources; everything installed if not given.
        overrides: dotted key → YAML text that takes the place of what the file says.
        stack: the name of its stack, if there is one template, as the environment has it; "" if it has none.

    Raises:
        ScenarioError: it cannot be read or makes no sense; the text names every place, up to ten.
    """
    path = Path(path)
    try:
        is_synthesised, is_folder = (path / "manifest.json").is_file(), path.is_dir()
        data = b"" if is_folder else _beginning_of(path)
    except OSError as error:
        raise ScenarioError(f"{path}: cannot read the scenario: {error.strerror}") from None
    if is_synthesised:
        around, inner = _around(path), path / "scenario.yaml"
        return loads(around, path=inner, registry=registry, overrides=overrides, stack=stack, origin=str(path))
    if is_folder:
        message = "is a folder; name a scenario or a template in it, or a folder that `cdk synth` made"
        raise ScenarioError(f"{path}: {message}")
    if len(data) > _BYTES_MAX:
        raise too_long(Mistakes(str(path), ""))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ScenarioError(f"{path}:{line}: a scenario is UTF-8 text, and this line is not") from None
    if is_template(text):
        around = _around(path)
        return loads(around, path=path, registry=registry, overrides=overrides, stack=stack, origin=str(path))
    return loads(text, path=path, registry=registry, overrides=overrides, stack=stack)


def _beginning_of(path: Path) -> bytes:
    """Return a file's bytes, of one that is too long one more than may be."""
    with path.open("rb") as file:
        return file.read(_BYTES_MAX + 1)


def _around(template: Path) -> str:
    """Return the least scenario around a template, or around the folder that CDK made."""
    file = "." if template.is_dir() else template.name
    return f"{{name: {json.dumps(stack_name(template))}, template: {{file: {json.dumps(file)}}}}}"


def loads(
    text: str,
    *,
    path: Path = Path("scenario.yaml"),
    registry: Registry | None = None,
    overrides: Mapping[str, str] | None = None,
    stack: str = "",
    origin: str = "",
) -> Scenario:
    """Read a scenario from its text; relative paths in it belong to the folder of `path`.

    Args:
        origin: what mistakes are shown at if nobody wrote this text.

    Raises:
        ScenarioError: it makes no sense; the text names every place, up to ten.
    """
    registry = registry or Registry.installed()
    mistakes = Mistakes(str(path), text)
    root = read(text, mistakes, origin=origin)
    if root is None:
        mistakes.add(Place(0, 0), "the file is empty; begin with `functions:`")
        raise mistakes.error()
    if not isinstance(root, Table):
        mistakes.add(root.place, "a scenario is a mapping; begin with `functions:`")
        raise mistakes.error()
    root = _with_template_as_table(root)
    for key, value in (overrides or {}).items():
        root = _overridden(root, key, value, mistakes)
    if stack and isinstance(root.entries.get("template"), Table):
        place = Place(0, 0, origin=f"{STACK_NAME_VARIABLE}={stack}")
        root = _with(root, "template.stack", Scalar(place, stack, is_plain=False), place)
    elsewhere = root.entries.get("elsewhere")
    sections = [section for section in registry.sections if section in root.entries]
    sections_there = _sections_in(elsewhere, registry) if isinstance(elsewhere, Table) else None
    spec = convert(root, scenario_type(registry, sections, sections_there), mistakes, known=registry.sections)
    scenario = Scenario(path, spec, {section: getattr(spec, section) for section in sections}, root, text)
    if not isinstance(elsewhere, Table):
        return scenario
    addresses = _addresses(elsewhere, spec, mistakes)
    whole = scenario_type(registry, sections_there or ())
    parts = [_part(scenario, name, address, elsewhere.entries[name], whole) for name, address in addresses.items()]
    return replace(scenario, elsewhere=tuple(parts))


def _sections_in(elsewhere: Table, registry: Registry) -> list[str]:
    """Return the sections of sources that any of the places has."""
    there = {section for part in elsewhere.entries.values() if isinstance(part, Table) for section in part.entries}
    return [section for section in registry.sections if section in there]


def _addresses(elsewhere: Table, spec: ScenarioSpec, mistakes: Mistakes) -> Mapping[str, Address]:
    """Return where the places are, by their names.

    Raises:
        ScenarioError: one is none, or is home, or the same as another.
    """
    home = Address(spec.account, spec.region)
    found: dict[str, Address] = {}
    for name, place in elsewhere.key_places.items():
        address = address_of(name, home)
        same = next((other for other, known in found.items() if known == address), "")
        if address is None:
            message = f"{name!r} is no place; write a region, an account of 12 digits, or `ACCOUNT/REGION`"
            mistakes.add(place, f"`elsewhere`: {message}")
        elif address == home:
            mistakes.add(place, f"`elsewhere`: {name} is where the scenario itself is")
        elif same:
            mistakes.add(place, f"`elsewhere`: {name} is the same place as {same}; put all into one")
        else:
            found[name] = address
    mistakes.raise_any()
    return found


def _part(scenario: Scenario, name: str, address: Address, root: Node, whole: type[ScenarioSpec]) -> Scenario:
    """Return what is in a place as a scenario of its own, which shares time, seed and settings with that at home.

    Args:
        name: of the place, as it is written.
        whole: the type of a scenario with the sections that places have.
    """
    spec = scenario.spec
    shared = {setting: getattr(spec, setting) for setting in _SHARED}
    own = structs.asdict(spec.elsewhere[name])
    made = whole(**{**shared, **own, **address._asdict()})
    sources = {section: each for section, each in own.items() if section not in PartSpec.__struct_fields__}
    place = name_of(address, Address(spec.account, spec.region))
    return Scenario(scenario.path, made, sources, root, scenario.text, place, f"elsewhere.{name}")


def _with_template_as_table(root: Table) -> Table:
    """Return a scenario whose `template: file` says `template: {file: …}`, so that more can be said of it."""
    template = root.entries.get("template")
    if not isinstance(template, Scalar):
        return root
    table = Table(template.place, {"file": template}, {"file": template.place})
    return Table(root.place, {**root.entries, "template": table}, root.key_places, root.weight)


def locate(root: Node, key: str) -> tuple[int, Place]:
    """Return how much of a dotted key (`queues.orders.fifo.delay`, `workload[1].send`) is there, and the place of that.

    Names may hold dots: the longest name that fits is taken.
    """
    node, place, rest = root, root.place, key
    while rest:
        step = _step(node, rest)
        if step is None:
            break
        place, node, rest = step
    return len(key) - len(rest), place if rest or not key else _value_place(node, place)


_INDEX = re.compile(r"\[(\d+)\]\.?|(\d+)(?:\.|$)")


def _step(node: Node, rest: str) -> tuple[Place, Node, str] | None:
    if isinstance(node, Table):
        fitting = [name for name in node.entries if rest == name or (rest.startswith(name) and rest[len(name)] in ".[")]
        if not fitting:
            return None
        name = max(fitting, key=len)
        return node.key_places[name], node.entries[name], rest[len(name) :].removeprefix(".")
    found = _index(node, rest) if isinstance(node, Items) else None
    if found is None or not isinstance(node, Items):
        return None
    index, rest = found
    return node.items[index].place, node.items[index], rest


def _index(node: Items, rest: str) -> tuple[int, str] | None:
    """Return the index at the beginning of a key and what follows it, None if there is no such element."""
    match = _INDEX.match(rest)
    index = int(match[1] or match[2]) if match else len(node.items)
    return (index, rest[match.end() :]) if match and index < len(node.items) else None


def _value_place(node: Node, key_place: Place) -> Place:
    """A mistake in a single value is shown at the value, any other at the key."""
    return key_place if isinstance(node, Items | Table) else node.place


def _overridden(root: Table, key: str, value: str, mistakes: Mistakes) -> Table:
    origin = f"--set {key}={value}"
    node = read(value or '""', mistakes, origin=origin)
    if node is None:
        mistakes.add(Place(0, 0, origin=origin), "there is no value")
        raise mistakes.error()
    return _with(root, key, node, Place(0, 0, origin=origin))


def _with(node: Table, key: str, value: Node, place: Place) -> Table:
    """Return a table in which a dotted key has another value; tables on the way are made if need be."""
    step = _step(node, key)
    if step is not None:
        _, inner, rest = step
        name = key[: len(key) - len(rest)].rstrip(".")
    else:
        name, _, rest = key.partition(".")
        inner = Table(place, {}, {})
    if rest:
        value = _within(inner, rest, value, place)
    places = {**node.key_places, name: node.key_places.get(name, place)}
    return Table(node.place, {**node.entries, name: value}, places)


def _within(node: Node, key: str, value: Node, place: Place) -> Node:
    """Return a node in which a dotted key, which may begin with an index, has another value."""
    found = _index(node, key) if isinstance(node, Items) else None
    if found is None or not isinstance(node, Items):
        return _with(node if isinstance(node, Table) else Table(place, {}, {}), key, value, place)
    index, rest = found
    item = _within(node.items[index], rest, value, place) if rest else value
    return Items(node.place, (*node.items[:index], item, *node.items[index + 1 :]))
