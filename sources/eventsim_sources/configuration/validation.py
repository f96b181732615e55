"""Is a configuration fit to be deployed? Feature flags must be such; JSON must fit the schema that its profile has."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from eventsim import ApiError, ConfigurationError, load_json
from eventsim_sources.configuration import flags
from eventsim_sources.configuration.store import FEATURE_FLAGS, HostedVersion, Profile

if TYPE_CHECKING:
    from jsonschema import Draft4Validator


def check_version(profile: Profile, version: HostedVersion) -> None:
    """See that a version may be deployed.

    Raises:
        ApiError: a validator refuses it.
    """
    details = [detail for each in profile.validators for detail in _against_schema(each["Content"], version.content)]
    if details:
        raise _invalid(details)


def check_content(profile: Profile, content: bytes) -> None:
    """See that a content is what its profile says: that of feature flags is checked when it is kept (documented).

    Raises:
        ApiError: it is not.
    """
    if profile.type == FEATURE_FLAGS:
        details = [{"Type": "FEATURE_FLAGS", "Reason": flaw} for flaw in flags.flaws(content)]
        if details:
            raise _invalid(details)


def check_validators(validators: Iterable[Mapping[str, str]]) -> None:
    """See that schemas are such.

    Raises:
        ApiError: one is no JSON Schema.
    """
    for each in validators:
        _validator(each["Content"])


def _validator(schema: str) -> "Draft4Validator":
    """Return what checks documents against a schema, which may refer to nothing but itself.

    Raises:
        ApiError: it is no JSON Schema.
    """
    try:
        import jsonschema
        from referencing import Registry
    except ImportError:
        raise ConfigurationError(
            "configurations are checked against schemas by jsonschema: pip install 'eventsim[apis]'"
        ) from None
    try:
        document = load_json(schema)
        jsonschema.Draft4Validator.check_schema(document, format_checker=None)
    except (ValueError, RecursionError, jsonschema.SchemaError) as error:
        reason = getattr(error, "message", str(error))
        raise _invalid([{"Type": "JSON_SCHEMA", "Reason": f"the validator is no JSON Schema: {reason}"}]) from error
    nowhere: Registry[Any] = Registry()
    return jsonschema.Draft4Validator(document, registry=nowhere)


def _against_schema(schema: str, content: bytes) -> Iterator[dict[str, str]]:
    from referencing.exceptions import Unresolvable

    validator = _validator(schema)
    try:
        document = load_json(content)
    except ValueError as error:
        yield {"Type": "JSON_SCHEMA", "Reason": f"the content is no JSON: {error}"}
        return
    try:
        for flaw in validator.iter_errors(document):
            yield {
                "Type": "JSON_SCHEMA",
                "Constraint": str(flaw.validator),
                "Location": "/".join(["#", *map(str, flaw.absolute_path)]),
                "Reason": flaw.message,
                "Value": json.dumps(flaw.instance),
            }
    except (Unresolvable, RecursionError) as error:
        yield {"Type": "JSON_SCHEMA", "Reason": f"the validator refers to what is not in it, or to itself: {error}"}
    except re.error as error:
        yield {"Type": "JSON_SCHEMA", "Reason": f"the validator has a pattern that is none of Python's: {error}"}


def _invalid(details: list[dict[str, Any]]) -> ApiError:
    """Return the refusal of a configuration (words unconfirmed)."""
    message = "; ".join(str(each["Reason"]) for each in details)
    fields = {"Reason": "InvalidConfiguration", "Details": {"InvalidConfiguration": details}}
    return ApiError("BadRequestException", f"Invalid configuration: {message}", fields=fields)
