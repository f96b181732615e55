"""Are the resources of REST APIs kept as their clients know them? Made, told, changed, listed and deleted."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sources.gateway.conftest import Aws, Rest, echo

JSON = "application/json"


@pytest.fixture
def api(aws: Aws) -> Rest:
    """Return an API with one method, deployed."""
    integration = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": aws.uri(aws.function("echo", echo))}
    made = aws.make_rest({"GET /orders/{id}": integration}, description="d", version="v1")
    made.deploy()
    return made


def code_of(error: Any) -> tuple[str, str]:
    """Return code and message of a refusal."""
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def change(path: str, value: str | None = None, op: str = "replace") -> dict[str, str]:
    """Return a patch operation."""
    return {"op": op, "path": path} | ({} if value is None else {"value": value})


def test_documentation_is_kept(aws: Aws, api: Rest) -> None:
    """Parts by place, and versions by name."""
    part = aws.rest.create_documentation_part(
        restApiId=api.id, location={"type": "METHOD", "path": "/orders", "method": "GET"}, properties='{"a": 1}'
    )
    aws.rest.create_documentation_part(restApiId=api.id, location={"type": "API"}, properties='{"b": 1}')
    aws.rest.create_documentation_version(restApiId=api.id, documentationVersion="1", stageName="prod")

    aws.rest.update_documentation_part(
        restApiId=api.id, documentationPartId=part["id"], patchOperations=[change("/properties", '{"a": 2}')]
    )

    (found,) = aws.rest.get_documentation_parts(restApiId=api.id, type="METHOD")["items"]
    assert (found["properties"], found["location"]["path"]) == ('{"a": 2}', "/orders")
    assert aws.rest.get_documentation_versions(restApiId=api.id)["items"][0]["version"] == "1"
    assert aws.rest.get_stage(restApiId=api.id, stageName="prod")["documentationVersion"] == "1"
    aws.rest.delete_documentation_part(restApiId=api.id, documentationPartId=part["id"])
    with pytest.raises(ClientError) as error:
        aws.rest.get_documentation_part(restApiId=api.id, documentationPartId=part["id"])
    assert code_of(error) == ("NotFoundException", "Invalid Documentation part identifier specified")


def test_links_and_certificates_are_kept(aws: Aws) -> None:
    """They have no effect."""
    arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/x/1"
    link = aws.rest.create_vpc_link(name="l", targetArns=[arn])
    certificate = aws.rest.generate_client_certificate(description="c")

    renamed = aws.rest.update_vpc_link(vpcLinkId=link["id"], patchOperations=[change("/name", "m")])

    assert (renamed["name"], aws.rest.get_vpc_links()["items"][0]["status"]) == ("m", "AVAILABLE")
    assert certificate["pemEncodedCertificate"].startswith("-----BEGIN CERTIFICATE-----")
    aws.rest.delete_vpc_link(vpcLinkId=link["id"])
    aws.rest.delete_client_certificate(clientCertificateId=certificate["clientCertificateId"])
    assert aws.rest.get_vpc_links()["items"] == aws.rest.get_client_certificates()["items"] == []


def test_what_has_no_effect_is_given_back(aws: Aws) -> None:
    """Policies of TLS, access of endpoints, targets behind a link; the trace tells of each."""
    api = aws.make_rest({"GET /a": {"type": "MOCK", "integrationTarget": "arn:x"}}, securityPolicy="TLS_1_2")
    where = {"restApiId": api.id, "resourceId": api.resources["/a"], "httpMethod": "GET"}

    changed = aws.rest.update_rest_api(restApiId=api.id, patchOperations=[change("/endpointAccessMode", "STRICT")])

    assert (changed["securityPolicy"], changed["endpointAccessMode"]) == ("TLS_1_2", "STRICT")
    assert aws.rest.get_integration(**where)["integrationTarget"] == "arn:x"
    told = [entry.detail["parameter"] for entry in aws.simulation.trace.entries(kinds=["accepted without effect"])]
    assert told == ["securityPolicy", "integrationTarget"]


def test_a_policy_is_told_escaped(aws: Aws) -> None:
    """As it would stand within a JSON string: tools put quotes around it and read it twice."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "arn:x/*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    api = aws.make_rest({"GET /a": {"type": "MOCK"}}, policy=json.dumps(policy, indent=2))

    told = aws.rest.get_rest_api(restApiId=api.id)["policy"]

    assert told.startswith('{\\"Version\\":\\"2012-10-17\\",')
    assert told.endswith('\\"Resource\\":\\"arn:x\\/*\\"}]}')
    assert json.loads(json.loads(f'"{told}"')) == policy


def test_methods_of_a_stage_have_settings(aws: Aws, api: Rest) -> None:
    """Patched by path; what was not set is told as AWS has it."""
    where = {"restApiId": api.id, "stageName": "prod"}
    changes = [
        change("/*/*/logging/loglevel", "ERROR"),
        change("/*/*/throttling/rateLimit", "5"),
        change("/~1orders~1{id}/GET/caching/enabled", "true"),
        change("/tracingEnabled", "true"),
    ]

    settings = aws.rest.update_stage(**where, patchOperations=changes)["methodSettings"]

    assert (settings["*/*"]["loggingLevel"], settings["*/*"]["throttlingRateLimit"]) == ("ERROR", 5.0)
    assert settings["~1orders~1{id}/GET"]["cachingEnabled"] is True
    assert settings["*/*"]["cacheTtlInSeconds"] == 300
    stage = aws.rest.update_stage(**where, patchOperations=[change("/*/*", op="remove")])
    assert (list(stage["methodSettings"]), stage["tracingEnabled"]) == (["~1orders~1{id}/GET"], True)


def test_a_page_has_25_items(aws: Aws, api: Rest) -> None:
    """Unless a limit says otherwise; a paginator finds all (documented)."""
    for number in range(30):
        api.resource(f"/r{number}")

    first = aws.rest.get_resources(restApiId=api.id)
    pages = aws.rest.get_paginator("get_resources").paginate(restApiId=api.id)

    assert (len(first["items"]), "position" in first) == (25, True)
    assert len(aws.rest.get_resources(restApiId=api.id, limit=500)["items"]) == 33
    assert sum(len(each["items"]) for each in pages) == 33


def test_a_resource_may_move(aws: Aws, api: Rest) -> None:
    """All below it go along."""
    aws.rest.update_resource(
        restApiId=api.id, resourceId=api.resources["/orders"], patchOperations=[change("/pathPart", "sales")]
    )

    paths = [each["path"] for each in aws.rest.get_resources(restApiId=api.id)["items"]]
    assert paths == ["/", "/sales", "/sales/{id}"]


@pytest.mark.parametrize("part", ["a/b", "{a", "{a}b", "a b", ""])
def test_a_part_of_a_path_has_a_form(aws: Aws, api: Rest, part: str) -> None:
    """As AWS says in its own words."""
    with pytest.raises(ClientError) as error:
        aws.rest.create_resource(restApiId=api.id, parentId=api.root, pathPart=part)

    code, message = code_of(error)
    assert code == "BadRequestException"
    assert message.startswith("Resource's path part only allow a-zA-Z0-9._-:")


def test_an_api_is_exported_and_comes_back(aws: Aws, api: Rest) -> None:
    """What was exported makes an API that exports the same."""
    aws.rest.create_model(restApiId=api.id, name="Order", contentType=JSON, schema='{"type": "object"}')
    api.add(
        "POST /orders",
        method={"requestModels": {JSON: "Order"}, "apiKeyRequired": True},
        type="MOCK",
        requestTemplates={JSON: '{"statusCode": 200}'},
        responses=[{"statusCode": "200", "responseTemplates": {JSON: "{}"}}],
    )
    api.deploy()

    def exported(identifier: str, kind: str) -> dict[str, Any]:
        parameters = {"extensions": "integrations"}
        body = aws.rest.get_export(restApiId=identifier, stageName="prod", exportType=kind, parameters=parameters)
        return json.loads(body["body"].read())  # type: ignore[no-any-return]

    swagger, openapi = exported(api.id, "swagger"), exported(api.id, "oas30")
    copy = aws.rest.import_rest_api(body=json.dumps(openapi).encode())["id"]
    aws.rest.create_deployment(restApiId=copy, stageName="prod")

    assert (swagger["swagger"], swagger["basePath"], openapi["openapi"]) == ("2.0", "/prod", "3.0.1")
    assert swagger["paths"]["/orders"]["post"]["x-amazon-apigateway-integration"]["type"] == "mock"
    assert list(openapi["components"]["schemas"]) == ["Empty", "Error", "Order"]
    assert exported(copy, "oas30")["paths"] == openapi["paths"]


def test_a_method_is_tried(aws: Aws, api: Rest) -> None:
    """Without a deployment, with a log."""
    where = {"restApiId": api.id, "resourceId": api.resources["/orders/{id}"], "httpMethod": "GET"}

    tried = aws.rest.test_invoke_method(
        **where, pathWithQueryString="/orders/7?a=b", headers={"X-A": "1"}, stageVariables={"v": "1"}
    )

    event = json.loads(tried["body"])
    assert tried["status"] == 200
    assert (event["pathParameters"], event["queryStringParameters"]) == ({"id": "7"}, {"a": "b"})
    assert (event["stageVariables"], event["requestContext"]["stage"]) == ({"v": "1"}, "test-invoke-stage")
    assert "Method completed with status: 200" in tried["log"]


def lines_of(tried: Any) -> list[str]:
    """Return what the lines of a trial's log say, without their dates."""
    return [line.partition(" : ")[2] or line for line in tried["log"].splitlines()]


def test_a_trial_logs_what_its_integration_was_asked(aws: Aws, api: Rest) -> None:
    """URI, headers and body, and what came back, in AWS's words and order."""
    where = {"restApiId": api.id, "resourceId": api.resources["/orders/{id}"], "httpMethod": "GET"}

    lines = lines_of(aws.rest.test_invoke_method(**where, pathWithQueryString="/orders/7"))

    uri = next(line.removeprefix("Sending request to ") for line in lines if line.startswith("Sending"))
    assert uri.startswith("https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/arn:aws:lambda:")
    assert [line.partition(":")[0] for line in lines[3:]] == [
        "Method request path",
        "Method request query string",
        "Method request headers",
        "Method request body before transformations",
        "Endpoint request URI",
        "Endpoint request headers",
        "Endpoint request body after transformations",
        "Sending request to https",
        "Received response. Status",
        "Endpoint response headers",
        "Endpoint response body before transformations",
        "Method response body after transformations",
        "Method response headers",
        "Successfully completed execution",
        "Method completed with status",
    ]


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (lambda event, _: {"foo": 1}, "Execution failed due to configuration error: Malformed Lambda proxy response"),
        (
            lambda event, _: {}["x"],
            "Lambda execution failed with status 200 due to customer function error: 'x'.",
        ),
    ],
)
def test_a_trial_logs_why_it_failed(aws: Aws, answer: Any, line: str) -> None:
    """Just before its status; what the client gets says nothing."""
    uri = aws.uri(aws.function("bad", answer))
    api = aws.make_rest({"GET /bad": {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": uri}})

    tried = aws.rest.test_invoke_method(restApiId=api.id, resourceId=api.resources["/bad"], httpMethod="GET")

    assert (tried["status"], tried["body"]) == (502, '{"message": "Internal server error"}')
    assert lines_of(tried)[-2:] == [line, "Method completed with status: 502"]


def test_a_trial_is_told_from_a_request(aws: Aws, api: Rest) -> None:
    """Nobody sent it: it has only the headers that are given, and AWS's own words for where it comes from."""
    where = {"restApiId": api.id, "resourceId": api.resources["/orders/{id}"], "httpMethod": "GET"}

    first, second = (json.loads(aws.rest.test_invoke_method(**where)["body"]) for _ in range(2))

    context = first["requestContext"]
    assert (first["headers"], first["multiValueHeaders"]) == (None, None)
    assert (context["domainName"], context["domainPrefix"]) == ("testPrefix.testDomainName", "testPrefix")
    assert context["identity"]["sourceIp"] == "test-invoke-source-ip"
    assert context["identity"]["apiKey"] == "test-invoke-api-key"
    assert context["requestId"] != second["requestContext"]["requestId"]


def test_an_authorizer_is_tried(aws: Aws, api: Rest) -> None:
    """Its policy is told, whether it allows or not."""

    def gate(event: Any, _: Any) -> Any:
        if event["authorizationToken"] == "no":
            raise Exception("Unauthorized")
        statement = {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": event["methodArn"]}
        return {"principalId": "me", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}

    made = aws.rest.create_authorizer(
        restApiId=api.id,
        name="gate",
        type="TOKEN",
        authorizerUri=aws.uri(aws.function("gate", gate)),
        identitySource="method.request.header.Authorization",
    )

    def tried(token: str) -> Any:
        return aws.rest.test_invoke_authorizer(
            restApiId=api.id, authorizerId=made["id"], headers={"Authorization": token}
        )

    assert (tried("yes")["clientStatus"], tried("yes")["principalId"]) == (0, "me")
    assert json.loads(tried("yes")["policy"])["Statement"][0]["Effect"] == "Deny"
    assert tried("no")["clientStatus"] == 401


def test_keys_are_imported_and_their_use_is_told(aws: Aws) -> None:
    """Day by day, with what is left of the quota."""
    api = aws.make_rest({})
    mock = {"type": "MOCK", "requestTemplates": {JSON: '{"statusCode": 200}'}, "responses": [{"statusCode": "200"}]}
    api.add("GET /a", method={"apiKeyRequired": True}, **mock)
    api.deploy()
    plan = aws.rest.create_usage_plan(
        name="p", apiStages=[{"apiId": api.id, "stage": "prod"}], quota={"limit": 10, "period": "MONTH"}
    )["id"]
    table = f"name,key,description,enabled,usageplanIds\nk,{'v' * 20},d,TRUE,{plan}\n"

    (key,) = aws.rest.import_api_keys(body=table.encode(), format="csv")["ids"]
    for _ in range(3):
        assert aws.simulation.http("GET", "/a", headers={"x-api-key": "v" * 20}).status == 200

    used = aws.rest.get_usage(usagePlanId=plan, startDate="2026-01-01", endDate="2026-01-02")
    assert used["items"][key] == [[3, 7], [0, 7]]
    aws.rest.update_usage(usagePlanId=plan, keyId=key, patchOperations=[change("/remaining", "0")])
    assert aws.simulation.http("GET", "/a", headers={"x-api-key": "v" * 20}).status == 429
    assert "value" not in aws.rest.get_api_keys()["items"][0]
    assert aws.rest.get_api_keys(includeValues=True)["items"][0]["value"] == "v" * 20


def test_a_usage_plan_is_patched(aws: Aws, api: Rest) -> None:
    """As tools do it: numbers come as texts."""
    plan = aws.rest.create_usage_plan(name="p")["id"]

    changed = aws.rest.update_usage_plan(
        usagePlanId=plan,
        patchOperations=[
            change("/apiStages", f"{api.id}:prod", "add"),
            change("/throttle/rateLimit", "1.5"),
            change("/throttle/burstLimit", "3"),
            change("/quota/limit", "7"),
            change("/quota/period", "WEEK"),
            change(f"/apiStages/{api.id}:prod/throttle/~1orders~1{{id}}/GET/rateLimit", "2"),
        ],
    )

    assert changed["throttle"] == {"rateLimit": 1.5, "burstLimit": 3}
    assert changed["quota"] == {"limit": 7, "offset": 0, "period": "WEEK"}
    (stage,) = changed["apiStages"]
    assert stage == {"apiId": api.id, "stage": "prod", "throttle": {"/orders/{id}/GET": {"rateLimit": 2.0}}}


@pytest.mark.parametrize(
    ("operation", "given", "message"),
    [
        ("create_usage_plan", {"name": ""}, "Usage Plan name cannot be empty"),
        ("create_usage_plan", {"name": "p", "quota": {"limit": 1}}, "Usage Plan quota must have a period"),
        (
            "create_usage_plan",
            {"name": "p", "quota": {"limit": 1, "period": "DAY", "offset": 2}},
            "Usage Plan quota offset must lie between 0 and the limit",
        ),
        ("create_usage_plan", {"name": "p", "apiStages": [{"apiId": "a", "stage": "s"}]}, "API Stage not found: a:s"),
        ("import_api_keys", {"body": b"nothing", "format": "csv"}, "Invalid API key file"),
        ("import_api_keys", {"body": b"\xff", "format": "csv"}, "it is no text in UTF-8"),
    ],
)
def test_plans_and_keys_make_sense(aws: Aws, operation: str, given: dict[str, Any], message: str) -> None:
    """Or are refused, before anything is made."""
    with pytest.raises(ClientError, match=message):
        getattr(aws.rest, operation)(**given)

    assert aws.rest.get_usage_plans()["items"] == aws.rest.get_api_keys()["items"] == []


def test_keys_of_a_plan_are_found_by_name(aws: Aws) -> None:
    """By the beginning of it; and there is one kind of key."""
    plan = aws.rest.create_usage_plan(name="p")["id"]
    keys = {name: aws.rest.create_api_key(name=name)["id"] for name in ("one", "two")}
    for key in keys.values():
        aws.rest.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")

    (found,) = aws.rest.get_usage_plan_keys(usagePlanId=plan, nameQuery="tw")["items"]

    assert found["id"] == keys["two"]
    with pytest.raises(ClientError, match="Invalid key type specified: OTHER"):
        aws.rest.create_usage_plan_key(usagePlanId=plan, keyId=keys["one"], keyType="OTHER")


def test_endpoints_change_their_kind(aws: Aws, api: Rest) -> None:
    """An element of a list is replaced by its value or its place."""
    changed = aws.rest.update_rest_api(
        restApiId=api.id,
        patchOperations=[
            change("/endpointConfiguration/types/EDGE", "REGIONAL"),
            change("/binaryMediaTypes/image~1png", op="add"),
        ],
    )

    assert changed["endpointConfiguration"]["types"] == ["REGIONAL"]
    assert changed["binaryMediaTypes"] == ["image/png"]


def test_lists_come_in_pages(aws: Aws, api: Rest) -> None:
    """A position leads to the next."""
    for name in "abc":
        aws.rest.create_api_key(name=name)

    pages = list(aws.rest.get_paginator("get_api_keys").paginate(PaginationConfig={"PageSize": 2}))

    assert [[key["name"] for key in page["items"]] for page in pages] == [["a", "b"], ["c"]]
    assert len(aws.rest.get_resources(restApiId=api.id, limit=2)["items"]) == 2


def test_a_deployment_tells_what_it_serves(aws: Aws, api: Rest) -> None:
    """If that is embedded; what is said of it may change."""
    (deployment,) = aws.rest.get_deployments(restApiId=api.id)["items"]
    where = {"restApiId": api.id, "deploymentId": deployment["id"]}

    aws.rest.update_deployment(**where, patchOperations=[change("/description", "new")])

    told = aws.rest.get_deployment(**where, embed=["apisummary"])
    assert told["description"] == "new"
    assert told["apiSummary"] == {"/orders/{id}": {"GET": {"authorizationType": "NONE", "apiKeyRequired": False}}}


def test_everything_bears_tags(aws: Aws, api: Rest) -> None:
    """By its ARN, in both versions' words."""
    key = aws.rest.create_api_key(name="k", tags={"a": "1"})["id"]
    plan = aws.rest.create_usage_plan(name="p")["id"]
    aws.rest.create_domain_name(domainName="api.example.com")
    link = aws.web.create_vpc_link(Name="l", SubnetIds=["subnet-1"])["VpcLinkId"]
    paths = (f"apikeys/{key}", f"usageplans/{plan}", "domainnames/api.example.com", f"restapis/{api.id}/stages/prod")

    for path in paths:
        arn = f"arn:aws:apigateway:us-east-1::/{path}"
        aws.rest.tag_resource(resourceArn=arn, tags={"b": "2", "c": "3"})
        aws.rest.untag_resource(resourceArn=arn, tagKeys=["a", "c"])
        assert aws.rest.get_tags(resourceArn=arn)["tags"] == {"b": "2"}

    arn = f"arn:aws:apigateway:us-east-1::/vpclinks/{link}"
    aws.web.tag_resource(ResourceArn=arn, Tags={"d": "4"})
    assert aws.web.get_vpc_link(VpcLinkId=link)["Tags"] == {"d": "4"}
    with pytest.raises(ClientError, match="Invalid Resource identifier specified"):
        aws.rest.get_tags(resourceArn="arn:aws:apigateway:us-east-1::/restapis/nothing")
