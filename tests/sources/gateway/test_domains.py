"""Do domain names of one's own lead to APIs?"""

import json
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sources.gateway.conftest import Aws, echo


@pytest.fixture
def rest_id(aws: Aws) -> str:
    """Return the id of a REST API that echoes."""
    proxy = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": aws.uri(aws.function("echo", echo))}
    api = aws.make_rest({"GET /a": proxy})
    api.deploy()
    return api.id


def test_a_base_path_leads_to_a_stage(aws: Aws, rest_id: str) -> None:
    """The longest that fits; the path keeps it, and the stage is not in it."""
    made = aws.rest.create_domain_name(domainName="api.example.com", certificateArn="arn:aws:acm:us-east-1:1:c/x")
    aws.rest.create_base_path_mapping(domainName="api.example.com", basePath="v1", restApiId=rest_id, stage="prod")

    event = aws.simulation.http("GET", "https://api.example.com/v1/a?x=1").json()
    nowhere = aws.simulation.http("GET", "https://api.example.com/v2/a")

    assert (event["path"], event["resource"], event["requestContext"]["path"]) == ("/v1/a", "/a", "/v1/a")
    assert event["requestContext"]["domainName"] == "api.example.com"
    assert event["requestContext"]["stage"] == "prod"
    assert (nowhere.status, nowhere.json()) == (403, {"message": "Forbidden"})
    assert made["distributionDomainName"].endswith(".cloudfront.net")
    aws.rest.update_rest_api(
        restApiId=rest_id, patchOperations=[{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}]
    )
    assert aws.simulation.http("GET", "/a", api="shop").status == 403
    assert aws.simulation.http("GET", "https://api.example.com/v1/a").status == 200


def test_an_empty_base_path_takes_the_rest(aws: Aws, rest_id: str) -> None:
    """Without a stage, the path names it."""
    aws.rest.create_domain_name(domainName="api.example.com")
    aws.rest.create_base_path_mapping(domainName="api.example.com", restApiId=rest_id)

    assert aws.simulation.http("GET", "https://api.example.com/prod/a").json()["path"] == "/a"
    (mapping,) = aws.rest.get_base_path_mappings(domainName="api.example.com")["items"]
    assert (mapping["basePath"], mapping["restApiId"]) == ("(none)", rest_id)
    aws.rest.update_base_path_mapping(
        domainName="api.example.com",
        basePath="(none)",
        patchOperations=[{"op": "replace", "path": "/stage", "value": "prod"}],
    )
    assert aws.simulation.http("GET", "https://api.example.com/a").status == 200


def test_that_an_import_has_no_warnings_is_told(aws: Aws) -> None:
    """Whoever wants it to fail on them learns that it cannot."""
    aws.rest.import_rest_api(failOnWarnings=True, body=b'{"swagger": "2.0", "info": {"title": "a"}, "paths": {}}')

    (entry,) = aws.simulation.trace.entries(kinds=["accepted without effect"])
    assert (entry.detail["parameter"], entry.detail["reason"]) == ("failOnWarnings", "an import has no warnings")


def test_what_no_answer_has_a_place_for_is_not_called_kept(aws: Aws) -> None:
    """The trace tells of each parameter without effect what becomes of it."""
    truststore = {"truststoreUri": "s3://certificates/trusted.pem"}
    aws.rest.create_domain_name(
        domainName="api.example.com", certificateBody="-----BEGIN", mutualTlsAuthentication=truststore
    )

    told = aws.rest.get_domain_name(domainName="api.example.com", domainNameId="abcde12345")

    assert told["mutualTlsAuthentication"] == truststore
    details = [entry.detail for entry in aws.simulation.trace.entries(kinds=["accepted without effect"])]
    assert {detail["parameter"]: detail["reason"] for detail in details} == {
        "certificateBody": "it is forgotten: no connection shows the certificate of a domain",
        "mutualTlsAuthentication": "it is kept and given back",
        "domainNameId": "a domain is known by its name alone",
    }


def test_a_mapping_key_has_many_parts(aws: Aws) -> None:
    """Those of version 2 do."""
    aws.function("echo", echo)
    aws.simulation.add_source("apis", "web", routes={"GET /a": "echo"})
    (api,) = aws.web.get_apis()["Items"]
    domain = aws.web.create_domain_name(
        DomainName="*.example.com", DomainNameConfigurations=[{"CertificateArn": "arn:aws:acm:us-east-1:1:c/x"}]
    )
    made = aws.web.create_api_mapping(
        DomainName="*.example.com", ApiId=api["ApiId"], Stage="$default", ApiMappingKey="shop/v2"
    )

    event = aws.simulation.http("GET", "https://eu.example.com/shop/v2/a").json()

    assert (event["rawPath"], event["routeKey"]) == ("/shop/v2/a", "GET /a")
    assert event["requestContext"]["domainName"] == "eu.example.com"
    assert domain["DomainNameConfigurations"][0]["DomainNameStatus"] == "AVAILABLE"
    listed = aws.web.get_api_mappings(DomainName="*.example.com")["Items"]
    assert [each["ApiMappingId"] for each in listed] == [made["ApiMappingId"]]
    aws.web.delete_domain_name(DomainName="*.example.com")
    assert aws.web.get_domain_names()["Items"] == []


def test_a_function_reaches_a_domain(aws: Aws, rest_id: str) -> None:
    """By any client of HTTP, without a network."""
    aws.rest.create_domain_name(domainName="api.example.com")
    aws.rest.create_base_path_mapping(domainName="api.example.com", restApiId=rest_id, stage="prod")

    def ask(_: Any, __: Any) -> Any:
        with urllib.request.urlopen("https://api.example.com/a") as answer:
            return json.load(answer)["path"]

    aws.function("ask", ask)

    assert aws.simulation.invoke("ask") == "/a"


def test_what_makes_no_sense_is_refused(aws: Aws, rest_id: str) -> None:
    """With AWS's words."""
    aws.rest.create_domain_name(domainName="api.example.com")
    where = {"domainName": "api.example.com", "restApiId": rest_id}
    aws.rest.create_base_path_mapping(**where, basePath="v1")

    with pytest.raises(ClientError, match="Invalid domain name identifier specified"):
        aws.rest.get_domain_name(domainName="other.example.com")
    with pytest.raises(ClientError, match="Base path already exists for this domain name"):
        aws.rest.create_base_path_mapping(**where, basePath="v1")
    with pytest.raises(ClientError, match="Invalid stage identifier specified"):
        aws.rest.create_base_path_mapping(**where, basePath="v2", stage="none")
    with pytest.raises(ClientError, match="API Gateway V1 doesn't support the slash character"):
        aws.rest.create_base_path_mapping(**where, basePath="a/b")
    with pytest.raises(ClientError, match="Invalid base path mapping identifier specified"):
        aws.rest.delete_base_path_mapping(domainName="api.example.com", basePath="nothing")


def test_an_api_to_which_a_domain_leads_stays(aws: Aws, rest_id: str) -> None:
    """Until the mapping is gone."""
    aws.rest.create_domain_name(domainName="api.example.com", certificateArn="arn:aws:acm:us-east-1:1:c/x")
    aws.rest.create_base_path_mapping(domainName="api.example.com", basePath="v1", restApiId=rest_id, stage="prod")

    with pytest.raises(ClientError, match="Please remove all base path mappings related to the API"):
        aws.rest.delete_rest_api(restApiId=rest_id)

    aws.rest.delete_base_path_mapping(domainName="api.example.com", basePath="v1")
    aws.rest.delete_rest_api(restApiId=rest_id)
    assert aws.rest.get_rest_apis()["items"] == []
