"""Things that are told, listed, patched and deleted alike, wherever version 1 keeps them."""

from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec import Struct

from eventsim import Result
from eventsim_sources.gateway.api.call import Call, shown, there
from eventsim_sources.gateway.api.rest.lists import listed
from eventsim_sources.gateway.api.rest.patches import Allowed, patched

T = TypeVar("T", bound=Struct)


def _check_nothing(_: object, __: Call) -> None:
    """There is nothing to see."""


class Things(Generic[T]):
    """One kind of thing.

    Args:
        within: returns those that a request may mean, by what names them.
        parameter: the parameter that names one.
        missing: AWS's words for one that is not there.
        allowed: which places of one may be patched.
        check: looks at one that was patched before it is kept; it may raise `ApiError`.
    """

    def __init__(
        self,
        within: Callable[[Call], dict[str, T]],
        *,
        parameter: str,
        missing: str,
        allowed: Allowed,
        check: Callable[[T, Call], None] = _check_nothing,
    ) -> None:
        self._within = within
        self._parameter = parameter
        self._missing = missing
        self._allowed = allowed
        self._check = check

    def get(self, call: Call) -> Result:
        """Tell of one."""
        return shown(self.found(call))

    def list(self, call: Call) -> Result:
        """List them."""
        return listed(call, self._within(call).values())

    def update(self, call: Call) -> Result:
        """Change one; what is of an API takes effect with the next deployment."""
        changed = patched(self.found(call), call.given.get("patchOperations", ()), self._allowed)
        self._check(changed, call)
        self._within(call)[call.text(self._parameter)] = changed
        return shown(changed)

    def delete(self, call: Call) -> Result:
        """Delete one."""
        self.found(call)
        del self._within(call)[call.text(self._parameter)]
        return {}

    def found(self, call: Call) -> T:
        """Return the one that a request names.

        Raises:
            ApiError: there is none.
        """
        return there(self._within(call).get(call.text(self._parameter)), self._missing)
