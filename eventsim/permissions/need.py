"""What does a call need? Actions of IAM, each with the resource on which it must be allowed."""

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct


class Place(Struct, frozen=True):
    """Where a call is made: what its parameters leave out of an ARN.

    Attributes:
        sources: returns the sources of a kind (`secrets`) by name: some ARNs do not follow from a name alone.
    """

    region: str
    account_id: str
    sources: Callable[[str], Mapping[str, Any]]

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource here."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"


class Need(Struct, frozen=True):
    """One action on one resource.

    Attributes:
        action: as the service authorization reference writes it: `sqs:SendMessage`.
        resource: its ARN; "*" for an action that is about no resource; "" where only AWS knows, and any will do.
        keys: the service's own condition keys, as far as they are known: `s3:prefix` → values. One without values is
            known to be missing from the call; what is not here may have any.
    """

    action: str
    resource: str = "*"
    keys: Mapping[str, tuple[str, ...]] = {}


Needs = Callable[[Mapping[str, Any], Place], Iterable[Need]]
"""What an operation needs, by its parameters; an operation that everybody may call needs nothing."""


Resource = Callable[[Mapping[str, Any], Place], str]
"""The ARN of what a call is about."""

Keys = Callable[[Mapping[str, Any]], Mapping[str, tuple[str, ...]]]
"""The service's own condition keys, by the parameters of a call."""

_BLANKS: Final = re.compile(r"\{(\w+)\}")
_NO_KEYS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})


def without(_given: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    """Return no condition keys."""
    return _NO_KEYS


def nothing(_given: Mapping[str, Any], _place: Place) -> Iterable[Need]:
    """Need nothing as a whole: who carries out a batch asks for each of its entries, and refuses those alone."""
    return ()


def on(resource: Resource, *actions: str, keys: Keys = without) -> Needs:
    """Return what needs these actions, all on one resource."""
    return lambda given, place: [Need(action, resource(given, place), keys(given)) for action in actions]


def anywhere(*actions: str, keys: Keys = without) -> Needs:
    """Return what needs these actions, which are about no resource."""
    return lambda given, _place: [Need(action, keys=keys(given)) for action in actions]


def together(*parts: Needs) -> Needs:
    """Return what needs all that its parts need."""
    return lambda given, place: [need for part in parts for need in part(given, place)]


def if_given(parameters: str, needs: Needs) -> Needs:
    """Return what needs something only where a parameter is given, or one of several that are separated by blanks."""
    names = parameters.split()
    return lambda given, place: needs(given, place) if any(given.get(name) for name in names) else []


def for_each(parameter: str, as_if: str, needs: Needs) -> Needs:
    """Return what needs the same for each text in a list, as if that alone were given by another parameter."""
    return lambda given, place: [
        need for value in texts_in(given, parameter) for need in needs({**given, as_if: value}, place)
    ]


def passing(service: str, roles: Callable[[Mapping[str, Any]], Iterable[Any]]) -> Needs:
    """Return what hands roles to a service: each must be allowed to be passed.

    Args:
        roles: finds their ARNs in the parameters; what is none is left out.
    """
    keys = {"iam:PassedToService": (f"{service}.amazonaws.com",)}
    return lambda given, _place: [
        Need("iam:PassRole", role, keys) for role in roles(given) if isinstance(role, str) and role
    ]


def value_of(parameter: str) -> Callable[[Mapping[str, Any]], list[Any]]:
    """Return what finds the value of a parameter, None where it is not given: the role that is passed."""
    return lambda given: [given.get(parameter)]


def text_in(given: Mapping[str, Any], parameter: str) -> str:
    """Return a parameter, "" where it is not given."""
    value = given.get(parameter)
    return "" if value is None else str(value)


def texts_in(given: Mapping[str, Any], parameter: str) -> list[str]:
    """Return the texts in a list, none where it is not given."""
    value = given.get(parameter)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list | tuple) else []


def members(value: Any) -> list[Mapping[str, Any]]:
    """Return the structures in a list, none where it is no list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list | tuple) else []


def member(given: Mapping[str, Any], parameter: str) -> Mapping[str, Any]:
    """Return a structure, an empty one where it is not given."""
    value = given.get(parameter)
    return value if isinstance(value, Mapping) else {}


def unknown(_given: Mapping[str, Any], _place: Place) -> str:
    """Find no ARN: only AWS knows it."""
    return ""


def at(*parameters: str) -> Callable[[Mapping[str, Any], Place], str]:
    """Return what finds the ARN that stands in the first of these parameters that is given."""
    return lambda given, _place: next((text_in(given, name) for name in parameters if given.get(name)), "")


def called(parameter: str, service: str, form: str = "{}") -> Callable[[Mapping[str, Any], Place], str]:
    """Return what makes an ARN of a name, or finds one in its place.

    Args:
        form: what follows the account: `rule/{}`.
    """

    def arn(given: Mapping[str, Any], place: Place) -> str:
        name = text_in(given, parameter)
        return name if not name or name.startswith("arn:") else place.arn(service, form.format(name))

    return arn


def like(arn: str) -> Resource:
    """Return what fills the blanks of an ARN: `{region}`, `{account_id}` and parameters of the call."""
    return lambda given, place: _BLANKS.sub(lambda blank: _filled(blank[1], given, place), arn)


def _filled(name: str, given: Mapping[str, Any], place: Place) -> str:
    return place.region if name == "region" else place.account_id if name == "account_id" else text_in(given, name)


def told(parameters: Mapping[str, str]) -> Keys:
    """Return what tells condition keys by the parameters that have their values; without one, a call has not the key.

    Args:
        parameters: condition key → parameter.
    """
    return lambda given: {key: _values(given.get(parameter)) for key, parameter in parameters.items()}


def only_given(keys: Keys) -> Keys:
    """Return what tells only of keys that a call has: whether AWS fills in the others is unconfirmed."""
    return lambda given: {key: values for key, values in keys(given).items() if values}


def _values(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, list | tuple):
        return tuple(str(each) for each in value)
    return (str(value).lower() if isinstance(value, bool) else str(value),)
