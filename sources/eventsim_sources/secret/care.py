"""How is a secret looked after? Operations on rotations and on resource policies, which are kept only."""

from msgspec.structs import replace

from eventsim import ApiError, Request, Result, load_json
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
    if not _is_object(text):
        message = "This resource policy contains invalid Json"  # unconfirmed wording
        raise ApiError("MalformedPolicyDocumentException", message)
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
    """Tell whether a text can be a policy: whether it is a JSON object."""
    if _is_object(str(request.parameters["ResourcePolicy"])):
        return {"PolicyValidationPassed": True, "ValidationErrors": []}
    error = {"CheckName": "JSON", "ErrorMessage": "This resource policy contains invalid Json"}  # unconfirmed wording
    return {"PolicyValidationPassed": False, "ValidationErrors": [error]}


def _secret(secrets: Secrets, request: Request) -> Secret:
    return secrets.usable(str(request.parameters["SecretId"]))


def _named(secret: Secret) -> dict[str, object]:
    return {"ARN": secret.arn, "Name": secret.name}


def _is_object(text: str) -> bool:
    try:
        return isinstance(load_json(text), dict)
    except ValueError:
        return False
