"""What do calls of KMS need? The action of the same name on the key; an alias stands for a key that only KMS knows.

A policy about an alias says nothing about using its key: it has to name the key, or to ask for the alias by a
condition. Whether the key's own policy lets anybody in is asked elsewhere.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import (
    Keys,
    Needs,
    Place,
    Resource,
    anywhere,
    if_given,
    like,
    member,
    on,
    text_in,
    together,
)

_OF_A_KEY: Final = (
    *("CancelKeyDeletion", "CreateGrant", "DeleteImportedKeyMaterial", "DescribeKey", "DisableKey"),
    *("DisableKeyRotation", "EnableKey", "EnableKeyRotation", "GetKeyPolicy", "GetKeyRotationStatus"),
    *("GetParametersForImport", "GetPublicKey", "ImportKeyMaterial", "ListGrants", "ListKeyPolicies"),
    *("ListKeyRotations", "ListResourceTags", "PutKeyPolicy", "ReplicateKey", "RetireGrant", "RevokeGrant"),
    *("RotateKeyOnDemand", "ScheduleKeyDeletion", "TagResource", "UntagResource", "UpdateKeyDescription"),
    *("UpdatePrimaryRegion", "Decrypt", "DeriveSharedSecret", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair"),
    *("GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac", "Sign", "Verify"),
    "VerifyMac",
)
_OF_NO_KEY: Final = (
    *("ConnectCustomKeyStore", "CreateCustomKeyStore", "DeleteCustomKeyStore", "DescribeCustomKeyStores"),
    *("DisconnectCustomKeyStore", "GenerateRandom", "ListAliases", "ListKeys", "ListRetirableGrants"),
    "UpdateCustomKeyStore",
)
_ALIAS: Final = like("arn:aws:kms:{region}:{account_id}:{AliasName}")


def _key(parameter: str) -> Resource:
    """Return what finds the key that a parameter means by id or ARN; one that has an alias only KMS knows."""

    def resource(given: Mapping[str, Any], place: Place) -> str:
        identifier = text_in(given, parameter)
        if not identifier or _is_alias(identifier):
            return ""
        return identifier if identifier.startswith("arn:") else place.arn("kms", f"key/{identifier}")

    return resource


def _is_alias(identifier: str) -> bool:
    return identifier.rpartition(":")[2].startswith("alias/")


def _asked_with(key: str, context: str) -> Keys:
    """Return what tells by which alias a key is meant, and in which context something is encrypted."""

    def keys(given: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
        identifier, pairs = text_in(given, key), member(given, context)
        return {
            "kms:RequestAlias": (identifier.rpartition(":")[2],) if _is_alias(identifier) else (),
            **{f"kms:EncryptionContext:{name}": (str(value),) for name, value in pairs.items()},
            "kms:EncryptionContextKeys": tuple(map(str, pairs)),
        }

    return keys


def _using(key: str, context: str, action: str) -> Needs:
    return on(_key(key), action, keys=_asked_with(key, context))


NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: _using("KeyId", "EncryptionContext", f"kms:{name}") for name in _OF_A_KEY},
        **{name: anywhere(f"kms:{name}") for name in _OF_NO_KEY},
        **{
            name: together(on(_ALIAS, f"kms:{name}"), on(_key("TargetKeyId"), f"kms:{name}"))
            for name in ("CreateAlias", "DeleteAlias", "UpdateAlias")
        },
        "CreateKey": together(anywhere("kms:CreateKey"), if_given("Tags", anywhere("kms:TagResource"))),
        "ReEncrypt": together(
            _using("SourceKeyId", "SourceEncryptionContext", "kms:ReEncryptFrom"),
            _using("DestinationKeyId", "DestinationEncryptionContext", "kms:ReEncryptTo"),
        ),
    }
)
