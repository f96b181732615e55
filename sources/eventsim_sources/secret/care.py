"""How is a secret looked after? Operations on rotations and on resource policies, which are kept only."""

from msgspec.structs import replace

from eventsim import ApiError, Request, Result, load_json, policy_fault
from eventsim_sources.secret.rotation import PENDING, Rotations, rotation_of
from eventsim_sources.secret.store import Secret, Secrets


def rotate_secret(secrets: Secrets, request: Request) -> Result:
    """Have a function rotate a secret, now or when it is time, and again after each interval."""
    given, world = request.parameters, secrets.world
    secret = _secret(secrets, request)
    rotation = rotation_of(world, secret, given)
    token, is_trial = str(given.get("ClientRequestToken") or ""), given.get("RotateImmediately") is False
    version = world.share(Rotations).begin(secret, rotation, token, is_trial=is_trial, cause=request.entry)
    return {**_named(secret), **({} if is_trial else {"VersionId": version})}


def cancel_rotate_secret(secrets: Secrets, request: Request) -> Result:
    """Rotate a secret no more; of a rotation that has begun, no further step is done."""
    secret = _secret(secrets, request)
    if secret.rotation is not None:
        secret.rotation, secret.rotates_us = replace(secret.rotation, is_on=False), None
    pending = secret.staged(PENDING)
    return {**_named(secret), **({"VersionId": pending.identifier} if pending else {})}


def put_resource_policy(secrets: Secrets, request: Request) -> Result:
    """Keep a policy."""
    secret, text = _secret(secrets, request), str(request.parameters["ResourcePolicy"])
    fault = _fault_in(text)
    if fault:
        raise ApiError("MalformedPolicyDocumentException", fault)
    secret.policy = text
    return _named(secret)


def get_resource_policy(secrets: Secrets, request: Request) -> Result:
    """Give the policy of a secret."""
    secret = _secret(secrets, request)
    return {**_named(secret), **({"ResourcePolicy": secret.policy} if secret.policy else {})}


def delete_resource_policy(secrets: Secrets, request: Request) -> Result:
    """Forget the policy of a secret."""
    secret = _secret(secrets, request)
    secret.policy = ""
    return _named(secret)


def validate_resource_policy(_: Secrets, request: Request) -> Result:
    """Tell whether a text can be a policy; the name of the check is unconfirmed."""
    fault = _fault_in(str(request.parameters["ResourcePolicy"]))
    errors = [{"CheckName": "JSON", "ErrorMessage": fault}] if fault else []
    return {"PolicyValidationPassed": not errors, "ValidationErrors": errors}


def _secret(secrets: Secrets, request: Request) -> Secret:
    return secrets.usable(str(request.parameters["SecretId"]))


def _named(secret: Secret) -> dict[str, object]:
    return {"ARN": secret.arn, "Name": secret.name}


def _fault_in(text: str) -> str:
    """Return why a text is no policy, "" if it is one (unconfirmed words)."""
    try:
        is_object = isinstance(load_json(text), dict)
    except ValueError:
        is_object = False
    if not is_object:
        return "This resource policy contains invalid Json"
    fault = policy_fault(text)
    return fault and f"This resource policy contains a syntax error: {fault}"
