"""What can a state see? Its input, the context object, and the variables that states before it have assigned."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim_sources.json_path import Path, PathError, parse_path

_VARIABLE = re.compile(r"\$([A-Za-z_]\w*)(.*)", re.DOTALL)


class Scope(Struct, frozen=True, kw_only=True):
    """What paths in a state refer to.

    Attributes:
        value: `$`, the state's input or whatever the field is about.
        context: `$$`, the context object.
        variables: `$name`.
    """

    value: Any
    context: Mapping[str, Any]
    variables: Mapping[str, Any]

    def of(self, value: Any) -> "Scope":
        """Return the same with another `$`."""
        return Scope(value=value, context=self.context, variables=self.variables)

    def find(self, path: str) -> Any:
        """Return what a path refers to.

        Raises:
            PathError: it is none, or leads nowhere.
        """
        parsed, document = self._located(path)
        return parsed.find(document)

    def leads_somewhere(self, path: str) -> bool:
        """Tell whether a path refers to something.

        Raises:
            PathError: it is none.
        """
        parsed, document = self._located(path)
        return parsed.leads_somewhere(document)

    def _located(self, path: str) -> tuple[Path, Any]:
        if path.startswith("$$"):
            return parse_path(path[1:]), self.context
        variable = _VARIABLE.fullmatch(path)
        if variable is None:
            return parse_path(path), self.value
        if variable[1] not in self.variables:
            raise PathError(f"Variable '{variable[1]}' is not defined")
        return parse_path("$" + variable[2]), self.variables[variable[1]]
