"""What does an operation get to work with? The APIs of the world, and a request whose parameters are all understood."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from eventsim import ApiError, Operation, Request, Result, World
from eventsim_sources.gateway.register import Register
from eventsim_sources.without_effect import WithoutEffect, not_simulated

T = TypeVar("T", bound=Struct)
Thing = TypeVar("Thing")

_DATE = datetime
"""What stays what it is when a part is told."""
_LISTED = 25
"""How much a page of version 1 holds unless it is said how much (documented)."""
LISTED_MAX = 500
"""As much as one page may hold (documented)."""
_KEPT = "it is kept and given back"
_NO_CERTIFICATE = "it is forgotten: no connection shows the certificate of a domain"
_NOT_KEPT: Mapping[str, str] = {
    "FailOnWarnings": "an import has no warnings",
    "additionalContext": "the context has the variables of the call alone",
    "certificateBody": _NO_CERTIFICATE,
    "certificateChain": _NO_CERTIFICATE,
    "certificatePrivateKey": _NO_CERTIFICATE,
    "clientCertificateId": "servers are called without a certificate",
    "domainNameId": "a domain is known by its name alone",
    "DomainNameId": "a domain is known by its name alone",
    "failOnWarnings": "an import has no warnings",
}
"""Parameters without effect that are not kept, since no answer has a place for them, and what is so instead."""


class Call(Struct, frozen=True):
    """One call of an operation."""

    world: World
    register: Register
    request: Request

    @property
    def given(self) -> dict[str, Any]:
        """The parameters that were given."""
        return {name: value for name, value in self.request.parameters.items() if value is not None}

    def text(self, name: str) -> str:
        """Return a parameter as text, "" if it was not given."""
        value = self.request.parameters.get(name)
        return "" if value is None else str(value)

    def make(self, kind: type[T], **more: Any) -> T:
        """Return a part of an API made of the parameters, of which it takes what it knows."""
        return msgspec.convert({**self.given, **more}, kind, strict=False)


class Offer(Struct, frozen=True):
    """An operation, the parameters that it takes, and those that have no effect."""

    carry: Callable[[Call], Result | Awaitable[Result]]
    takes: frozenset[str]
    without_effect: frozenset[str] = frozenset()


def offer(carry: Callable[[Call], Result | Awaitable[Result]], takes: str = "", without_effect: str = "") -> Offer:
    """Return an offer; names are separated by blanks."""
    return Offer(carry, frozenset(takes.split()), frozenset(without_effect.split()))


def operations(world: World, offers: Mapping[str, Offer]) -> Mapping[str, Operation]:
    """Return operations by name, each behind the check of its parameters."""
    return {name: partial(_checked, world, each) for name, each in offers.items()}


def _checked(world: World, each: Offer, request: Request) -> Result | Awaitable[Result]:
    for name, value in request.parameters.items():
        if value is None or name in each.takes:
            continue
        if name not in each.without_effect:
            raise not_simulated(request, name)
        world.share(WithoutEffect).tell(request, name, _NOT_KEPT.get(name, _KEPT))
    return each.carry(Call(world, world.share(Register), request))


def shown(part: Struct) -> dict[str, Any]:
    """Return a part of an API as an operation tells it: without what is empty, and what is ours."""
    told: dict[str, Any] = msgspec.to_builtins(part, builtin_types=(_DATE,))
    told = {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}
    return {
        name: value for name, value in told.items() if value not in ("", None, {}, [], ()) and not name.startswith("_")
    }


def page(items: Iterable[Any], *, limit: object, position: object, usual: int = _LISTED) -> tuple[list[Any], str]:
    """Return one page of a list, and the position of the next, "" if there is none.

    Args:
        usual: how much it holds if there is no limit.

    Raises:
        ApiError: the position is none of ours, or the limit is no number.
    """
    everything = list(items)
    begin = 0
    if limit and not str(limit).isdecimal():  # version 2 takes a text
        raise ApiError("BadRequestException", "Invalid value for the number of results: it must be an integer")
    if position:
        if not str(position).isdecimal():
            raise ApiError("BadRequestException", "Invalid position parameter")
        begin = int(str(position))
    end = begin + min(int(str(limit)) if limit else usual, LISTED_MAX)
    return everything[begin:end], str(end) if end < len(everything) else ""


def delete(call: Call, api_id: str) -> Result:
    """Delete an API to which no domain leads.

    Raises:
        ApiError: one does.
    """
    if call.register.domains.lead_to(api_id):
        raise bad_request(
            "Please remove all base path mappings related to the API in your account before deleting the API."
        )
    call.register.remove(api_id)
    return {}


def there(thing: Thing | None, message: str) -> Thing:
    """Return what was looked for.

    Raises:
        ApiError: it is not there.
    """
    if thing is None:
        raise not_found(message)
    return thing


def not_found(message: str) -> ApiError:
    """Return the refusal of what is not there."""
    return ApiError("NotFoundException", message, status=404)


def conflict(message: str) -> ApiError:
    """Return the refusal of what is there already."""
    return ApiError("ConflictException", message, status=409)


def bad_request(message: str) -> ApiError:
    """Return the refusal of what makes no sense."""
    return ApiError("BadRequestException", message)
