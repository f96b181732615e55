"""Which names may a parameter not have, and what stands behind the one that leads to Secrets Manager?"""

import json
import re
from typing import Any

from eventsim import ApiError, Request, World

LEVELS_MAX = 15
SECRETS = "/aws/reference/secretsmanager/"
"""What is asked for below this path is a secret (documented)."""
_NAME = re.compile(r"[a-zA-Z0-9_.\-/]+")


def check_name(name: str) -> None:
    """See that a parameter may have this name.

    Raises:
        ApiError: in AWS's words.
    """
    is_path = name.count("/") > 1
    if is_path and name.lower().startswith("/aws"):
        raise ApiError("AccessDeniedException", f"No access to reserved parameter name: {name}.")
    is_reserved = re.match(r"/?(aws|ssm)", name, re.IGNORECASE) is not None
    if is_reserved and not is_path:
        raise _invalid('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).')
    if is_reserved or not _NAME.fullmatch(name):
        raise _invalid(
            'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of '
            "sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the "
            "following 3 symbols .-_"
        )
    if "/" in name and not name.startswith("/"):
        raise _invalid("Parameter name must be a fully qualified name.")
    if name.count("/") > LEVELS_MAX:
        message = f"Parameter name: hierarchy can't have more than {LEVELS_MAX} levels."
        raise ApiError("HierarchyLevelLimitExceededException", message)


def secret_told(world: World, name: str, request: Request) -> dict[str, Any]:
    """Return a secret as the parameter store tells it: encrypted, of version 0, with where it comes from.

    Raises:
        ApiError: it is not asked for in clear, or there is none.
    """
    if not request.parameters.get("WithDecryption"):
        raise _invalid("WithDecryption flag must be True for retrieving a Secret Manager secret.")
    try:
        secret: Any = world.call(
            "secretsmanager",
            "GetSecretValue",
            {"SecretId": name.removeprefix(SECRETS)},
            region=request.region,
            caller=request.caller,
        )
    except ApiError as error:
        message = f"An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret {name} not found."
        raise ApiError("ParameterNotFound", message) from error
    source = {member: secret[member] for member in ("ARN", "Name", "VersionId", "SecretString") if member in secret}
    source |= {
        "VersionStages": secret["VersionStages"],
        "CreatedDate": f"{secret['CreatedDate']:%b %d, %Y %I:%M:%S %p}",
    }
    return {
        "Name": name,
        "Type": "SecureString",
        "Value": secret.get("SecretString", ""),
        "Version": 0,
        "SourceResult": json.dumps(source),
        "LastModifiedDate": secret["CreatedDate"],
        "ARN": secret["ARN"],
    }


def _invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)
