"""Which parameters are asked for? Filters, and pages of what they leave."""

from collections.abc import Mapping, Sequence
from typing import Any

from eventsim import ApiError
from eventsim_sources import paging
from eventsim_sources.parameter.store import Parameter

_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "Name": ("BeginsWith", "Contains", "Equals"),
    "Path": ("OneLevel", "Recursive"),
}
"""Key → how its values may be compared; any other key has the first and the last of a name's (documented)."""
_BY_PATH = ("Type", "KeyId", "Label")
"""Keys of filters beside a path (documented)."""


def check_filters(filters: Sequence[Mapping[str, Any]], *, is_by_path: bool) -> None:
    """See that filters are such as the operation knows.

    Raises:
        ApiError: in AWS's words.
    """
    for each in filters:
        key, option = str(each["Key"]), str(each.get("Option") or "")
        if is_by_path and key not in _BY_PATH:
            message = f"The following filter key is not valid: {key}. Valid filter keys include: [Type, KeyId]."
            raise ApiError("InvalidFilterKey", message)
        options = _OPTIONS.get(key, ("BeginsWith", "Equals"))
        if option and option not in options:
            message = (
                f"The following filter option is not valid: {option}. Valid options include: [{', '.join(options)}]."
            )
            raise ApiError("InvalidFilterOption", message)


def suits(parameter: Parameter, filters: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether a parameter suits all filters."""
    return all(_suits_one(parameter, each) for each in filters)


def _suits_one(parameter: Parameter, given: Mapping[str, Any]) -> bool:
    key, option, values = str(given["Key"]), str(given.get("Option") or "Equals"), given.get("Values") or ()
    if key == "Path":
        is_deep = option == "Recursive"
        return any(_is_below(parameter.name, value, is_deep=is_deep) for value in values)
    if key.startswith("tag:"):
        tag = parameter.tags.get(key[4:])
        return tag is not None and (not values or tag in values)
    texts = {
        "Name": [parameter.name],
        "Type": [parameter.latest.type],
        "KeyId": [parameter.latest.key],
        "Tier": [parameter.latest.tier],
        "DataType": [parameter.latest.data_type],
        "Label": [label for version in parameter.versions for label in version.labels],
    }.get(key)
    if texts is None:
        raise ApiError("InvalidFilterKey", f"The following filter key is not valid: {key}.")
    if option == "BeginsWith":
        return any(text.startswith(value) for text in texts for value in values)
    if option == "Contains":
        return any(value in text for text in texts for value in values)
    return any(text.removeprefix("/") == value.removeprefix("/") for text in texts for value in values)


def _is_below(name: str, path: str, *, is_deep: bool) -> bool:
    prefix = path.rstrip("/") + "/"
    return name.startswith(prefix) and (is_deep or "/" not in name[len(prefix) :])


def page(items: Sequence[Any], given: Mapping[str, Any], default: int) -> tuple[list[Any], dict[str, str]]:
    """Return one page of a list, and the token of the next one if there is more.

    Raises:
        ApiError: the token is none of ours.
    """
    return paging.page(items, given, default, ApiError("InvalidNextToken", "The specified token isn't valid."))
