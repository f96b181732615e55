"""Is a configuration fit to be deployed? Feature flags must be such; JSON must fit the schema that its profile has."""

import json
from collections.abc import Iterator
from typing import Any

from eventsim import ApiError, ConfigurationError
from eventsim_sources.configuration import flags
from eventsim_sources.configuration.store import FEATURE_FLAGS, HostedVersion, Profile


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


def _against_schema(schema: str, content: bytes) -> Iterator[dict[str, str]]:
    try:
        import jsonschema
    except ImportError:
        raise ConfigurationError(
            "configurations are checked against schemas by jsonschema: pip install 'eventsim[apis]'"
        ) from None
    try:
        document = json.loads(content)
    except ValueError as error:
        yield {"Type": "JSON_SCHEMA", "Reason": f"the content is no JSON: {error}"}
        return
    for flaw in jsonschema.Draft4Validator(json.loads(schema)).iter_errors(document):
        yield {
            "Type": "JSON_SCHEMA",
            "Constraint": str(flaw.validator),
            "Location": "/".join(["#", *map(str, flaw.absolute_path)]),
            "Reason": flaw.message,
            "Value": json.dumps(flaw.instance),
        }


def _invalid(details: list[dict[str, Any]]) -> ApiError:
    """Return the refusal of a configuration (words unconfirmed)."""
    message = "; ".join(str(each["Reason"]) for each in details)
    fields = {"Reason": "InvalidConfiguration", "Details": {"InvalidConfiguration": details}}
    return ApiError("BadRequestException", f"Invalid configuration: {message}", fields=fields)
