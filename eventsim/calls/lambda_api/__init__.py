"""What does the Lambda API answer? One function for each operation, over one `Service`."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from eventsim.api import Operation
from eventsim.calls.inert import Inert, Offer, offer, operations
from eventsim.calls.lambda_api import (
    aliases,
    code_signing,
    concurrency,
    durable,
    event_invoke,
    event_sources,
    functions,
    invoke,
    layer_permissions,
    layers,
    permissions,
    provisioned,
    resource_policies,
    settings,
    tags,
    urls,
    versions,
)
from eventsim.calls.lambda_api.keeping import Keeping
from eventsim.calls.lambda_api.service import Service
from eventsim.calls.lambda_api.shelf import Shelf
from eventsim.envelope import Lineage
from eventsim.function.spec import FunctionSpec
from eventsim.outcome import Attempt
from eventsim.permissions.execution_role import ExecutionRole
from eventsim.source import FunctionUrl

_ONE = "FunctionName Qualifier"
_PAGE = "Marker MaxItems"
_LAYER_VERSION = "LayerName VersionNumber"
_SIGNED = "CodeSigningConfigArn"
_SIGNING = "Description AllowedPublishers CodeSigningPolicies"
_CONFIGURATION = (
    "FunctionName Runtime Handler Description Timeout MemorySize DeadLetterConfig Environment TracingConfig Layers "
    "EphemeralStorage SnapStart LoggingConfig DurableConfig"
)
_EVENT_INVOKE = f"{_ONE} MaximumRetryAttempts MaximumEventAgeInSeconds DestinationConfig"
_INVOKE = f"{_ONE} InvocationType LogType ClientContext Payload TenantId"
_EXECUTION = "DurableExecutionArn"
_URL = f"{_ONE} AuthType Cors InvokeMode"

OFFERS: Mapping[str, Offer] = {
    "AddLayerVersionPermission": offer(
        layer_permissions.add_layer_version_permission,
        f"{_LAYER_VERSION} StatementId Action Principal OrganizationId RevisionId",
    ),
    "AddPermission": offer(
        permissions.add_permission,
        f"{_ONE} StatementId Action Principal SourceArn FunctionUrlAuthType InvokedViaFunctionUrl SourceAccount "
        "EventSourceToken RevisionId PrincipalOrgID",
    ),
    "CheckpointDurableExecution": offer(
        durable.checkpoint_durable_execution, f"{_EXECUTION} CheckpointToken Updates ClientToken"
    ),
    "CreateAlias": offer(aliases.create_alias, "FunctionName Name FunctionVersion Description RoutingConfig"),
    "CreateCodeSigningConfig": offer(code_signing.create_code_signing_config, f"{_SIGNING} Tags"),
    "CreateEventSourceMapping": offer(event_sources.create_event_source_mapping, event_sources.CREATE_TAKES),
    "CreateFunction": offer(
        functions.create_function,
        f"{_CONFIGURATION} Code Publish PackageType ImageConfig Tags Architectures CodeSigningConfigArn TenancyConfig",
    ),
    "CreateFunctionUrlConfig": offer(urls.create_function_url_config, _URL),
    "DeleteAlias": offer(aliases.delete_alias, "FunctionName Name"),
    "DeleteCodeSigningConfig": offer(code_signing.delete_code_signing_config, _SIGNED),
    "DeleteDurableExecution": offer(durable.delete_durable_execution, _EXECUTION),
    "DeleteEventSourceMapping": offer(event_sources.delete_event_source_mapping, "UUID"),
    "DeleteFunction": offer(functions.delete_function, _ONE),
    "DeleteFunctionCodeSigningConfig": offer(code_signing.delete_function_code_signing_config, "FunctionName"),
    "DeleteFunctionConcurrency": offer(concurrency.delete_function_concurrency, "FunctionName"),
    "DeleteFunctionEventInvokeConfig": offer(event_invoke.delete_function_event_invoke_config, _ONE),
    "DeleteFunctionUrlConfig": offer(urls.delete_function_url_config, _ONE),
    "DeleteLayerVersion": offer(layers.delete_layer_version, "LayerName VersionNumber"),
    "DeleteProvisionedConcurrencyConfig": offer(provisioned.delete_provisioned_concurrency_config, _ONE),
    "DeleteResourcePolicy": offer(resource_policies.delete_resource_policy, "ResourceArn RevisionId"),
    "GetAccountSettings": offer(functions.get_account_settings),
    "GetAlias": offer(aliases.get_alias, "FunctionName Name"),
    "GetCodeSigningConfig": offer(code_signing.get_code_signing_config, _SIGNED),
    "GetDurableExecution": offer(durable.get_durable_execution, f"{_EXECUTION} IncludeExecutionData"),
    "GetDurableExecutionHistory": offer(
        durable.get_durable_execution_history, f"{_EXECUTION} IncludeExecutionData ReverseOrder {_PAGE}"
    ),
    "GetDurableExecutionState": offer(durable.get_durable_execution_state, f"{_EXECUTION} CheckpointToken {_PAGE}"),
    "GetEventSourceMapping": offer(event_sources.get_event_source_mapping, "UUID"),
    "GetFunction": offer(functions.get_function, _ONE),
    "GetFunctionCodeSigningConfig": offer(code_signing.get_function_code_signing_config, "FunctionName"),
    "GetFunctionConcurrency": offer(concurrency.get_function_concurrency, "FunctionName"),
    "GetFunctionConfiguration": offer(functions.get_function_configuration, _ONE),
    "GetFunctionEventInvokeConfig": offer(event_invoke.get_function_event_invoke_config, _ONE),
    "GetFunctionRecursionConfig": offer(functions.get_function_recursion_config, "FunctionName"),
    "GetFunctionUrlConfig": offer(urls.get_function_url_config, _ONE),
    "GetLayerVersion": offer(layers.get_layer_version, "LayerName VersionNumber"),
    "GetLayerVersionByArn": offer(layers.get_layer_version_by_arn, "Arn"),
    "GetLayerVersionPolicy": offer(layer_permissions.get_layer_version_policy, _LAYER_VERSION),
    "GetPolicy": offer(permissions.get_policy, _ONE),
    "GetProvisionedConcurrencyConfig": offer(provisioned.get_provisioned_concurrency_config, _ONE),
    "GetResourcePolicy": offer(resource_policies.get_resource_policy, "ResourceArn"),
    "GetRuntimeManagementConfig": offer(functions.get_runtime_management_config, _ONE),
    "Invoke": offer(invoke.invoke, f"{_INVOKE} DurableExecutionName"),
    "InvokeAsync": offer(invoke.invoke_async, "FunctionName InvokeArgs"),
    "InvokeWithResponseStream": offer(invoke.invoke_with_response_stream, _INVOKE),
    "ListAliases": offer(aliases.list_aliases, f"FunctionName FunctionVersion {_PAGE}"),
    "ListCodeSigningConfigs": offer(code_signing.list_code_signing_configs, _PAGE),
    "ListDurableExecutionsByFunction": offer(
        durable.list_durable_executions_by_function,
        f"{_ONE} DurableExecutionName Statuses StartedAfter StartedBefore ReverseOrder {_PAGE}",
    ),
    "ListEventSourceMappings": offer(event_sources.list_event_source_mappings, f"EventSourceArn FunctionName {_PAGE}"),
    "ListFunctionEventInvokeConfigs": offer(event_invoke.list_function_event_invoke_configs, f"FunctionName {_PAGE}"),
    "ListFunctionUrlConfigs": offer(urls.list_function_url_configs, f"FunctionName {_PAGE}"),
    "ListFunctionsByCodeSigningConfig": offer(code_signing.list_functions_by_code_signing_config, f"{_SIGNED} {_PAGE}"),
    "ListFunctions": offer(functions.list_functions, f"FunctionVersion {_PAGE}"),
    "ListLayerVersions": offer(
        layers.list_layer_versions, f"CompatibleArchitecture CompatibleRuntime LayerName {_PAGE}"
    ),
    "ListLayers": offer(layers.list_layers, f"CompatibleArchitecture CompatibleRuntime {_PAGE}"),
    "ListProvisionedConcurrencyConfigs": offer(
        provisioned.list_provisioned_concurrency_configs, f"FunctionName {_PAGE}"
    ),
    "ListTags": offer(tags.list_tags, "Resource"),
    "ListVersionsByFunction": offer(versions.list_versions_by_function, f"FunctionName {_PAGE}"),
    "PauseDurableExecution": offer(
        durable.pause_durable_execution, f"{_EXECUTION} ClientToken Reason ExecutionTimeoutPaused"
    ),
    "PublishLayerVersion": offer(
        layers.publish_layer_version,
        "LayerName Description Content CompatibleArchitectures CompatibleRuntimes LicenseInfo",
    ),
    "PublishVersion": offer(versions.publish_version, "FunctionName CodeSha256 Description RevisionId"),
    "PutFunctionCodeSigningConfig": offer(code_signing.put_function_code_signing_config, f"FunctionName {_SIGNED}"),
    "PutFunctionConcurrency": offer(concurrency.put_function_concurrency, "FunctionName ReservedConcurrentExecutions"),
    "PutFunctionEventInvokeConfig": offer(event_invoke.put_function_event_invoke_config, _EVENT_INVOKE),
    "PutFunctionRecursionConfig": offer(functions.put_function_recursion_config, "FunctionName RecursiveLoop"),
    "PutProvisionedConcurrencyConfig": offer(
        provisioned.put_provisioned_concurrency_config, f"{_ONE} ProvisionedConcurrentExecutions"
    ),
    "PutResourcePolicy": offer(resource_policies.put_resource_policy, "ResourceArn Policy RevisionId"),
    "PutRuntimeManagementConfig": offer(
        functions.put_runtime_management_config, f"{_ONE} UpdateRuntimeOn RuntimeVersionArn"
    ),
    "RemoveLayerVersionPermission": offer(
        layer_permissions.remove_layer_version_permission, f"{_LAYER_VERSION} StatementId RevisionId"
    ),
    "RemovePermission": offer(permissions.remove_permission, f"{_ONE} StatementId RevisionId"),
    "ResumeDurableExecution": offer(durable.resume_durable_execution, f"{_EXECUTION} ClientToken Reason"),
    "SendDurableExecutionCallbackFailure": offer(durable.send_callback_failure, "CallbackId Error"),
    "SendDurableExecutionCallbackHeartbeat": offer(durable.send_callback_heartbeat, "CallbackId"),
    "SendDurableExecutionCallbackSuccess": offer(durable.send_callback_success, "CallbackId Result"),
    "StopDurableExecution": offer(durable.stop_durable_execution, f"{_EXECUTION} Error"),
    "TagResource": offer(tags.tag_resource, "Resource Tags"),
    "UntagResource": offer(tags.untag_resource, "Resource TagKeys"),
    "UpdateAlias": offer(
        aliases.update_alias, "FunctionName Name FunctionVersion Description RoutingConfig RevisionId"
    ),
    "UpdateCodeSigningConfig": offer(code_signing.update_code_signing_config, f"{_SIGNED} {_SIGNING}"),
    "UpdateEventSourceMapping": offer(event_sources.update_event_source_mapping, f"{event_sources.UPDATE_TAKES} UUID"),
    "UpdateFunctionCode": offer(
        functions.update_function_code,
        "FunctionName ZipFile S3Bucket S3Key S3ObjectVersion S3ObjectStorageMode ImageUri Architectures Publish DryRun "
        "RevisionId",
    ),
    "UpdateFunctionConfiguration": offer(functions.update_function_configuration, f"{_CONFIGURATION} RevisionId"),
    "UpdateFunctionEventInvokeConfig": offer(event_invoke.update_function_event_invoke_config, _EVENT_INVOKE),
    "UpdateFunctionUrlConfig": offer(urls.update_function_url_config, _URL),
}


class LambdaApi:
    """The operations of Lambda on the functions of one simulation.

    Takes what `Service` takes, but for `inert`.

    Args:
        kept_in: a folder in which what the API makes outlives the server, None if it does not.
        syncs_fully: whether it outlives a loss of power, too.
        is_open: tells whether clients call: not while the scenario makes what it makes each time.
    """

    def __init__(
        self,
        *,
        kept_in: Path | None = None,
        syncs_fully: bool = False,
        is_open: Callable[[], bool] = lambda: True,
        **parts: Any,
    ) -> None:
        role: ExecutionRole | None = parts.get("execution_role")
        ignored = ("Role",) if role is not None and role.counts else ()  # then it has an effect
        inert = Inert(parts["trace"], settings.WITHOUT_EFFECT, ignored)
        self.service = Service(**parts, inert=inert)
        self._keeping: Keeping | None = None
        if kept_in is not None:
            self._keeping = Keeping(self.service, Shelf(kept_in, syncs_fully=syncs_fully), is_open)

    def operations(self) -> Mapping[str, Operation]:
        """Return the operations by name."""
        offered = operations(self.service, OFFERS, self.service.inert)
        return offered if self._keeping is None else self._keeping.over(offered)

    def restore(self) -> None:
        """Bring back what the API of an earlier server made.

        Raises:
            StorageError: it cannot be read.
        """
        if self._keeping is not None:
            self._keeping.restore()

    def close(self) -> None:
        """Write down what is not yet.

        Raises:
            StorageError: it cannot be written.
        """
        if self._keeping is not None:
            self._keeping.keep_progress()

    def keep(self, name: str) -> None:
        """Have a function outlive the server that was not made by an operation of this API.

        Raises:
            ApiError: it cannot be written down.
        """
        if self._keeping is not None:
            self._keeping.adopt(name)

    def permits(self, arn: str, principal: str, source_arn: str) -> bool:
        """Tell whether a function lets a service invoke it; one of the scenario lets everybody."""
        return permissions.permits(self.service, arn, principal, source_arn)

    def is_closed(self, name: str) -> bool:
        """Tell whether a function lets nobody in whom its policy does not name: not one of the scenario's own."""
        register = self.service.register
        return not register.is_of_scenario(name) or register.is_of_stack(name)

    def begin_invocation(
        self,
        arn: str,
        payload: str,
        ended: Callable[[Attempt], None],
        *,
        cause: int,
        lineage: Lineage | None,
        tenant_id: str = "",
    ) -> None:
        """Run a function in a step of its own and tell what came of it.

        Raises:
            ApiError: there is no such function, or the event is too large or not JSON, or names no tenant.
        """
        name = self.service.functions.parse_name(arn)
        invoke.begin_invocation(self.service, name, payload, ended, cause=cause, lineage=lineage, tenant_id=tenant_id)

    def check_role(self, function: str, spec: FunctionSpec, given: Mapping[str, Any]) -> None:
        """See that the role of a function that a stack makes lets Lambda do what its settings need.

        Raises:
            ApiError: it does not.
        """
        self.service.check_role(
            function,
            str(given.get("Role") or ""),
            dead_letter=spec.dead_letter or "",
            is_traced=spec.tracing == "Active",
            vpc=given.get("VpcConfig") or {},
        )

    def echo(self, function: str, settings: Mapping[str, Any]) -> None:
        """Give settings of a function back as they came (`Role`, `VpcConfig`): what a template says of it."""
        self.service.register.echo(function, settings)

    def name_layers(self, function: str, arns: Iterable[str]) -> None:
        """Tell of the layers of a new function by their ARNs, which its template names."""
        self.service.register.name_layers(function, arns)

    def set_layers(self, function: str, given: Mapping[str, Path | None]) -> None:
        """Give a function the layers that a template names: by ARN, the folder of each, None where it is not here."""
        functions.set_layers(self.service, function, given)

    def role_arn(self, function: str) -> str:
        """Return the ARN of the role that a function runs as."""
        return self.service.register.role_arn(function)

    def archive(self, identifier: str) -> bytes | None:
        """Return an uploaded archive by the last part of its `Location`, None if there is none."""
        return self.service.code_store.archive(identifier)

    def target_of_url(self, identifier: str) -> FunctionUrl | None:
        """Return what the function URL with this identifier leads to, None if there is none."""
        return urls.target_of_url(self.service, identifier)

    def urls(self) -> Mapping[str, str]:
        """Return the identifier of every function's own URL, by the function's name."""
        return urls.identifiers(self.service)
