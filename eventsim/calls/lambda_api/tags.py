"""Which tags does a function or a mapping bear?"""

from typing import Any

from eventsim.api import Request, Result
from eventsim.calls.lambda_api.errors import function_not_found, invalid, resource_not_found
from eventsim.calls.lambda_api.service import Service
from eventsim.errors import ApiError

TAGS_MAX = 50
"""Tags of one resource (documented)."""


def tag_resource(service: Service, request: Request) -> Result:
    """Set tags; others stay."""
    given: Any = request.parameters
    arn = _tagged(service, request)
    tags = {**service.tags.get(arn, {}), **given["Tags"]}
    if not given["Tags"]:
        raise invalid("An error occurred and the request cannot be processed.")
    if len(tags) > TAGS_MAX:
        raise invalid("Number of tags exceeds resource tag limit.")
    service.tags[arn] = tags
    return {}


def untag_resource(service: Service, request: Request) -> Result:
    """Take tags away; those that are not there are no error."""
    given: Any = request.parameters
    if not given["TagKeys"]:
        constraint = "failed to satisfy constraint: Member must not be null"
        message = f"1 validation error detected: Value null at 'tagKeys' {constraint}"
        raise ApiError("ValidationException", message)
    arn = _tagged(service, request)
    service.tags[arn] = {key: value for key, value in service.tags.get(arn, {}).items() if key not in given["TagKeys"]}
    return {}


def list_tags(service: Service, request: Request) -> Result:
    """Give all tags."""
    return {"Tags": dict(service.tags.get(_tagged(service, request), {}))}


def _tagged(service: Service, request: Request) -> str:
    """Return the ARN of what is tagged.

    Raises:
        ApiError: it is not there, or has no tags of its own.
    """
    arn = str(request.parameters["Resource"])
    if ":event-source-mapping:" in arn:
        uuid = arn.rpartition(":")[2]
        if not any(mapping.uuid == uuid for mapping in service.mappings):
            raise resource_not_found()
        return arn
    if ":code-signing-config:" in arn:
        if arn not in service.code_signing:
            raise resource_not_found()
        return arn
    if ":function:" not in arn:  # of a kind that is never there, such as a capacity provider
        raise resource_not_found()
    name = service.functions.parse_name(arn)
    if name.qualifier:
        raise invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.")
    if name.name not in service.functions:
        raise function_not_found(arn)
    return service.functions.arn(name.name)
