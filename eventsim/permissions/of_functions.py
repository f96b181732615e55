"""What do calls of Lambda need? The action of the same name on the function, its version or alias, the layer, …"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.function.function import FUNCTION_NAME
from eventsim.permissions.need import (
    Need,
    Needs,
    Place,
    anywhere,
    at,
    called,
    if_given,
    member,
    on,
    passing,
    text_in,
    together,
    unknown,
    value_of,
)

_OF_A_FUNCTION: Final = (
    *("CreateAlias", "DeleteAlias", "DeleteFunction", "DeleteFunctionCodeSigningConfig", "DeleteFunctionConcurrency"),
    *("DeleteFunctionEventInvokeConfig", "DeleteProvisionedConcurrencyConfig", "GetAlias", "GetFunction"),
    *("GetFunctionCodeSigningConfig", "GetFunctionConcurrency", "GetFunctionConfiguration"),
    *("GetFunctionEventInvokeConfig", "GetFunctionRecursionConfig", "GetPolicy", "GetProvisionedConcurrencyConfig"),
    *("GetRuntimeManagementConfig", "ListAliases", "ListDurableExecutionsByFunction"),
    *("ListFunctionEventInvokeConfigs", "ListFunctionUrlConfigs", "ListProvisionedConcurrencyConfigs"),
    *("ListVersionsByFunction", "PublishVersion", "PutFunctionConcurrency", "PutFunctionEventInvokeConfig"),
    *("PutFunctionRecursionConfig", "PutProvisionedConcurrencyConfig", "PutRuntimeManagementConfig"),
    *("RemovePermission", "UpdateAlias", "UpdateFunctionCode", "UpdateFunctionEventInvokeConfig"),
)
_OF_A_URL: Final = (
    *("CreateFunctionUrlConfig", "DeleteFunctionUrlConfig", "GetFunctionUrlConfig", "UpdateFunctionUrlConfig"),
)
_OF_A_LAYER: Final = ("ListLayerVersions", "PublishLayerVersion")
_OF_A_LAYER_VERSION: Final = (
    *("AddLayerVersionPermission", "DeleteLayerVersion", "GetLayerVersion", "GetLayerVersionPolicy"),
    "RemoveLayerVersionPermission",
)
_OF_A_MAPPING: Final = ("DeleteEventSourceMapping", "GetEventSourceMapping", "UpdateEventSourceMapping")
_OF_CODE_SIGNING: Final = (
    *("DeleteCodeSigningConfig", "GetCodeSigningConfig", "ListFunctionsByCodeSigningConfig"),
    "UpdateCodeSigningConfig",
)
_OF_AN_EXECUTION: Final = (
    *("CheckpointDurableExecution", "DeleteDurableExecution", "GetDurableExecution", "GetDurableExecutionHistory"),
    *("GetDurableExecutionState", "PauseDurableExecution", "ResumeDurableExecution", "StopDurableExecution"),
)
_OF_A_CALLBACK: Final = tuple(f"SendDurableExecutionCallback{word}" for word in ("Failure", "Heartbeat", "Success"))
"""Which execution waits for a callback, its id does not tell."""
_OF_A_TAGGED: Final = ("ListTags", "TagResource", "UntagResource")
_OF_A_POLICY: Final = ("DeleteResourcePolicy", "GetResourcePolicy", "PutResourcePolicy")
_OF_ALL: Final = (
    *("CreateCodeSigningConfig", "GetAccountSettings", "ListCodeSigningConfigs", "ListEventSourceMappings"),
    *("ListFunctions", "ListLayers"),
)

_layer = called("LayerName", "lambda", "layer:{}")
_mapping = called("UUID", "lambda", "event-source-mapping:{}")


def _function(given: Mapping[str, Any], place: Place) -> str:
    """Return the ARN of a function, or of the version or alias that is named."""
    match = FUNCTION_NAME.fullmatch(text_in(given, "FunctionName"))
    if match is None:
        return ""
    where = Place(match["region"] or place.region, match["account"] or place.account_id, place.sources)
    qualifier = match["qualifier"] or text_in(given, "Qualifier")
    return where.arn("lambda", f"function:{match['name']}{':' if qualifier else ''}{qualifier}")


def _layer_version(given: Mapping[str, Any], place: Place) -> str:
    layer = _layer(given, place)
    return layer and f"{layer}:{text_in(given, 'VersionNumber')}"


def _function_key(given: Mapping[str, Any], place: Place) -> dict[str, tuple[str, ...]]:
    arn = _function(given, place)
    return {"lambda:FunctionArn": (arn,)} if arn else {}


def _keys_in(given: Mapping[str, Any], **parameters: str) -> dict[str, tuple[str, ...]]:
    return {f"lambda:{key}": (text_in(given, name),) for key, name in parameters.items() if given.get(name)}


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()


def _configured(action: str) -> Needs:
    """Return what needs an action on a function with the layers and the network that it gets."""

    def needs(given: Mapping[str, Any], place: Place) -> Iterable[Need]:
        layers, network = _texts(given.get("Layers")), member(given, "VpcConfig")
        keys = {
            "lambda:Layer": layers,
            "lambda:SubnetIds": _texts(network.get("SubnetIds")),
            "lambda:SecurityGroupIds": _texts(network.get("SecurityGroupIds")),
            **_keys_in(given, CodeSigningConfigArn="CodeSigningConfigArn"),
        }
        yield Need(action, _function(given, place), {key: values for key, values in keys.items() if values})
        for layer in layers:
            yield Need("lambda:GetLayerVersion", layer)

    return together(needs, passing("lambda", value_of("Role")))


def _on_url(action: str) -> Needs:
    """Return what needs an action on a function with a URL, or that gets one."""
    return lambda given, place: [
        Need(
            action,
            _function(given, place),
            {**_function_key(given, place), **_keys_in(given, FunctionUrlAuthType="AuthType")},
        )
    ]


def _on_mapping(action: str) -> Needs:
    """Return what needs an action on an event source mapping, and says of which function if that is given."""
    return lambda given, place: [Need(action, _mapping(given, place), _function_key(given, place))]


def _not_by_url(_given: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    return {"lambda:InvokedViaFunctionUrl": ("false",)}


def _create_mapping(given: Mapping[str, Any], place: Place) -> Iterable[Need]:
    return [Need("lambda:CreateEventSourceMapping", keys=_function_key(given, place))]


def _add_permission(given: Mapping[str, Any], place: Place) -> Iterable[Need]:
    keys = _keys_in(given, Principal="Principal", FunctionUrlAuthType="FunctionUrlAuthType")
    return [Need("lambda:AddPermission", _function(given, place), keys)]


NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: on(_function, f"lambda:{name}") for name in _OF_A_FUNCTION},
        **{name: _on_url(f"lambda:{name}") for name in _OF_A_URL},
        **{name: on(_layer, f"lambda:{name}") for name in _OF_A_LAYER},
        **{name: on(_layer_version, f"lambda:{name}") for name in _OF_A_LAYER_VERSION},
        **{name: _on_mapping(f"lambda:{name}") for name in _OF_A_MAPPING},
        **{name: on(at("CodeSigningConfigArn"), f"lambda:{name}") for name in _OF_CODE_SIGNING},
        **{name: on(at("DurableExecutionArn"), f"lambda:{name}") for name in _OF_AN_EXECUTION},
        **{name: on(unknown, f"lambda:{name}") for name in _OF_A_CALLBACK},
        **{name: on(at("Resource"), f"lambda:{name}") for name in _OF_A_TAGGED},
        **{name: on(at("ResourceArn"), f"lambda:{name}") for name in _OF_A_POLICY},
        **{name: anywhere(f"lambda:{name}") for name in _OF_ALL},
        **{
            name: on(_function, "lambda:InvokeFunction", keys=_not_by_url)
            for name in ("Invoke", "InvokeAsync", "InvokeWithResponseStream")
        },
        "AddPermission": _add_permission,
        "CreateEventSourceMapping": _create_mapping,
        "CreateFunction": together(
            _configured("lambda:CreateFunction"), if_given("Tags", on(_function, "lambda:TagResource"))
        ),
        "GetLayerVersionByArn": on(at("Arn"), "lambda:GetLayerVersion"),
        "PutFunctionCodeSigningConfig": together(
            on(_function, "lambda:PutFunctionCodeSigningConfig"),
            on(at("CodeSigningConfigArn"), "lambda:PutFunctionCodeSigningConfig"),
        ),
        "UpdateFunctionConfiguration": _configured("lambda:UpdateFunctionConfiguration"),
    }
)
