"""How many may run at once? Reserved concurrency of a function."""

from msgspec import structs

from eventsim.api import Request, Result
from eventsim.calls.lambda_api.errors import invalid
from eventsim.calls.lambda_api.service import Service


def put_function_concurrency(service: Service, request: Request) -> Result:
    """Reserve concurrency for a function, and hold it to that."""
    function = service.unqualified_in(request)
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
    service.replace(structs.replace(service.unqualified_in(request), reserved_concurrency=None))
    return {}
