"""API Gateway, version 1: REST APIs."""

from collections.abc import Mapping

from eventsim import About, Operation, World
from eventsim_sources.gateway.api import call, tags
from eventsim_sources.gateway.api.call import Offer, offer
from eventsim_sources.gateway.api.rest import (
    account,
    apis,
    documentation,
    domains,
    exports,
    inventory,
    keys,
    methods,
    parts,
    responses,
    stages,
    trials,
)

_PAGE = "position limit"
_API = "name description version binaryMediaTypes apiKeySource tags disableExecuteApiEndpoint"
_INERT_API = "minimumCompressionSize endpointConfiguration policy securityPolicy endpointAccessMode"
_RESOURCE = "restApiId resourceId"
_METHOD = f"{_RESOURCE} httpMethod"
_INERT_STAGE = "cacheClusterSize documentationVersion"
_AUTHORIZER = (
    "restApiId name type providerARNs authorizerUri authorizerCredentials identitySource "
    "identityValidationExpression authorizerResultTtlInSeconds"
)

_OFFERS: Mapping[str, Offer] = {
    "CreateApiKey": offer(
        keys.create_api_key, "name description enabled value stageKeys customerId tags generateDistinctId"
    ),
    "CreateAuthorizer": offer(parts.AUTHORIZERS.create, _AUTHORIZER, "authType"),
    "CreateBasePathMapping": offer(
        domains.create_base_path_mapping, "domainName basePath restApiId stage", "domainNameId"
    ),
    "CreateDeployment": offer(
        stages.create_deployment,
        "restApiId stageName stageDescription description variables cacheClusterEnabled canarySettings tracingEnabled",
        _INERT_STAGE,
    ),
    "CreateDocumentationPart": offer(documentation.create_documentation_part, "restApiId location properties"),
    "CreateDocumentationVersion": offer(
        documentation.create_documentation_version, "restApiId documentationVersion stageName description"
    ),
    "CreateDomainName": offer(
        domains.create_domain_name,
        "domainName certificateName certificateArn regionalCertificateName regionalCertificateArn "
        "endpointConfiguration tags securityPolicy routingMode",
        "certificateBody certificatePrivateKey certificateChain endpointAccessMode mutualTlsAuthentication "
        "ownershipVerificationCertificateArn policy",
    ),
    "CreateModel": offer(parts.MODELS.create, "restApiId name description schema contentType"),
    "CreateRequestValidator": offer(
        parts.VALIDATORS.create, "restApiId name validateRequestBody validateRequestParameters"
    ),
    "CreateResource": offer(methods.create_resource, "restApiId parentId pathPart"),
    "CreateRestApi": offer(apis.create_rest_api, f"{_API} cloneFrom", _INERT_API),
    "CreateStage": offer(
        stages.create_stage,
        "restApiId stageName deploymentId description variables tags cacheClusterEnabled canarySettings tracingEnabled",
        _INERT_STAGE,
    ),
    "CreateUsagePlan": offer(keys.create_usage_plan, "name description apiStages throttle quota tags"),
    "CreateUsagePlanKey": offer(keys.create_usage_plan_key, "usagePlanId keyId keyType"),
    "CreateVpcLink": offer(inventory.create_vpc_link, "name description targetArns tags"),
    "DeleteApiKey": offer(keys.delete_api_key, "apiKey"),
    "DeleteAuthorizer": offer(parts.AUTHORIZERS.delete, "restApiId authorizerId"),
    "DeleteBasePathMapping": offer(domains.delete_base_path_mapping, "domainName basePath", "domainNameId"),
    "DeleteClientCertificate": offer(inventory.CERTIFICATES.delete, "clientCertificateId"),
    "DeleteDeployment": offer(stages.delete_deployment, "restApiId deploymentId"),
    "DeleteDocumentationPart": offer(documentation.PARTS.delete, "restApiId documentationPartId"),
    "DeleteDocumentationVersion": offer(documentation.VERSIONS.delete, "restApiId documentationVersion"),
    "DeleteDomainName": offer(domains.delete_domain_name, "domainName", "domainNameId"),
    "DeleteGatewayResponse": offer(responses.delete_gateway_response, "restApiId responseType"),
    "DeleteIntegration": offer(methods.delete_integration, _METHOD),
    "DeleteIntegrationResponse": offer(methods.INTEGRATION_RESPONSES.delete, f"{_METHOD} statusCode"),
    "DeleteMethod": offer(methods.delete_method, _METHOD),
    "DeleteMethodResponse": offer(methods.METHOD_RESPONSES.delete, f"{_METHOD} statusCode"),
    "DeleteModel": offer(parts.MODELS.delete, "restApiId modelName"),
    "DeleteRequestValidator": offer(parts.VALIDATORS.delete, "restApiId requestValidatorId"),
    "DeleteResource": offer(methods.delete_resource, _RESOURCE),
    "DeleteRestApi": offer(apis.delete_rest_api, "restApiId"),
    "DeleteStage": offer(stages.delete_stage, "restApiId stageName"),
    "DeleteUsagePlan": offer(keys.delete_usage_plan, "usagePlanId"),
    "DeleteUsagePlanKey": offer(keys.delete_usage_plan_key, "usagePlanId keyId"),
    "DeleteVpcLink": offer(inventory.LINKS.delete, "vpcLinkId"),
    "FlushStageAuthorizersCache": offer(stages.flush_stage_authorizers_cache, "restApiId stageName"),
    "FlushStageCache": offer(stages.flush_stage_cache, "restApiId stageName"),
    "GenerateClientCertificate": offer(inventory.generate_client_certificate, "description tags"),
    "GetAccount": offer(account.get_account),
    "GetApiKey": offer(keys.get_api_key, "apiKey includeValue"),
    "GetApiKeys": offer(keys.get_api_keys, f"{_PAGE} nameQuery customerId includeValues"),
    "GetAuthorizer": offer(parts.AUTHORIZERS.get, "restApiId authorizerId"),
    "GetAuthorizers": offer(parts.AUTHORIZERS.list, f"restApiId {_PAGE}"),
    "GetBasePathMapping": offer(domains.get_base_path_mapping, "domainName basePath", "domainNameId"),
    "GetBasePathMappings": offer(domains.get_base_path_mappings, f"domainName {_PAGE}", "domainNameId"),
    "GetClientCertificate": offer(inventory.CERTIFICATES.get, "clientCertificateId"),
    "GetClientCertificates": offer(inventory.CERTIFICATES.list, _PAGE),
    "GetDeployment": offer(stages.get_deployment, "restApiId deploymentId embed"),
    "GetDeployments": offer(stages.get_deployments, f"restApiId {_PAGE}"),
    "GetDocumentationPart": offer(documentation.PARTS.get, "restApiId documentationPartId"),
    "GetDocumentationParts": offer(
        documentation.get_documentation_parts, f"restApiId type nameQuery path locationStatus {_PAGE}"
    ),
    "GetDocumentationVersion": offer(documentation.VERSIONS.get, "restApiId documentationVersion"),
    "GetDocumentationVersions": offer(documentation.VERSIONS.list, f"restApiId {_PAGE}"),
    "GetDomainName": offer(domains.get_domain_name, "domainName", "domainNameId"),
    "GetDomainNames": offer(domains.get_domain_names, f"{_PAGE} resourceOwner"),
    "GetExport": offer(exports.get_export, "restApiId stageName exportType parameters accepts"),
    "GetGatewayResponse": offer(responses.get_gateway_response, "restApiId responseType"),
    "GetGatewayResponses": offer(responses.get_gateway_responses, f"restApiId {_PAGE}"),
    "GetIntegration": offer(methods.get_integration, _METHOD),
    "GetIntegrationResponse": offer(methods.INTEGRATION_RESPONSES.get, f"{_METHOD} statusCode"),
    "GetMethod": offer(methods.get_method, _METHOD),
    "GetMethodResponse": offer(methods.METHOD_RESPONSES.get, f"{_METHOD} statusCode"),
    "GetModel": offer(parts.get_model, "restApiId modelName flatten"),
    "GetModelTemplate": offer(parts.get_model_template, "restApiId modelName"),
    "GetModels": offer(parts.MODELS.list, f"restApiId {_PAGE}"),
    "GetRequestValidator": offer(parts.VALIDATORS.get, "restApiId requestValidatorId"),
    "GetRequestValidators": offer(parts.VALIDATORS.list, f"restApiId {_PAGE}"),
    "GetResource": offer(methods.get_resource, f"{_RESOURCE} embed"),
    "GetResources": offer(methods.get_resources, f"restApiId embed {_PAGE}"),
    "GetRestApi": offer(apis.get_rest_api, "restApiId"),
    "GetRestApis": offer(apis.get_rest_apis, _PAGE),
    "GetSdk": offer(exports.get_sdk, "restApiId stageName sdkType parameters"),
    "GetSdkType": offer(exports.get_sdk_type, "id"),
    "GetSdkTypes": offer(exports.get_sdk_types, _PAGE),
    "GetStage": offer(stages.get_stage, "restApiId stageName"),
    "GetStages": offer(stages.get_stages, "restApiId deploymentId"),
    "GetTags": offer(tags.V1.get, f"resourceArn {_PAGE}"),
    "GetUsage": offer(keys.get_usage, f"usagePlanId keyId startDate endDate {_PAGE}"),
    "GetUsagePlan": offer(keys.get_usage_plan, "usagePlanId"),
    "GetUsagePlanKey": offer(keys.get_usage_plan_key, "usagePlanId keyId"),
    "GetUsagePlanKeys": offer(keys.get_usage_plan_keys, f"usagePlanId nameQuery {_PAGE}"),
    "GetUsagePlans": offer(keys.get_usage_plans, f"keyId {_PAGE}"),
    "GetVpcLink": offer(inventory.LINKS.get, "vpcLinkId"),
    "GetVpcLinks": offer(inventory.LINKS.list, _PAGE),
    "ImportApiKeys": offer(keys.import_api_keys, "body format", "failOnWarnings"),
    "ImportDocumentationParts": offer(
        documentation.import_documentation_parts, "restApiId mode body", "failOnWarnings"
    ),
    "ImportRestApi": offer(apis.import_rest_api, "body parameters", "failOnWarnings"),
    "PutGatewayResponse": offer(
        responses.put_gateway_response, "restApiId responseType statusCode responseParameters responseTemplates"
    ),
    "PutIntegration": offer(
        methods.put_integration,
        f"{_METHOD} type integrationHttpMethod uri credentials requestParameters requestTemplates passthroughBehavior "
        "contentHandling timeoutInMillis cacheNamespace cacheKeyParameters responseTransferMode",
        "connectionType connectionId tlsConfig integrationTarget",
    ),
    "PutIntegrationResponse": offer(
        methods.put_integration_response,
        f"{_METHOD} statusCode selectionPattern responseParameters responseTemplates contentHandling",
    ),
    "PutMethod": offer(
        methods.put_method,
        f"{_METHOD} authorizationType authorizerId apiKeyRequired operationName requestParameters requestModels "
        "requestValidatorId authorizationScopes",
    ),
    "PutMethodResponse": offer(methods.put_method_response, f"{_METHOD} statusCode responseParameters responseModels"),
    "PutRestApi": offer(apis.put_rest_api, "restApiId mode body parameters", "failOnWarnings"),
    "TagResource": offer(tags.V1.tag, "resourceArn tags"),
    "TestInvokeAuthorizer": offer(
        trials.test_invoke_authorizer,
        "restApiId authorizerId headers multiValueHeaders pathWithQueryString body stageVariables",
        "additionalContext",
    ),
    "TestInvokeMethod": offer(
        trials.test_invoke_method,
        f"{_METHOD} pathWithQueryString body headers multiValueHeaders stageVariables",
        "clientCertificateId",
    ),
    "UntagResource": offer(tags.V1.untag, "resourceArn tagKeys"),
    "UpdateAccount": offer(account.update_account, "patchOperations"),
    "UpdateApiKey": offer(keys.update_api_key, "apiKey patchOperations"),
    "UpdateAuthorizer": offer(parts.AUTHORIZERS.update, "restApiId authorizerId patchOperations"),
    "UpdateBasePathMapping": offer(
        domains.update_base_path_mapping, "domainName basePath patchOperations", "domainNameId"
    ),
    "UpdateClientCertificate": offer(inventory.CERTIFICATES.update, "clientCertificateId patchOperations"),
    "UpdateDeployment": offer(stages.update_deployment, "restApiId deploymentId patchOperations"),
    "UpdateDocumentationPart": offer(documentation.PARTS.update, "restApiId documentationPartId patchOperations"),
    "UpdateDocumentationVersion": offer(
        documentation.VERSIONS.update, "restApiId documentationVersion patchOperations"
    ),
    "UpdateDomainName": offer(domains.update_domain_name, "domainName patchOperations", "domainNameId"),
    "UpdateGatewayResponse": offer(responses.update_gateway_response, "restApiId responseType patchOperations"),
    "UpdateIntegration": offer(methods.update_integration, f"{_METHOD} patchOperations"),
    "UpdateIntegrationResponse": offer(methods.INTEGRATION_RESPONSES.update, f"{_METHOD} statusCode patchOperations"),
    "UpdateMethod": offer(methods.update_method, f"{_METHOD} patchOperations"),
    "UpdateMethodResponse": offer(methods.METHOD_RESPONSES.update, f"{_METHOD} statusCode patchOperations"),
    "UpdateModel": offer(parts.MODELS.update, "restApiId modelName patchOperations"),
    "UpdateRequestValidator": offer(parts.update_request_validator, "restApiId requestValidatorId patchOperations"),
    "UpdateResource": offer(methods.update_resource, f"{_RESOURCE} patchOperations"),
    "UpdateRestApi": offer(apis.update_rest_api, "restApiId patchOperations"),
    "UpdateStage": offer(stages.update_stage, "restApiId stageName patchOperations"),
    "UpdateUsage": offer(keys.update_usage, "usagePlanId keyId patchOperations"),
    "UpdateUsagePlan": offer(keys.update_usage_plan, "usagePlanId patchOperations"),
    "UpdateVpcLink": offer(inventory.LINKS.update, "vpcLinkId patchOperations"),
}

_ABOUT: Mapping[str, About] = {
    **{name: About("restapis:restApiId") for name in _OFFERS},
    "CreateApiKey": About("apikeys:id"),
    "CreateRestApi": About("restapis:id"),
    "DeleteApiKey": About("apikeys:apiKey", ends=True),
    "DeleteRestApi": About("restapis:restApiId", ends=True),
    "ImportRestApi": About("restapis:id"),
    "UpdateApiKey": About("apikeys:apiKey"),
}
"""A deployment takes note of all that an API is, so nothing of it is forgotten before all of it is."""


def operations(world: World) -> Mapping[str, Operation]:
    """Return the operations for one simulation."""
    return world.lasting(
        call.operations(world, _OFFERS), but=("FlushStageAuthorizersCache", "FlushStageCache"), about=_ABOUT
    )
