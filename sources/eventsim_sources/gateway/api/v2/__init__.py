"""API Gateway, version 2: HTTP and WebSocket APIs."""

from collections.abc import Mapping

from eventsim import Operation, World
from eventsim_sources.gateway.api import call
from eventsim_sources.gateway.api.call import Offer, offer
from eventsim_sources.gateway.api.v2 import apis, parts, stages

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
    "Description RequestParameters ResponseParameters TimeoutInMillis"
)
_INERT_INTEGRATION = (
    "ConnectionId ConnectionType ContentHandlingStrategy PassthroughBehavior RequestTemplates "
    "TemplateSelectionExpression TlsConfig"
)
_AUTHORIZER = (
    "ApiId Name AuthorizerType AuthorizerUri AuthorizerCredentialsArn AuthorizerPayloadFormatVersion "
    "AuthorizerResultTtlInSeconds EnableSimpleResponses IdentitySource JwtConfiguration"
)
_STAGE = "ApiId StageName AutoDeploy DeploymentId Description StageVariables Tags"
_INERT_STAGE = "AccessLogSettings ClientCertificateId DefaultRouteSettings RouteSettings"
_RESPONSE = "ApiId RouteId RouteResponseKey"
_INERT_RESPONSE = "ModelSelectionExpression ResponseModels ResponseParameters"

_OFFERS: Mapping[str, Offer] = {
    "CreateApi": offer(apis.create_api, f"ProtocolType {_API}", _INERT_API),
    "CreateAuthorizer": offer(parts.AUTHORIZERS.create, _AUTHORIZER, "IdentityValidationExpression"),
    "CreateDeployment": offer(stages.create_deployment, "ApiId Description StageName"),
    "CreateIntegration": offer(parts.INTEGRATIONS.create, _INTEGRATION, _INERT_INTEGRATION),
    "CreateRoute": offer(parts.ROUTES.create, _ROUTE, _INERT_ROUTE),
    "CreateRouteResponse": offer(parts.create_route_response, _RESPONSE, _INERT_RESPONSE),
    "CreateStage": offer(stages.create_stage, _STAGE, _INERT_STAGE),
    "DeleteApi": offer(apis.delete_api, "ApiId"),
    "DeleteAuthorizer": offer(parts.AUTHORIZERS.delete, "ApiId AuthorizerId"),
    "DeleteCorsConfiguration": offer(apis.delete_cors_configuration, "ApiId"),
    "DeleteDeployment": offer(stages.delete_deployment, "ApiId DeploymentId"),
    "DeleteIntegration": offer(parts.INTEGRATIONS.delete, "ApiId IntegrationId"),
    "DeleteRoute": offer(parts.ROUTES.delete, "ApiId RouteId"),
    "DeleteRouteResponse": offer(parts.delete_route_response, "ApiId RouteId RouteResponseId"),
    "DeleteStage": offer(stages.delete_stage, "ApiId StageName"),
    "GetApi": offer(apis.get_api, "ApiId"),
    "GetApis": offer(apis.get_apis, _PAGE),
    "GetAuthorizer": offer(parts.AUTHORIZERS.get, "ApiId AuthorizerId"),
    "GetAuthorizers": offer(parts.AUTHORIZERS.list, f"ApiId {_PAGE}"),
    "GetDeployment": offer(stages.get_deployment, "ApiId DeploymentId"),
    "GetDeployments": offer(stages.get_deployments, f"ApiId {_PAGE}"),
    "GetIntegration": offer(parts.INTEGRATIONS.get, "ApiId IntegrationId"),
    "GetIntegrations": offer(parts.INTEGRATIONS.list, f"ApiId {_PAGE}"),
    "GetRoute": offer(parts.ROUTES.get, "ApiId RouteId"),
    "GetRouteResponse": offer(parts.get_route_response, "ApiId RouteId RouteResponseId"),
    "GetRouteResponses": offer(parts.get_route_responses, f"ApiId RouteId {_PAGE}"),
    "GetRoutes": offer(parts.ROUTES.list, f"ApiId {_PAGE}"),
    "GetStage": offer(stages.get_stage, "ApiId StageName"),
    "GetStages": offer(stages.get_stages, f"ApiId {_PAGE}"),
    "GetTags": offer(apis.get_tags, "ResourceArn"),
    "ImportApi": offer(apis.import_api, "Body", "Basepath FailOnWarnings"),
    "ReimportApi": offer(apis.reimport_api, "ApiId Body", "Basepath FailOnWarnings"),
    "TagResource": offer(apis.tag_resource, "ResourceArn Tags"),
    "UntagResource": offer(apis.untag_resource, "ResourceArn TagKeys"),
    "UpdateApi": offer(apis.update_api, f"ApiId {_API}", _INERT_API),
    "UpdateAuthorizer": offer(parts.AUTHORIZERS.update, f"{_AUTHORIZER} AuthorizerId", "IdentityValidationExpression"),
    "UpdateIntegration": offer(parts.INTEGRATIONS.update, f"{_INTEGRATION} IntegrationId", _INERT_INTEGRATION),
    "UpdateRoute": offer(parts.ROUTES.update, f"{_ROUTE} RouteId", _INERT_ROUTE),
    "UpdateStage": offer(stages.update_stage, _STAGE, _INERT_STAGE),
}


def operations(world: World) -> Mapping[str, Operation]:
    """Return the operations for one simulation."""
    return call.operations(world, _OFFERS)
