"""What does a REST API do, made and asked by real clients?"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import NotSimulated
from tests.sources.gateway.conftest import Aws, echo

JSON = "application/json"


def proxy(aws: Aws, arn: str) -> dict[str, Any]:
    """Return an integration that hands everything to a function."""
    return {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": aws.uri(arn)}


def test_a_deployment_serves_what_was_there(aws: Aws) -> None:
    """What changes afterwards is served by the next one."""
    api = aws.make_rest({"GET /a": proxy(aws, aws.function("echo", echo))})
    api.deploy()
    api.add("GET /b", **proxy(aws, "arn:aws:lambda:us-east-1:123456789012:function:echo"))

    assert [aws.simulation.http("GET", path).status for path in ("/a", "/b")] == [200, 403]
    api.deploy()
    assert aws.simulation.http("GET", "/b").status == 200


def test_an_unknown_path_lacks_a_token(aws: Aws) -> None:
    """So AWS says of unknown methods, too (recorded)."""
    api = aws.make_rest({"GET /a": proxy(aws, aws.function("echo", echo))})
    api.deploy()

    reply = aws.simulation.http("POST", "/a")

    assert (reply.status, reply.text) == (403, '{"message":"Missing Authentication Token"}')
    assert reply.headers.get("x-amzn-errortype") == "MissingAuthenticationTokenException"
    assert aws.refusals() == ["no method is for POST /a"]


@pytest.mark.parametrize(
    ("handler", "status", "message"),
    [
        (lambda *_: {"statusCode": 200, "foo": 1}, 502, "Internal server error"),
        (lambda *_: 1 / 0, 502, "Internal server error"),
        (lambda *_: {"statusCode": 200, "headers": {"X": "a\r\nSet-Cookie: b"}}, 502, "Internal server error"),
        (lambda *_: {"statusCode": 200, "headers": {"X: y\r\nZ": "a"}}, 502, "Internal server error"),
    ],
    ids=["malformed", "error", "line break", "header name"],
)
def test_a_bad_answer_is_a_bad_gateway(aws: Aws, handler: Any, status: int, message: str) -> None:
    """The client is not told why, the trace is (recorded)."""
    aws.make_rest({"GET /a": proxy(aws, aws.function("f", handler))}).deploy()

    reply = aws.simulation.http("GET", "/a")

    assert (reply.status, reply.text) == (status, f'{{"message": "{message}"}}')
    assert len(aws.refusals()) == 1


def test_a_function_that_fails_is_spoken_of_by_the_default_response(aws: Aws) -> None:
    """So a page of another origin may read the failure, too: that is what `DEFAULT_5XX` is set up for."""
    api = aws.make_rest({"GET /a": proxy(aws, aws.function("f", lambda *_: 1 / 0))})
    aws.rest.put_gateway_response(
        restApiId=api.id,
        responseType="DEFAULT_5XX",
        responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
        responseTemplates={JSON: '{"type": "$context.error.responseType"}'},
    )
    api.deploy()

    reply = aws.simulation.http("GET", "/a")

    assert (reply.status, reply.json()) == (502, {"type": "DEFAULT_5XX"})
    assert reply.headers.get("access-control-allow-origin") == "*"


def test_nobody_waits_for_longer_than_29_seconds(aws: Aws) -> None:
    """The client gets 504, and the function goes on (recorded)."""
    import time

    def slow(_: Any, __: Any) -> Any:
        time.sleep(40)  # noqa: TID251 - as user code does
        print("done")

    aws.make_rest({"GET /a": proxy(aws, aws.function("slow", slow, timeout="1 minute"))}).deploy()
    began_s = aws.simulation.now_s

    reply = aws.simulation.http("GET", "/a")

    assert (reply.status, reply.json()) == (504, {"message": "Endpoint request timed out"})
    assert aws.simulation.now_s - began_s == pytest.approx(29)
    aws.simulation.until_idle()
    assert aws.simulation.function_numbers("slow")["errors"] == 0


def test_a_function_must_let_the_api_in(aws: Aws) -> None:
    """One that the API made needs a permission; without it, 500 (recorded)."""
    client = aws.client("lambda")
    zipped = _zip("def handler(event, context):\n    return {'statusCode': 200}\n")
    arn = client.create_function(
        FunctionName="f",
        Runtime="python3.12",
        Handler="app.handler",
        Role="arn:aws:iam::123456789012:role/r",
        Code={"ZipFile": zipped},
    )["FunctionArn"]
    api = aws.make_rest({"GET /a": proxy(aws, arn)})
    api.deploy()
    aws.simulation.advance("10 s")

    assert aws.simulation.http("GET", "/a").status == 500
    client.add_permission(
        FunctionName="f",
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:123456789012:{api.id}/*/GET/a",
    )
    assert aws.simulation.http("GET", "/a").status == 200


def _zip(source: str) -> bytes:
    import io
    import zipfile

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app.py", source)
    return content.getvalue()


def test_bytes_go_in_and_out_as_base64(aws: Aws) -> None:
    """Listed types come in as base64; going out, the client must accept one of them (recorded)."""

    def image(event: Any, _: Any) -> Any:
        return {"statusCode": 200, "isBase64Encoded": True, "body": event["body"] or "aGk="}

    api = aws.make_rest({"POST /a": proxy(aws, aws.function("f", image))}, binaryMediaTypes=["image/*"])
    api.deploy()

    sent = {"Content-Type": "image/png", "Accept": "image/png"}
    assert aws.simulation.http("POST", "/a", body=b"\x89", headers=sent).body == b"\x89"
    assert aws.simulation.http("POST", "/a").text == "aGk="


def test_a_function_answers_through_templates(aws: Aws) -> None:
    """A pattern over the error message chooses the response, whose template makes the body."""

    def handler(event: Any, _: Any) -> Any:
        if event["n"] < 0:
            raise ValueError("[BadRequest] negative")
        return {"double": event["n"] * 2}

    responses = [
        {"statusCode": "200", "responseTemplates": {JSON: '{"result": $input.json("$.double")}'}},
        {
            "statusCode": "400",
            "selectionPattern": r"\[BadRequest\].*",
            "responseTemplates": {JSON: '{"why": "$input.path("$.errorMessage")"}'},
        },
    ]
    integration = {
        **proxy(aws, aws.function("f", handler)),
        "type": "AWS",
        "requestTemplates": {JSON: '{"n": $input.params("n")}'},
        "responses": responses,
    }
    aws.make_rest({"GET /a": integration}).deploy()

    good, bad = (aws.simulation.http("GET", f"/a?n={n}") for n in (2, -2))

    assert (good.status, good.json()) == (200, {"result": 4})
    assert (bad.status, bad.json()) == (400, {"why": "[BadRequest] negative"})


def test_a_function_may_be_invoked_later(aws: Aws) -> None:
    """With the header of an invocation type, nobody waits."""
    seen: list[Any] = []
    integration = {
        **proxy(aws, aws.function("f", lambda event, _: seen.append(event))),
        "type": "AWS",
        "requestParameters": {"integration.request.header.X-Amz-Invocation-Type": "'Event'"},
        "responses": [{"statusCode": "202"}],
    }
    aws.make_rest({"POST /a": integration}).deploy()

    reply = aws.simulation.http("POST", "/a", json={"a": 1})
    aws.simulation.until_idle()

    assert (reply.status, reply.body, seen) == (202, b"", [{"a": 1}])


@pytest.mark.parametrize(
    ("kind", "when"), [("AWS_PROXY", "RequestResponse"), ("AWS", "RequestResponse"), ("AWS", "Event")]
)
def test_a_method_says_for_which_tenant_a_function_runs(aws: Aws, kind: str, when: str) -> None:
    """A header that the integration maps names the tenant; one that the client sends does not (documented)."""
    seen: list[Any] = []

    def handler(_: Any, context: Any) -> Any:
        seen.append(context.tenant_id)
        return {"statusCode": 200}

    integration = {**proxy(aws, aws.function("f", handler, tenant_isolation=True)), "type": kind}
    method = {"requestParameters": {"method.request.querystring.customer": False}}
    mapped = {
        "integration.request.header.x-amz-tenant-id": "method.request.querystring.customer",
        "integration.request.header.X-Amz-Invocation-Type": f"'{when}'",
    }
    responses = {} if kind == "AWS_PROXY" else {"responses": [{"statusCode": "200"}]}
    aws.make_rest({"GET /a": {**integration, **responses, "method": method, "requestParameters": mapped}}).deploy()

    served = aws.simulation.http("GET", "/a?customer=blue")
    refused = aws.simulation.http("GET", "/a", headers={"X-Amz-Tenant-Id": "green"})
    aws.simulation.until_idle()

    assert (served.status, refused.status, seen) == (200, 500, ["blue"])


def test_a_method_sends_to_a_queue(aws: Aws) -> None:
    """A form, as SQS has read it for ever; its answer is AWS's, to the letter."""
    aws.simulation.add_source("queues", "orders")
    sqs = aws.client("sqs")
    integration = {
        "type": "AWS",
        "integrationHttpMethod": "POST",
        "uri": "arn:aws:apigateway:us-east-1:sqs:path/123456789012/orders",
        "credentials": "arn:aws:iam::123456789012:role/api",
        "requestParameters": {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
        "requestTemplates": {
            JSON: "Action=SendMessage&MessageBody=$util.urlEncode($input.body)&MessageAttribute.1.Name=kind"
            "&MessageAttribute.1.Value.StringValue=$input.params('kind')&MessageAttribute.1.Value.DataType=String"
        },
        "responses": [{"statusCode": "200"}],
    }
    aws.make_rest({"POST /orders": integration}).deploy()

    reply = aws.simulation.http("POST", "/orders?kind=new", body='{"a": "b&c"}')

    assert "SendMessageResponse" in reply.json()
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert (message["Body"], message["MessageAttributes"]["kind"]["StringValue"]) == ('{"a": "b&c"}', "new")


def test_a_service_that_refuses_is_matched_by_its_status(aws: Aws) -> None:
    """Patterns of services' integrations are about statuses."""
    integration = {
        "type": "AWS",
        "integrationHttpMethod": "POST",
        "uri": "arn:aws:apigateway:us-east-1:sqs:action/SendMessage",
        "credentials": "arn:aws:iam::123456789012:role/api",
        "requestTemplates": {
            JSON: '{"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/no", "MessageBody": "x"}'
        },
        "responses": [{"statusCode": "200"}, {"statusCode": "404", "selectionPattern": "4\\d{2}"}],
    }
    aws.make_rest({"POST /a": integration}).deploy()

    assert aws.simulation.http("POST", "/a", json={}).status == 404


def test_a_mock_answers_itself(aws: Aws) -> None:
    """That is how CORS is set up."""
    api = aws.make_rest({})
    api.add("OPTIONS /a", type="MOCK", requestTemplates={JSON: '{"statusCode": 204}'})
    where = {"restApiId": api.id, "resourceId": api.resources["/a"], "httpMethod": "OPTIONS", "statusCode": "204"}
    header = "method.response.header.Access-Control-Allow-Origin"
    aws.rest.put_method_response(**where, responseParameters={header: True})
    aws.rest.put_integration_response(**where, responseParameters={header: "'*'"})
    api.deploy()

    reply = aws.simulation.http("OPTIONS", "/a")

    assert (reply.status, reply.body, reply.headers.get("access-control-allow-origin")) == (204, b"", "*")


@pytest.mark.parametrize(("behaviour", "status"), [("WHEN_NO_MATCH", 200), ("WHEN_NO_TEMPLATES", 415), ("NEVER", 415)])
def test_a_body_without_a_template_may_pass(aws: Aws, behaviour: str, status: int) -> None:
    """Or is an unsupported media type."""
    integration = {
        **proxy(aws, aws.function("f", lambda event, _: event)),
        "type": "AWS",
        "passthroughBehavior": behaviour,
        "requestTemplates": {"text/plain": "{}"},
        "responses": [{"statusCode": "200"}],
    }
    aws.make_rest({"POST /a": integration}).deploy()

    assert aws.simulation.http("POST", "/a", json={"a": 1}).status == status


def test_requests_are_checked(aws: Aws) -> None:
    """Parameters first, then the body against its model (recorded)."""
    api = aws.make_rest({})
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    aws.rest.create_model(restApiId=api.id, name="Order", contentType=JSON, schema=json.dumps(schema))
    validator = aws.rest.create_request_validator(
        restApiId=api.id, name="all", validateRequestBody=True, validateRequestParameters=True
    )
    method = {
        "requestValidatorId": validator["id"],
        "requestModels": {JSON: "Order"},
        "requestParameters": {"method.request.header.x-h": True, "method.request.querystring.q": True},
    }
    api.add("POST /a", method=method, **proxy(aws, aws.function("echo", echo)))
    api.deploy()

    missing = aws.simulation.http("POST", "/a", json={"id": 1})
    wrong = aws.simulation.http("POST", "/a?q=1", json={"id": "x"}, headers={"x-h": "1"})
    good = aws.simulation.http("POST", "/a?q=1", json={"id": 1}, headers={"x-h": "1"})

    assert (missing.status, missing.json()) == (400, {"message": "Missing required request parameters: [x-h, q]"})
    assert (wrong.status, wrong.json()) == (400, {"message": "Invalid request body"})
    assert good.status == 200


def test_an_api_says_no_in_its_own_words(aws: Aws) -> None:
    """Gateway responses set status, headers and body."""
    api = aws.make_rest({"GET /a": proxy(aws, aws.function("echo", echo))})
    aws.rest.put_gateway_response(
        restApiId=api.id,
        responseType="MISSING_AUTHENTICATION_TOKEN",
        statusCode="404",
        responseParameters={"gatewayresponse.header.X-Path": "context.path"},
        responseTemplates={JSON: '{"error": $context.error.messageString}'},
    )
    api.deploy()

    reply = aws.simulation.http("GET", "/nothing")

    assert (reply.status, reply.json()) == (404, {"error": "Missing Authentication Token"})
    assert reply.headers.get("x-path") == "/prod/nothing"


def test_an_api_key_counts(aws: Aws) -> None:
    """A plan limits its rate, in virtual time, and its number."""
    api = aws.make_rest({})
    api.add("GET /a", method={"apiKeyRequired": True}, **proxy(aws, aws.function("echo", echo)))
    api.deploy()
    key = aws.rest.create_api_key(name="k", enabled=True)
    plan = aws.rest.create_usage_plan(
        name="p",
        apiStages=[{"apiId": api.id, "stage": "prod"}],
        throttle={"rateLimit": 1, "burstLimit": 1},
        quota={"limit": 2, "period": "DAY"},
    )
    aws.rest.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")

    def ask(**headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return aws.simulation.http("GET", "/a", headers=named).status

    assert ask() == 403
    assert [ask(x_api_key=key["value"]) for _ in range(2)] == [200, 429]
    aws.simulation.advance("2 s")
    assert ask(x_api_key=key["value"]) == 200
    aws.simulation.advance("2 s")
    assert ask(x_api_key=key["value"]) == 429
    aws.simulation.advance("1 day")
    assert ask(x_api_key=key["value"]) == 200


def test_a_quota_begins_with_the_month(aws: Aws) -> None:
    """Not with the key's first use; the offset is of the first month alone."""
    mock = {"type": "MOCK", "requestTemplates": {JSON: '{"statusCode": 200}'}, "responses": [{"statusCode": "200"}]}
    api = aws.make_rest({"GET /a": {**mock, "method": {"apiKeyRequired": True}}})
    api.deploy()
    key = aws.rest.create_api_key(name="k", enabled=True)
    stages, quota = [{"apiId": api.id, "stage": "prod"}], {"limit": 2, "offset": 1, "period": "MONTH"}
    plan = aws.rest.create_usage_plan(name="p", apiStages=stages, quota=quota)
    aws.rest.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    aws.simulation.advance("29 days")

    def ask() -> int:
        return aws.simulation.http("GET", "/a", headers={"x-api-key": key["value"]}).status

    january = [ask() for _ in range(2)]
    aws.simulation.advance("3 days")
    february = [ask() for _ in range(3)]

    assert (january, february) == ([200, 429], [200, 200, 429])


def test_a_stage_has_variables(aws: Aws) -> None:
    """They choose the function, and functions get them."""
    aws.function("echo-blue", echo)
    uri = aws.uri("arn:aws:lambda:us-east-1:123456789012:function:echo-${stageVariables.color}")
    aws.make_rest({"GET /a": {**proxy(aws, ""), "uri": uri}}).deploy(variables={"color": "blue"})

    assert aws.simulation.http("GET", "/a").json()["stageVariables"] == {"color": "blue"}


def test_what_is_not_there_is_refused_by_name(aws: Aws) -> None:
    """With AWS's codes."""
    with pytest.raises(ClientError, match="Invalid API identifier specified 123456789012:nobody"):
        aws.rest.get_rest_api(restApiId="nobody")
    api = aws.make_rest({"GET /a": proxy(aws, aws.function("echo", echo))})
    with pytest.raises(ClientError, match="Another resource with the same parent already has this name: a"):
        aws.rest.create_resource(restApiId=api.id, parentId=api.root, pathPart="a")
    with pytest.raises(NotSimulated, match=r"apigateway\.CreateDomainNameAccessAssociation"):
        aws.rest.create_domain_name_access_association(
            domainNameArn="arn:aws:apigateway:us-east-1::/domainnames/a.example",
            accessAssociationSourceType="VPCE",
            accessAssociationSource="vpce-1",
        )


def test_an_api_is_told_as_it_was_made(aws: Aws) -> None:
    """Get gives back what Create and Put were given."""
    api = aws.make_rest({"GET /a": proxy(aws, aws.function("echo", echo))})
    api.deploy()

    (listed,) = aws.rest.get_rest_apis()["items"]
    embedded = aws.rest.get_resources(restApiId=api.id, embed=["methods"])["items"]
    stage = aws.rest.get_stage(restApiId=api.id, stageName="prod")

    assert (listed["name"], listed["rootResourceId"]) == ("shop", api.root)
    assert [item["path"] for item in embedded] == ["/", "/a"]
    assert embedded[1]["resourceMethods"]["GET"]["methodIntegration"]["type"] == "AWS_PROXY"
    assert stage["deploymentId"] == aws.rest.get_deployments(restApiId=api.id)["items"][0]["id"]
    aws.rest.delete_rest_api(restApiId=api.id)
    assert aws.rest.get_rest_apis()["items"] == []


def test_a_stage_is_patched(aws: Aws) -> None:
    """As tools do it."""
    aws.make_rest({"GET /a": proxy(aws, aws.function("echo", echo))}).deploy(variables={"v": "1"})
    (api,) = aws.rest.get_rest_apis()["items"]

    changes = [
        {"op": "replace", "path": "/variables/v", "value": "2"},
        {"op": "replace", "path": "/description", "value": "d"},
    ]
    aws.rest.update_stage(restApiId=api["id"], stageName="prod", patchOperations=changes)

    assert aws.simulation.http("GET", "/a").json()["stageVariables"] == {"v": "2"}
    with pytest.raises(ClientError, match="Invalid method setting path: /nothing"):
        aws.rest.update_stage(
            restApiId=api["id"], stageName="prod", patchOperations=[{"op": "replace", "path": "/nothing", "value": "2"}]
        )


def test_responses_are_patched(aws: Aws) -> None:
    """As they were put, so they change, with the next deployment."""
    responses = [{"statusCode": "200", "responseTemplates": {JSON: "old"}}]
    api = aws.make_rest(
        {"GET /a": {"type": "MOCK", "requestTemplates": {JSON: '{"statusCode": 200}'}, "responses": responses}}
    )
    where = {"restApiId": api.id, "resourceId": api.resources["/a"], "httpMethod": "GET", "statusCode": "200"}
    change = {"op": "replace", "path": "/responseTemplates/application~1json", "value": "new"}

    aws.rest.update_integration_response(**where, patchOperations=[change])
    aws.rest.update_gateway_response(
        restApiId=api.id,
        responseType="DEFAULT_4XX",
        patchOperations=[{"op": "replace", "path": "/statusCode", "value": "418"}],
    )
    api.deploy()

    assert aws.simulation.http("GET", "/a").text == "new"
    assert aws.simulation.http("GET", "/nothing").status == 418


def test_an_account_keeps_its_role(aws: Aws) -> None:
    """Tools set it whether or not somebody logs."""
    change = {"op": "replace", "path": "/cloudwatchRoleArn", "value": "arn:aws:iam::123456789012:role/logs"}

    aws.rest.update_account(patchOperations=[change])

    assert aws.rest.get_account()["cloudwatchRoleArn"].endswith("role/logs")


def test_headers_of_connections_end_at_the_gateway(aws: Aws) -> None:
    """A function does not see them; those of its own are dropped, or get another name."""
    seen: list[dict[str, str]] = []

    def function(event: Any, _: Any) -> Any:
        seen.append(event["headers"])
        headers = {"Date": "never", "WWW-Authenticate": "Basic", "Upgrade": "h2", "Content-MD5": "x", "X-Own": "1"}
        return {"statusCode": 200, "headers": headers}

    aws.make_rest({"POST /a": proxy(aws, aws.function("f", function))}).deploy()
    given = {"X-A": "1", "Expect": "100-continue", "TE": "trailers", "Connection": "keep-alive"}

    reply = aws.simulation.http("POST", "/a", json={}, headers=given)

    assert {"Content-Length", "Expect", "TE", "Connection"}.isdisjoint(seen[0])
    assert seen[0]["X-A"] == "1"
    names = {name for name, _ in reply.headers.pairs}
    assert {"x-amzn-Remapped-Date", "x-amzn-Remapped-WWW-Authenticate", "x-amzn-Remapped-Content-MD5", "X-Own"} <= names
    assert {"Date", "Upgrade", "x-amzn-Remapped-Upgrade"}.isdisjoint(names)
