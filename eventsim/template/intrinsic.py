"""What is the value of that? CloudFormation's functions over plain data; whoever knows the resources answers for them.

One resolver serves two readings. Before anything is made, a scope answers every reference with text that contains
`UNKNOWN`, so that all mistakes and all dependencies show; afterwards, one answers with what was made. Branches of
`Fn::If` that are not taken are not read in either.
"""

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from eventsim.spelling import did_you_mean
from eventsim.template.document import Path_

NO_VALUE: Final[Any] = type("NoValue", (), {"__repr__": lambda _: "AWS::NoValue"})()
"""What `AWS::NoValue` stands for: the property or the element is left out."""
UNKNOWN: Final = "\ufffc"
"""Stands in text for what is not known before resources are made."""
ZONES: Final = ("a", "b", "c")


class Unresolved(Exception):  # noqa: N818 - a fact
    """A value of the template cannot be worked out.

    Attributes:
        path: the way to it.
        words: how CloudFormation refuses it, "" if that is not known.
    """

    def __init__(self, path: Path_, message: str, words: str = "") -> None:
        super().__init__(message)
        self.path = path
        self.words = words


class Scope(Protocol):
    """Who knows what a template's names stand for.

    Each raises `LookupError` with what to say to the user, and how CloudFormation says it.
    """

    def reference(self, name: str) -> Any:
        """Return what `Ref` gives for a parameter, a pseudo parameter or a resource."""

    def attribute(self, logical_id: str, name: str) -> Any:
        """Return what `Fn::GetAtt` gives."""

    def imported(self, name: str) -> Any:
        """Return what another stack exports under a name."""


class Resolver:
    """Works out values of one template.

    Args:
        mappings: the section `Mappings`.
        conditions: the section `Conditions`.
        scope: knows parameters and resources.
        region: for the zones.
    """

    def __init__(
        self, *, mappings: Mapping[str, Any], conditions: Mapping[str, Any], scope: Scope, region: str
    ) -> None:
        self._mappings = mappings
        self._conditions = conditions
        self._scope = scope
        self._region = region
        self._known: dict[str, bool | None] = {}
        self._functions: dict[str, Callable[[Any, Path_], Any]] = {
            "Ref": self._ref,
            "Condition": self._condition,
            "Fn::And": lambda given, path: all(self._truths(given, path)),
            "Fn::Base64": lambda given, path: base64.b64encode(self._text(given, path).encode()).decode(),
            "Fn::Cidr": self._cidr,
            "Fn::Equals": self._equals,
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAtt": self._get_att,
            "Fn::GetAZs": lambda given, path: [f"{self._text(given, path) or region}{zone}" for zone in ZONES],
            "Fn::If": self._if,
            "Fn::ImportValue": lambda given, path: self._ask(path, scope.imported, self._text(given, path)),
            "Fn::Join": self._join,
            "Fn::Length": lambda given, path: len(self._resolved_list(given, path)),
            "Fn::Not": lambda given, path: not self._truth(_only(given, path), (*path, 0)),
            "Fn::Or": lambda given, path: any(self._truths(given, path)),
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::Sub": self._sub,
            "Fn::ToJsonString": lambda given, path: json.dumps(self.value(given, path), separators=(",", ":")),
        }

    def value(self, node: Any, path: Path_ = ()) -> Any:
        """Return plain data in which no function is left; `NO_VALUE` if that is what it comes to.

        Raises:
            Unresolved: it cannot be worked out.
        """
        if isinstance(node, dict):
            function = next(iter(node)) if len(node) == 1 else ""
            if function in self._functions and not (function == "Condition" and not isinstance(node[function], str)):
                return self._functions[function](node[function], (*path, function))
            if function.startswith("Fn::"):
                raise _no_such_function((*path, function), self._functions)
            values = {key: self.value(each, (*path, key)) for key, each in node.items()}
            return {key: each for key, each in values.items() if each is not NO_VALUE}
        if isinstance(node, list):
            items = [self.value(each, (*path, index)) for index, each in enumerate(node)]
            return [each for each in items if each is not NO_VALUE]
        return node

    def holds(self, name: str, path: Path_) -> bool:
        """Tell whether a condition of the template holds.

        Raises:
            Unresolved: there is none of this name, it depends on itself, or on a resource.
        """
        if name not in self._conditions:
            words = (
                f"Template format error: Unresolved condition dependency {name} in the {path[0]} block of the template"
            )
            raise Unresolved(path, f"there is no condition `{name}`{did_you_mean(name, self._conditions)}", words)
        if name in self._known:
            known = self._known[name]
            if known is None:
                raise Unresolved(("Conditions", name), f"the condition `{name}` depends on itself")
            return known
        self._known[name] = None
        result: bool = self._truth(self._conditions[name], ("Conditions", name))
        self._known[name] = result
        return result

    # --- references ------------------------------------------------------------------------------------

    def _ref(self, given: Any, path: Path_) -> Any:
        if not isinstance(given, str):
            raise Unresolved(path, "`Ref` takes a name")
        return NO_VALUE if given == "AWS::NoValue" else self._ask(path, self._scope.reference, given)

    def _get_att(self, given: Any, path: Path_) -> Any:
        if isinstance(given, str):
            given = list(given.partition(".")[::2])
        if not isinstance(given, list) or len(given) < 2 or not isinstance(given[0], str):
            raise Unresolved(path, "`Fn::GetAtt` takes a logical id and an attribute, such as `[Queue, Arn]`")
        attribute = ".".join(self._text(each, (*path, 1)) for each in given[1:])
        return self._ask(path, self._scope.attribute, given[0], attribute)

    def _sub(self, given: Any, path: Path_) -> Any:
        template, variables = given, {}
        if isinstance(given, list) and len(given) == 2 and isinstance(given[1], dict):
            template, variables = given
        if not isinstance(template, str):
            raise Unresolved(path, "`Fn::Sub` takes text, or a list of text and a mapping")
        known = {name: self.value(each, (*path, 1, name)) for name, each in variables.items()}

        def replaced(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name.startswith("!"):
                return "${" + name[1:].strip() + "}"
            if name in known:
                return as_text(known[name], path)
            logical_id, dot, attribute = name.partition(".")
            if dot:
                return as_text(self._ask(path, self._scope.attribute, logical_id, attribute), path)
            return as_text(self._ask(path, self._scope.reference, name), path)

        return _VARIABLE.sub(replaced, template)

    def _ask(self, path: Path_, question: Callable[..., Any], *names: str) -> Any:
        try:
            return question(*names)
        except LookupError as error:
            raise Unresolved(path, *map(str, error.args[:2])) from None

    # --- conditions ------------------------------------------------------------------------------------

    def _condition(self, given: Any, path: Path_) -> bool:
        return self.holds(str(given), path)

    def _truth(self, node: Any, path: Path_) -> bool:
        value = self.value(node, path)
        if value is True or value is False:
            return bool(value)
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        raise Unresolved(path, "a condition is made of `Fn::Equals`, `Fn::And`, `Fn::Or`, `Fn::Not` and `Condition`")

    def _truths(self, given: Any, path: Path_) -> list[bool]:
        """Return all of them: a mistake in the last one is a mistake, even if the first decides."""
        if not isinstance(given, list) or not given:
            raise Unresolved(path, f"`{path[-1]}` takes a list of conditions")
        return [self._truth(each, (*path, index)) for index, each in enumerate(given)]

    def _equals(self, given: Any, path: Path_) -> bool:
        if not isinstance(given, list) or len(given) != 2:
            words = "Template error: every Fn::Equals object requires a list of 2 string parameters."
            raise Unresolved(path, "`Fn::Equals` compares two values", words)
        first, second = (self.value(each, (*path, index)) for index, each in enumerate(given))
        return bool(_comparable(first) == _comparable(second))

    def _if(self, given: Any, path: Path_) -> Any:
        if not isinstance(given, list) or len(given) != 3:
            raise Unresolved(path, "`Fn::If` takes a condition, what holds if it is true, and what holds if not")
        chosen = 1 if self.holds(str(given[0]), (*path, 0)) else 2
        return self.value(given[chosen], (*path, chosen))

    # --- text and lists --------------------------------------------------------------------------------

    def _text(self, node: Any, path: Path_) -> str:
        return as_text(self.value(node, path), path)

    def _resolved_list(self, node: Any, path: Path_) -> list[Any]:
        value = self.value(node, path)
        if isinstance(value, str) and UNKNOWN in value:
            return [value]
        if isinstance(value, str) and "," in value:
            return value.split(",")
        if not isinstance(value, list):
            raise Unresolved(path, "a list is wanted here")
        return value

    def _join(self, given: Any, path: Path_) -> str:
        if not isinstance(given, list) or len(given) != 2:
            raise Unresolved(path, "`Fn::Join` takes a delimiter and a list", _NO_JOIN)
        items = self._resolved_list(given[1], (*path, 1))
        return self._text(given[0], (*path, 0)).join(as_text(each, path) for each in items)

    def _select(self, given: Any, path: Path_) -> Any:
        if not isinstance(given, list) or len(given) != 2:
            raise Unresolved(path, "`Fn::Select` takes an index and a list")
        text, items = self._text(given[0], (*path, 0)), self._resolved_list(given[1], (*path, 1))
        if text.isdigit() and int(text) < len(items):
            return items[int(text)]
        unknown = next((each for each in (text, *items) if isinstance(each, str) and UNKNOWN in each), None)
        if unknown is not None:
            return unknown
        words = f"Template error: Fn::Select cannot select nonexistent value at index {text}"
        raise Unresolved(path, f"`Fn::Select`: there is no element {text} in a list of {len(items)}", words)

    def _split(self, given: Any, path: Path_) -> list[str]:
        if not isinstance(given, list) or len(given) != 2:
            raise Unresolved(path, "`Fn::Split` takes a delimiter and text")
        delimiter = self._text(given[0], (*path, 0))
        if not delimiter:
            raise Unresolved(path, "`Fn::Split` takes a delimiter and text")
        return self._text(given[1], (*path, 1)).split(delimiter)

    def _find_in_map(self, given: Any, path: Path_) -> Any:
        if not isinstance(given, list) or len(given) not in (3, 4):
            raise Unresolved(path, "`Fn::FindInMap` takes a mapping and two keys")
        found: Any = self._mappings
        for depth, each in enumerate(given[:3]):
            key = self._text(each, (*path, depth))
            if UNKNOWN in key:
                return key
            if not isinstance(found, dict) or key not in found:
                if len(given) == 4 and isinstance(given[3], dict) and "DefaultValue" in given[3]:
                    return self.value(given[3]["DefaultValue"], (*path, 3, "DefaultValue"))
                what = ("mapping", "key", "second-level key")[depth]
                hint = did_you_mean(key, found) if isinstance(found, dict) else ""
                names = [self._text(each, (*path, index)) for index, each in enumerate(given[:3])]
                words = f"Template error: Unable to get mapping for {'::'.join(names)}"
                if not depth:
                    words = _NO_MAPPING.format(key)
                raise Unresolved((*path, depth), f"`Fn::FindInMap`: there is no {what} `{key}`{hint}", words)
            found = found[key]
        return found

    def _cidr(self, given: Any, path: Path_) -> list[str]:
        if not isinstance(given, list) or len(given) not in (2, 3):
            raise Unresolved(path, "`Fn::Cidr` takes a block, a count and the bits of each")
        block, count, *bits = (self._text(each, (*path, index)) for index, each in enumerate(given))
        if UNKNOWN in block:
            return [block] * int(count)
        try:
            network = ipaddress.ip_network(block, strict=False)
            subnets = network.subnets(new_prefix=network.max_prefixlen - int(bits[0] if bits else 8))
            return [str(subnet) for subnet, _ in zip(subnets, range(int(count)), strict=False)]
        except ValueError as error:
            raise Unresolved(path, f"`Fn::Cidr`: {error}") from None


_NO_JOIN: Final = (
    "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings "
    "to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined."
)
_NO_MAPPING: Final = "Template error: Mapping named '{}' is not present in the 'Mappings' section of template."
_VARIABLE = re.compile(r"\$\{([^{}]*)\}")


def as_text(value: Any, path: Path_ = ()) -> str:
    """Return a scalar as CloudFormation writes it where text is wanted: `true`, `10`.

    Raises:
        Unresolved: it is a list or a mapping.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if value is None or value is NO_VALUE:
        return ""
    what = "a list" if isinstance(value, list) else "a mapping"
    raise Unresolved(path, f"text is wanted here, and this is {what}")


def _comparable(value: Any) -> Any:
    return as_text(value) if isinstance(value, bool | int | float) else value


def _only(given: Any, path: Path_) -> Any:
    if not isinstance(given, list) or len(given) != 1:
        raise Unresolved(path, "`Fn::Not` takes a list of one condition")
    return given[0]


_SUPPORTED: Final = (
    "Fn::Base64, Fn::GetAtt, Fn::GetAZs, Fn::ImportValue, Fn::Join, Fn::Split, Fn::FindInMap, Fn::Select, Ref, "
    "Fn::Equals, Fn::If, Fn::Not, Condition, Fn::And, Fn::Or, Fn::Contains, Fn::EachMemberEquals, Fn::EachMemberIn, "
    "Fn::ValueOf, Fn::ValueOfAll, Fn::RefAll, Fn::Sub, Fn::Cidr"
)
"""The functions as CloudFormation counts them up."""


def _no_such_function(path: Path_, known: Mapping[str, object]) -> Unresolved:
    name = str(path[-1])
    if name == "Fn::Transform":
        return Unresolved(path, "`Fn::Transform` runs a macro, and only `AWS::Include` of a local file is simulated")
    if name.startswith("Fn::ForEach"):
        where = "stands among resources, outputs or properties, and needs AWS::LanguageExtensions"
        return Unresolved(path, f"`Fn::ForEach` {where}")
    words = f"Template error: Encountered unsupported function: {name} Supported functions are: [{_SUPPORTED}]"
    return Unresolved(path, f"there is no function `{name}`{did_you_mean(name, known)}", words)
