"""How many may run at once? Reserved concurrency of a function."""

from msgspec import structs

from eventsim.api import Request, Result
from eventsim.calls.lambda_api.errors import invalid
from eventsim.calls.lambda_api.service import Service
from eventsim.function.function import Function


def put_function_concurrency(service: Service, request: Request) -> Result:
    """Reserve concurrency for a function, and hold it to that."""
    function = _unqualified(service, request)
    reserved = int(str(request.parameters["ReservedConcurrentExecutions"]))
    fault = service.account.reservation_fault(function.name, reserved)
    if fault is not None:
        raise invalid(fault)
    service.replace(structs.replace(function, reserved_concurrency=reserved))
    return {"ReservedConcurrentExecutions": reserved}


def get_function_concurrency(service: Service, request: Request) -> Result:
    """Tell what is reserved for a function; nothing if nothing is."""
    reserved = service.function_in(request).reserved_concurrency
    return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}


def delete_function_concurrency(service: Service, request: Request) -> Result:
    """Let a function share what nobody has reserved."""
    service.replace(structs.replace(_unqualified(service, request), reserved_concurrency=None))
    return {}


def _unqualified(service: Service, request: Request) -> Function:
    """Return the function that a request names.

    Raises:
        ApiError: there is none, or an alias or a version is named (recorded for reserving).
    """
    if service.name_in(request).qualifier:
        raise invalid(
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
            "Please specify either a function name or an unqualified function ARN."
        )
    return service.function_in(request)
