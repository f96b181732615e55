"""What do calls of Secrets Manager need? The action of the same name on the secret, by its whole ARN.

An ARN ends with six characters that do not follow from the name. One of a secret that is not there ends with six
question marks instead: policies about all secrets that begin like it are about that one as well.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import (
    Needs,
    Place,
    anywhere,
    if_given,
    on,
    only_given,
    text_in,
    together,
    told,
)

_OF_A_SECRET: Final = (
    *("CancelRotateSecret", "DeleteResourcePolicy", "DescribeSecret", "GetResourcePolicy", "ListSecretVersionIds"),
    *("PutResourcePolicy", "PutSecretValue", "RemoveRegionsFromReplication", "ReplicateSecretToRegions"),
    *("RestoreSecret", "RotateSecret", "StopReplicationToReplica", "TagResource", "UntagResource"),
    *("UpdateSecretVersionStage",),
)
_SUFFIX: Final = "-??????"
_WHOLE_ARN: Final = re.compile(r"arn:.+-[A-Za-z0-9]{6}")


def _arn(identifier: str, place: Place) -> str:
    """Return the ARN of the secret that a name, an ARN or an ARN without its ending means."""
    start = identifier if identifier.startswith("arn:") else place.arn("secretsmanager", f"secret:{identifier}")
    for secret in place.sources("secrets").values():
        if secret.arn == identifier or secret.arn[: -len(_SUFFIX)] == start:
            return str(secret.arn)
    return identifier if _WHOLE_ARN.fullmatch(identifier) else f"{start}{_SUFFIX}"


def _secret(given: Mapping[str, Any], place: Place) -> str:
    return _arn(text_in(given, "SecretId"), place)


def _new_secret(given: Mapping[str, Any], place: Place) -> str:
    return place.arn("secretsmanager", f"secret:{text_in(given, 'Name')}{_SUFFIX}")


_BY_ID: Final = {"secretsmanager:SecretId": "SecretId"}
_MADE: Final = told(
    {
        "secretsmanager:Name": "Name",
        "secretsmanager:Description": "Description",
        "secretsmanager:KmsKeyId": "KmsKeyId",
    }
)

NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: on(_secret, f"secretsmanager:{name}", keys=told(_BY_ID)) for name in _OF_A_SECRET},
        "BatchGetSecretValue": together(
            anywhere("secretsmanager:BatchGetSecretValue"),
            if_given("Filters", anywhere("secretsmanager:ListSecrets")),
        ),
        "CreateSecret": together(
            on(_new_secret, "secretsmanager:CreateSecret", keys=_MADE),
            if_given("Tags", on(_new_secret, "secretsmanager:TagResource")),
            if_given("AddReplicaRegions", on(_new_secret, "secretsmanager:ReplicateSecretToRegions")),
        ),
        "DeleteSecret": on(
            _secret,
            "secretsmanager:DeleteSecret",
            keys=told(
                {
                    **_BY_ID,
                    "secretsmanager:ForceDeleteWithoutRecovery": "ForceDeleteWithoutRecovery",
                    "secretsmanager:RecoveryWindowInDays": "RecoveryWindowInDays",
                }
            ),
        ),
        "GetRandomPassword": anywhere("secretsmanager:GetRandomPassword"),
        "GetSecretValue": on(
            _secret,
            "secretsmanager:GetSecretValue",
            keys=only_given(
                told(
                    {
                        **_BY_ID,
                        "secretsmanager:VersionId": "VersionId",
                        "secretsmanager:VersionStage": "VersionStage",
                    }
                )
            ),
        ),
        "ListSecrets": anywhere("secretsmanager:ListSecrets"),
        "UpdateSecret": on(
            _secret,
            "secretsmanager:UpdateSecret",
            keys=told(
                {
                    **_BY_ID,
                    "secretsmanager:Description": "Description",
                    "secretsmanager:KmsKeyId": "KmsKeyId",
                }
            ),
        ),
        "ValidateResourcePolicy": on(
            _secret, "secretsmanager:ValidateResourcePolicy", "secretsmanager:PutResourcePolicy"
        ),
    }
)
