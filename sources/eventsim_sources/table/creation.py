"""Is a new table such as AWS would make it? From the parameters of an operation to keys, indexes and settings."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from eventsim import load_json, policy_fault
from eventsim_sources.table import errors
from eventsim_sources.table.limits import (
    GLOBAL_INDEXES_MAX,
    INDEX_KEYS_MAX,
    KEY_ATTRIBUTES_MAX,
    LOCAL_INDEXES_MAX,
    NAME_LENGTH_MAX,
    NAME_LENGTH_MIN,
    POLICY_BYTES_MAX,
    PROJECTED_NAMES_MAX,
)
from eventsim_sources.table.schema import Index, Key, Schema
from eventsim_sources.table.settings import Settings

Parameters = Mapping[str, Any]

_ON_DEMAND = "PAY_PER_REQUEST"
_PROJECTIONS = ("ALL", "INCLUDE", "KEYS_ONLY")
_NAME = re.compile(r"[a-zA-Z0-9_.-]+")


def check_table_name(name: str, path: str = "tableName") -> None:
    """Check the name of a new table or index.

    Raises:
        ApiError: it is too short or too long, or has other characters.
    """
    if len(name) < NAME_LENGTH_MIN:
        raise errors.constraint_broken(
            name, path, f"Member must have length greater than or equal to {NAME_LENGTH_MIN}"
        )
    if len(name) > NAME_LENGTH_MAX:
        raise errors.constraint_broken(name, path, f"Member must have length less than or equal to {NAME_LENGTH_MAX}")
    if not _NAME.fullmatch(name):
        raise errors.constraint_broken(name, path, "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")


def read_schema(parameters: Parameters) -> Schema:
    """Read keys and indexes of `CreateTable`.

    Raises:
        ApiError: AWS would refuse them.
    """
    types = read_types(parameters.get("AttributeDefinitions") or ())
    key = read_key(parameters.get("KeySchema") or ())
    local = _read_indexes(parameters, "LocalSecondaryIndexes", is_global=False)
    for_all = _read_indexes(parameters, "GlobalSecondaryIndexes", is_global=True)
    check_defined([key, *(index.key for index in (*local, *for_all))], types)
    check_local(key, local)
    check_counts([*local, *for_all])
    indexes: dict[str, Index] = {}
    for index in (*local, *for_all):
        if index.name in indexes:
            raise errors.parameters_invalid(f"Duplicate index name: {index.name}")
        indexes[index.name] = index
    return Schema(key=key, types=types, indexes=indexes)


def read_types(definitions: Sequence[Parameters]) -> dict[str, str]:
    """Read the types of key attributes.

    Raises:
        ApiError: one is there twice.
    """
    types: dict[str, str] = {}
    for each in definitions:
        name, kind = each["AttributeName"], each["AttributeType"]
        if name in types:
            raise errors.parameters_invalid(f"Duplicate AttributeName in AttributeDefinitions: {name}")
        types[name] = kind
    return types


def read_key(elements: Sequence[Parameters]) -> Key:
    """Read the key of a table or an index.

    Raises:
        ApiError: it is not one HASH attribute, perhaps with one RANGE attribute behind it.
    """
    if not elements:  # the service's model takes none where a table is a replica
        raise errors.invalid(
            "1 validation error detected: Value null at 'keySchema' failed to satisfy constraint: "
            "Member must not be null"
        )
    if len(elements) > KEY_ATTRIBUTES_MAX:  # the service's model does not say
        raise errors.invalid(
            "1 validation error detected: Value at 'keySchema' failed to satisfy constraint: "
            f"Member must have length less than or equal to {KEY_ATTRIBUTES_MAX}"
        )
    if elements[0]["KeyType"] != "HASH":
        raise errors.invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    hash_name = elements[0]["AttributeName"]
    if len(elements) == 1:
        return Key(hash_name)
    range_name = elements[1]["AttributeName"]
    if elements[1]["KeyType"] != "RANGE":
        raise errors.invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
    if range_name == hash_name:
        raise errors.invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name")
    return Key(hash_name, range_name)


def read_index_key(elements: Sequence[Parameters]) -> Key:
    """Read the key of a global index.

    Raises:
        ApiError: it is not up to four HASH attributes, perhaps with up to four RANGE attributes behind them; the words
            for more than one of a kind are unconfirmed.
    """
    kinds = [each["KeyType"] for each in elements]
    if len(elements) <= KEY_ATTRIBUTES_MAX and kinds != ["HASH", "HASH"]:
        return read_key(elements)
    names = [str(each["AttributeName"]) for each in elements]
    hash_count = kinds.count("HASH")
    if max(hash_count, len(kinds) - hash_count) > INDEX_KEYS_MAX:
        raise errors.parameters_invalid(
            f"KeySchema of a global secondary index has more than {INDEX_KEYS_MAX} HASH or RANGE attributes"
        )
    if not hash_count or kinds != sorted(kinds):
        raise errors.invalid("Invalid KeySchema: HASH key types must come first, and RANGE key types behind them")
    if len(set(names)) < len(names):
        raise errors.invalid("Invalid KeySchema: Some index key attributes have the same name")
    hash_names, range_names = tuple(names[:hash_count]), tuple(names[hash_count:])
    return Key(hash_names[0], "".join(range_names[:1]), hash_names[1:], range_names[1:])


def _read_indexes(parameters: Parameters, name: str, *, is_global: bool) -> list[Index]:
    given = parameters.get(name)
    if given is None:
        return []
    if not given:
        raise errors.parameters_invalid(f"List of {name} is empty")
    return [read_index(each, is_global=is_global) for each in given]


def read_index(given: Parameters, *, is_global: bool) -> Index:
    """Read an index.

    Raises:
        ApiError: AWS would refuse it.
    """
    name = str(given["IndexName"])
    check_table_name(name, "globalSecondaryIndexes.1.member.indexName" if is_global else "indexName")
    projection = given.get("Projection") or {}
    kind, included = projection.get("ProjectionType"), projection.get("NonKeyAttributes")
    if kind not in _PROJECTIONS:
        raise errors.parameters_invalid(f"Unknown ProjectionType: {kind or 'null'}")
    if kind == "INCLUDE" and not included:
        raise errors.parameters_invalid("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
    if kind != "INCLUDE" and included is not None:
        raise errors.parameters_invalid(f"ProjectionType is {kind}, but NonKeyAttributes is specified")
    return Index(
        name=name,
        key=(read_index_key if is_global else read_key)(given["KeySchema"]),
        projection=kind,
        included=tuple(included or ()),
        is_global=is_global,
    )


def check_defined(keys: Sequence[Key], types: Mapping[str, str]) -> None:
    """See that every key attribute has a type, and that nothing else has.

    Raises:
        ApiError: it is not so.
    """
    used = dict.fromkeys(name for key in keys for name in key.names)
    defined = ", ".join(types)
    missing = [name for name in used if name not in types]
    if missing:
        raise errors.parameters_invalid(
            "Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: [{', '.join(missing)}], AttributeDefinitions: [{defined}]"
        )
    if len(types) == len(used):
        return
    if len(keys) == 1:
        raise errors.parameters_invalid(
            "Number of attributes in KeySchema does not exactly match number of attributes defined in "
            "AttributeDefinitions"
        )
    raise errors.parameters_invalid(
        f"Some AttributeDefinitions are not used. AttributeDefinitions: [{defined}], keys used: [{', '.join(used)}]"
    )


def check_local(key: Key, indexes: Sequence[Index]) -> None:
    """See that local indexes fit the key of their table.

    Raises:
        ApiError: one does not.
    """
    if indexes and not key.range_name:
        raise errors.parameters_invalid(
            "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
        )
    for index in indexes:
        if index.key.hash_name != key.hash_name:
            raise errors.parameters_invalid(
                f"Index KeySchema does not have the same leading hash key as table KeySchema for index: {index.name}. "
                f"index hash key: {index.key.hash_name}, table hash key: {key.hash_name}"
            )
        if not index.key.range_name:
            raise errors.parameters_invalid(f"Index KeySchema does not have a range key for index: {index.name}")


def check_counts(indexes: Sequence[Index]) -> None:
    """See that a table has not too many indexes.

    Raises:
        ApiError: it has.
    """
    local = [index for index in indexes if not index.is_global]
    for_all = [index for index in indexes if index.is_global]
    if len(local) > LOCAL_INDEXES_MAX:
        raise errors.parameters_invalid(
            f"Number of LocalSecondaryIndexes exceeds per-table limit of {LOCAL_INDEXES_MAX}"
        )
    if len(for_all) > GLOBAL_INDEXES_MAX:
        raise errors.parameters_invalid(
            f"GlobalSecondaryIndex count exceeds the per-table limit of {GLOBAL_INDEXES_MAX}"
        )
    if sum(len(index.included) for index in indexes) > PROJECTED_NAMES_MAX:
        raise errors.parameters_invalid(
            f"Number of NonKeyAttributes over all indexes exceeds the limit of {PROJECTED_NAMES_MAX}"
        )


def read_settings(parameters: Parameters) -> Settings:
    """Read how a new table is billed and protected.

    Raises:
        ApiError: throughput is given where it may not be, or missing where it must be.
    """
    mode = str(parameters.get("BillingMode") or "PROVISIONED")
    throughput = parameters.get("ProvisionedThroughput")
    check_throughput(mode, throughput)
    index_units, on_demand, warm = {}, {}, {}
    for given in parameters.get("GlobalSecondaryIndexes") or ():
        name = given["IndexName"]
        index_units[name] = index_throughput(mode, name, given.get("ProvisionedThroughput"))
        if given.get("OnDemandThroughput"):
            on_demand[name] = dict(given["OnDemandThroughput"])
        if given.get("WarmThroughput"):
            warm[name] = dict(given["WarmThroughput"])
    if parameters.get("OnDemandThroughput"):
        on_demand[""] = dict(parameters["OnDemandThroughput"])
    if parameters.get("WarmThroughput"):
        warm[""] = dict(parameters["WarmThroughput"])
    return Settings(
        billing_mode=mode,
        read_units=0 if throughput is None else throughput["ReadCapacityUnits"],
        write_units=0 if throughput is None else throughput["WriteCapacityUnits"],
        index_units=index_units,
        on_demand=on_demand,
        warm=warm,
        table_class=str(parameters.get("TableClass") or ""),
        is_protected=bool(parameters.get("DeletionProtectionEnabled")),
        encryption=read_encryption(parameters),
    )


def check_throughput(mode: str, throughput: Parameters | None) -> None:
    """See that throughput is provisioned if, and only if, it is billed so.

    Raises:
        ApiError: it is not.
    """
    if mode == _ON_DEMAND and throughput is not None:
        raise errors.parameters_invalid(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
        )
    if mode == "PROVISIONED" and throughput is None:
        raise errors.parameters_invalid(
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        )


def index_throughput(mode: str, name: str, throughput: Parameters | None) -> tuple[int, int]:
    """Return the throughput of a global index.

    Raises:
        ApiError: it is given where it may not be, or missing where it must be.
    """
    if mode == _ON_DEMAND:
        if throughput is not None:
            raise errors.parameters_invalid(
                f"ProvisionedThroughput should not be specified for index: {name} when BillingMode is PAY_PER_REQUEST"
            )
        return 0, 0
    if throughput is None:
        raise errors.parameters_invalid(f"ProvisionedThroughput must be specified for index: {name}")
    return throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]


def read_encryption(parameters: Parameters) -> dict[str, Any] | None:
    """Return `SSEDescription` of what `SSESpecification` says; AWS's own key is described by nothing."""
    given = parameters.get("SSESpecification")
    if not given or not given.get("Enabled"):
        return None
    described = {"Status": "ENABLED", "SSEType": given.get("SSEType") or "KMS"}
    if given.get("KMSMasterKeyId"):
        described["KMSMasterKeyArn"] = given["KMSMasterKeyId"]
    return described


def check_policy(text: str) -> None:
    """See that a resource policy is one, and not too long (documented; the words are unconfirmed).

    Raises:
        ApiError: it is not.
    """
    try:
        document = load_json(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise errors.invalid("Resource-based policy is not a valid JSON document")
    fault = policy_fault(text)
    if fault:
        raise errors.invalid(f"Resource-based policy is not valid: {fault}")
    if len(text.encode()) > POLICY_BYTES_MAX:
        raise errors.invalid(f"Resource-based policy exceeds the maximum size of {POLICY_BYTES_MAX} bytes")


def read_view_type(parameters: Parameters) -> str | None:
    """Return what a table's stream shall show: "" for no stream, None if nothing is said of one.

    Raises:
        ApiError: it makes no sense.
    """
    given = parameters.get("StreamSpecification")
    if given is None:
        return None
    view_type = given.get("StreamViewType")
    if not given.get("StreamEnabled"):
        if view_type:
            raise errors.parameters_invalid("StreamViewType cannot be specified when StreamEnabled is false")
        return ""
    if not view_type:
        raise errors.parameters_invalid("StreamViewType must be specified when StreamEnabled is true")
    return str(view_type)
