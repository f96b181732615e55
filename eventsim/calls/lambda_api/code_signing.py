"""Whose signatures does a function ask for? Code signing configurations: kept and given back, nothing is checked."""

from typing import Any

from eventsim.api import Request, Result
from eventsim.calls.lambda_api.errors import conflict, not_found
from eventsim.calls.lambda_api.paging import page
from eventsim.calls.lambda_api.service import Service
from eventsim.errors import ApiError

_DEFAULT_POLICIES = {"UntrustedArtifactOnDeployment": "Warn"}
_IDENTIFIER_CHARACTERS = 17


def create_code_signing_config(service: Service, request: Request) -> Result:
    """Make a configuration."""
    given: Any = request.parameters
    identifier = f"csc-{service.code_signing_id()[:_IDENTIFIER_CHARACTERS]}"
    functions = service.functions
    arn = f"arn:aws:lambda:{functions.region}:{functions.account_id}:code-signing-config:{identifier}"
    service.code_signing[arn] = {
        "CodeSigningConfigId": identifier,
        "CodeSigningConfigArn": arn,
        "Description": given.get("Description") or "",
        "AllowedPublishers": given["AllowedPublishers"],
        "CodeSigningPolicies": given.get("CodeSigningPolicies") or _DEFAULT_POLICIES,
        "LastModified": service.modified_at(service.clock.now_us),
    }
    if given.get("Tags"):
        service.tags[arn] = dict(given["Tags"])
    service.inert.tell(request, "AllowedPublishers", "signatures are not checked")
    return {"CodeSigningConfig": service.code_signing[arn]}


def update_code_signing_config(service: Service, request: Request) -> Result:
    """Change a configuration."""
    config = _found(service, request)
    for name in ("Description", "AllowedPublishers", "CodeSigningPolicies"):
        if request.parameters.get(name) is not None:
            config[name] = request.parameters[name]
    config["LastModified"] = service.modified_at(service.clock.now_us)
    return {"CodeSigningConfig": config}


def get_code_signing_config(service: Service, request: Request) -> Result:
    """Describe a configuration."""
    return {"CodeSigningConfig": _found(service, request)}


def delete_code_signing_config(service: Service, request: Request) -> Result:
    """Forget a configuration that no function uses (documented)."""
    config = _found(service, request)
    arn = config["CodeSigningConfigArn"]
    users = _users(service, arn)
    if users:  # unconfirmed wording
        raise conflict(f"The code signing configuration {arn} is used by functions: {', '.join(users)}")
    del service.code_signing[arn]
    service.tags.pop(arn, None)
    return {}


def list_code_signing_configs(service: Service, request: Request) -> Result:
    """List all configurations."""
    items, more = page(list(service.code_signing.values()), request.parameters)
    return {"CodeSigningConfigs": list(items), **more}


def list_functions_by_code_signing_config(service: Service, request: Request) -> Result:
    """List the functions that use a configuration."""
    arn = _found(service, request)["CodeSigningConfigArn"]
    items, more = page(_users(service, arn), request.parameters)
    return {"FunctionArns": list(items), **more}


def put_function_code_signing_config(service: Service, request: Request) -> Result:
    """Let a function use a configuration."""
    function = service.function_in(request)
    arn = _found(service, request)["CodeSigningConfigArn"]
    service.papers(function).code_signing_config = arn
    return {"CodeSigningConfigArn": arn, "FunctionName": function.name}


def get_function_code_signing_config(service: Service, request: Request) -> Result:
    """Tell which configuration a function uses; an empty ARN for none, as infrastructure tools expect (unconfirmed)."""
    function = service.function_in(request)
    return {"CodeSigningConfigArn": service.papers(function).code_signing_config, "FunctionName": function.name}


def delete_function_code_signing_config(service: Service, request: Request) -> Result:
    """Let a function use no configuration."""
    service.papers(service.function_in(request)).code_signing_config = ""
    return {}


def check_code_signing_config(service: Service, arn: str) -> str:
    """See that a configuration is there.

    Raises:
        ApiError: it is not.
    """
    if arn not in service.code_signing:
        raise ApiError(
            "CodeSigningConfigNotFoundException",
            "The code signing configuration cannot be found. Check that the provided configuration is not deleted: "
            f"{arn}",  # unconfirmed wording
            status=404,
            fields={"Type": "User"},
        )
    return arn


def _found(service: Service, request: Request) -> dict[str, Any]:
    arn = str(request.parameters["CodeSigningConfigArn"])
    if "FunctionName" in request.parameters:
        check_code_signing_config(service, arn)
    if arn not in service.code_signing:
        raise not_found(f"The Lambda code signing configuration {arn} can not be found.")  # unconfirmed wording
    return service.code_signing[arn]


def _users(service: Service, arn: str) -> list[str]:
    return [function.arn for function in service.functions if service.papers(function).code_signing_config == arn]
