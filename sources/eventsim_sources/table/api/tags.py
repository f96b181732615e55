"""Operations on the tags of a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from eventsim import Request, Result
from eventsim_sources.paging import page
from eventsim_sources.table import errors
from eventsim_sources.table.api.tables import Tables
from eventsim_sources.table.limits import TAGS_LISTED_MAX, TAGS_MAX


def read_tags(given: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Read tags.

    Raises:
        ApiError: there are too many, or one is there twice.
    """
    tags = {each["Key"]: each["Value"] for each in given}
    if len(tags) < len(given):
        raise errors.invalid("One or more parameter values were invalid: Duplicate tag keys found")
    if len(tags) > TAGS_MAX:
        raise errors.invalid(f"One or more parameter values were invalid: Too many tags: {len(tags)}")
    return tags


def tag_resource(tables: Tables, request: Request) -> Result:
    """Set tags; a repeated key overwrites."""
    parameters: Any = request.parameters
    table = tables.with_arn(parameters["ResourceArn"])
    table.retag(read_tags([{"Key": key, "Value": value} for key, value in _merged(table.tags, parameters).items()]))
    return {}


def _merged(tags: Mapping[str, str], parameters: Mapping[str, Any]) -> dict[str, str]:
    return {**tags, **read_tags(parameters["Tags"])}


def untag_resource(tables: Tables, request: Request) -> Result:
    """Take tags away; an absent key is no error."""
    parameters: Any = request.parameters
    table = tables.with_arn(parameters["ResourceArn"])
    table.retag({key: value for key, value in table.tags.items() if key not in parameters["TagKeys"]})
    return {}


def list_tags_of_resource(tables: Tables, request: Request) -> Result:
    """Return tags, page by page."""
    table = tables.with_arn(str(request.parameters["ResourceArn"]))
    tags = [{"Key": key, "Value": value} for key, value in table.tags.items()]
    shown, more = page(tags, request.parameters, TAGS_LISTED_MAX, errors.token_invalid())
    return {"Tags": shown, **more}
