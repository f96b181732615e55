"""API Gateway, version 2: HTTP and WebSocket APIs."""

from collections.abc import Mapping

from eventsim import About, Operation, World
from eventsim_sources.gateway.api import call, tags
from eventsim_sources.gateway.api.call import Offer, offer
from eventsim_sources.gateway.api.v2 import apis, domains, inventory, parts, routing_rules, stages
from eventsim_sources.gateway.api.v2.responses import INTEGRATION_RESPONSES, ROUTE_RESPONSES

_PAGE = "MaxResults NextToken"
_API = (
    "Name Description Version CorsConfiguration RouteSelectionExpression ApiKeySelectionExpression Tags "
    "DisableExecuteApiEndpoint Target RouteKey CredentialsArn"
)
_INERT_API = "DisableSchemaValidation IpAddressType"
_ROUTE = (
    "ApiId RouteKey Target AuthorizationType AuthorizerId AuthorizationScopes OperationName "
    "RouteResponseSelectionExpression"
)
_INERT_ROUTE = "ApiKeyRequired ModelSelectionExpression RequestModels RequestParameters"
_INTEGRATION = (
    "ApiId IntegrationType IntegrationUri IntegrationMethod IntegrationSubtype PayloadFormatVersion CredentialsArn "
    "Description RequestParameters ResponseParameters TimeoutInMillis PassthroughBehavior RequestTemplates "
    "TemplateSelectionExpression"
)
_INERT_INTEGRATION = "ConnectionId ConnectionType ContentHandlingStrategy TlsConfig"
_AUTHORIZER = (
    "ApiId Name AuthorizerType AuthorizerUri AuthorizerCredentialsArn AuthorizerPayloadFormatVersion "
    "AuthorizerResultTtlInSeconds EnableSimpleResponses IdentitySource JwtConfiguration"
)
_STAGE = (
    "ApiId StageName AutoDeploy DeploymentId Description StageVariables Tags DefaultRouteSettings RouteSettings "
    "AccessLogSettings"
)
_INERT_STAGE = "ClientCertificateId"
_RESPONSE = "ApiId RouteId RouteResponseKey"
_INERT_RESPONSE = "ModelSelectionExpression ResponseModels ResponseParameters"

_INTEGRATION_RESPONSE = "ApiId IntegrationId IntegrationResponseKey ResponseTemplates TemplateSelectionExpression"
_INERT_INTEGRATION_RESPONSE = "ContentHandlingStrategy ResponseParameters"

_RULE = "DomainName Actions Conditions Priority"

_OFFERS: Mapping[str, Offer] = {
    "CreateApi": offer(apis.create_api, f"ProtocolType {_API}", _INERT_API),
    "CreateApiMapping": offer(domains.create_api_mapping, "ApiId ApiMappingKey DomainName Stage"),
    "CreateAuthorizer": offer(parts.AUTHORIZERS.create, _AUTHORIZER, "IdentityValidationExpression"),
    "CreateDeployment": offer(stages.create_deployment, "ApiId Description StageName"),
    "CreateDomainName": offer(
        domains.create_domain_name, "DomainName DomainNameConfigurations RoutingMode Tags", "MutualTlsAuthentication"
    ),
    "CreateIntegration": offer(parts.create_integration, _INTEGRATION, _INERT_INTEGRATION),
    "CreateIntegrationResponse": offer(
        INTEGRATION_RESPONSES.create, _INTEGRATION_RESPONSE, _INERT_INTEGRATION_RESPONSE
    ),
    "CreateModel": offer(parts.MODELS.create, "ApiId ContentType Description Name Schema"),
    "CreateRoute": offer(parts.ROUTES.create, _ROUTE, _INERT_ROUTE),
    "CreateRouteResponse": offer(ROUTE_RESPONSES.create, _RESPONSE, _INERT_RESPONSE),
    "CreateRoutingRule": offer(routing_rules.create_routing_rule, _RULE, "DomainNameId"),
    "CreateStage": offer(stages.create_stage, _STAGE, _INERT_STAGE),
    "CreateVpcLink": offer(inventory.create_vpc_link, "Name SecurityGroupIds SubnetIds Tags"),
    "DeleteAccessLogSettings": offer(stages.delete_access_log_settings, "ApiId StageName"),
    "DeleteApi": offer(apis.delete_api, "ApiId"),
    "DeleteApiMapping": offer(domains.delete_api_mapping, "ApiMappingId DomainName"),
    "DeleteAuthorizer": offer(parts.AUTHORIZERS.delete, "ApiId AuthorizerId"),
    "DeleteCorsConfiguration": offer(apis.delete_cors_configuration, "ApiId"),
    "DeleteDeployment": offer(stages.delete_deployment, "ApiId DeploymentId"),
    "DeleteDomainName": offer(domains.delete_domain_name, "DomainName"),
    "DeleteIntegration": offer(parts.delete_integration, "ApiId IntegrationId"),
    "DeleteIntegrationResponse": offer(INTEGRATION_RESPONSES.delete, "ApiId IntegrationId IntegrationResponseId"),
    "DeleteModel": offer(parts.MODELS.delete, "ApiId ModelId"),
    "DeleteRoute": offer(parts.ROUTES.delete, "ApiId RouteId"),
    "DeleteRouteRequestParameter": offer(parts.delete_route_request_parameter, "ApiId RequestParameterKey RouteId"),
    "DeleteRoutingRule": offer(routing_rules.delete_routing_rule, "DomainName RoutingRuleId", "DomainNameId"),
    "DeleteRouteResponse": offer(ROUTE_RESPONSES.delete, "ApiId RouteId RouteResponseId"),
    "DeleteRouteSettings": offer(stages.delete_route_settings, "ApiId RouteKey StageName"),
    "DeleteStage": offer(stages.delete_stage, "ApiId StageName"),
    "DeleteVpcLink": offer(inventory.delete_vpc_link, "VpcLinkId"),
    "ExportApi": offer(apis.export_api, "ApiId ExportVersion IncludeExtensions OutputType Specification StageName"),
    "GetApi": offer(apis.get_api, "ApiId"),
    "GetApiMapping": offer(domains.get_api_mapping, "ApiMappingId DomainName"),
    "GetApiMappings": offer(domains.get_api_mappings, f"DomainName {_PAGE}"),
    "GetApis": offer(apis.get_apis, _PAGE),
    "GetAuthorizer": offer(parts.AUTHORIZERS.get, "ApiId AuthorizerId"),
    "GetAuthorizers": offer(parts.AUTHORIZERS.list, f"ApiId {_PAGE}"),
    "GetDeployment": offer(stages.get_deployment, "ApiId DeploymentId"),
    "GetDeployments": offer(stages.get_deployments, f"ApiId {_PAGE}"),
    "GetDomainName": offer(domains.get_domain_name, "DomainName"),
    "GetDomainNames": offer(domains.get_domain_names, _PAGE),
    "GetIntegration": offer(parts.INTEGRATIONS.get, "ApiId IntegrationId"),
    "GetIntegrationResponse": offer(INTEGRATION_RESPONSES.get, "ApiId IntegrationId IntegrationResponseId"),
    "GetIntegrationResponses": offer(INTEGRATION_RESPONSES.list, f"ApiId IntegrationId {_PAGE}"),
    "GetIntegrations": offer(parts.INTEGRATIONS.list, f"ApiId {_PAGE}"),
    "GetModel": offer(parts.MODELS.get, "ApiId ModelId"),
    "GetModelTemplate": offer(parts.get_model_template, "ApiId ModelId"),
    "GetModels": offer(parts.MODELS.list, f"ApiId {_PAGE}"),
    "GetRoute": offer(parts.ROUTES.get, "ApiId RouteId"),
    "GetRouteResponse": offer(ROUTE_RESPONSES.get, "ApiId RouteId RouteResponseId"),
    "GetRouteResponses": offer(ROUTE_RESPONSES.list, f"ApiId RouteId {_PAGE}"),
    "GetRoutes": offer(parts.ROUTES.list, f"ApiId {_PAGE}"),
    "GetStage": offer(stages.get_stage, "ApiId StageName"),
    "GetStages": offer(stages.get_stages, f"ApiId {_PAGE}"),
    "GetTags": offer(tags.V2.get, "ResourceArn"),
    "GetVpcLink": offer(inventory.get_vpc_link, "VpcLinkId"),
    "GetVpcLinks": offer(inventory.get_vpc_links, _PAGE),
    "ImportApi": offer(apis.import_api, "Body Basepath", "FailOnWarnings"),
    "ReimportApi": offer(apis.reimport_api, "ApiId Body Basepath", "FailOnWarnings"),
    "ResetAuthorizersCache": offer(stages.reset_authorizers_cache, "ApiId StageName"),
    "TagResource": offer(tags.V2.tag, "ResourceArn Tags"),
    "UntagResource": offer(tags.V2.untag, "ResourceArn TagKeys"),
    "GetRoutingRule": offer(routing_rules.get_routing_rule, "DomainName RoutingRuleId", "DomainNameId"),
    "ListRoutingRules": offer(routing_rules.list_routing_rules, f"DomainName {_PAGE}", "DomainNameId"),
    "PutRoutingRule": offer(routing_rules.put_routing_rule, f"{_RULE} RoutingRuleId", "DomainNameId"),
    "UpdateApi": offer(apis.update_api, f"ApiId {_API}", _INERT_API),
    "UpdateApiMapping": offer(domains.update_api_mapping, "ApiId ApiMappingId ApiMappingKey DomainName Stage"),
    "UpdateAuthorizer": offer(parts.AUTHORIZERS.update, f"{_AUTHORIZER} AuthorizerId", "IdentityValidationExpression"),
    "UpdateDeployment": offer(stages.update_deployment, "ApiId DeploymentId Description"),
    "UpdateDomainName": offer(
        domains.update_domain_name, "DomainName DomainNameConfigurations RoutingMode", "MutualTlsAuthentication"
    ),
    "UpdateIntegration": offer(parts.INTEGRATIONS.update, f"{_INTEGRATION} IntegrationId", _INERT_INTEGRATION),
    "UpdateIntegrationResponse": offer(
        INTEGRATION_RESPONSES.update,
        f"{_INTEGRATION_RESPONSE} IntegrationResponseId",
        _INERT_INTEGRATION_RESPONSE,
    ),
    "UpdateModel": offer(parts.MODELS.update, "ApiId ContentType Description ModelId Name Schema"),
    "UpdateRoute": offer(parts.ROUTES.update, f"{_ROUTE} RouteId", _INERT_ROUTE),
    "UpdateRouteResponse": offer(ROUTE_RESPONSES.update, f"{_RESPONSE} RouteResponseId", _INERT_RESPONSE),
    "UpdateStage": offer(stages.update_stage, _STAGE, _INERT_STAGE),
    "UpdateVpcLink": offer(inventory.update_vpc_link, "Name VpcLinkId"),
}

_ABOUT: Mapping[str, About] = {
    **{name: About("apis:ApiId") for name in _OFFERS},
    "DeleteApi": About("apis:ApiId", ends=True),
}
"""A deployment takes note of all that an API is, so nothing of it is forgotten before all of it is."""


def operations(world: World) -> Mapping[str, Operation]:
    """Return the operations for one simulation."""
    return world.lasting(call.operations(world, _OFFERS), but=("ResetAuthorizersCache",), about=_ABOUT)
