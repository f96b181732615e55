"""Does a load balancer choose, answer and refuse as AWS's do?"""

import json
import os
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sources.gateway.conftest import Aws


class Balancer:
    """A load balancer with a listener, whose default target echoes."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.elb = aws.client("elbv2")
        made = self.elb.create_load_balancer(Name="front", Subnets=["subnet-1", "subnet-2"])["LoadBalancers"][0]
        self.arn, self.url = made["LoadBalancerArn"], f"http://{made['DNSName']}"
        self.group = self.target("echo", lambda event, _: {"statusCode": 200, "body": json.dumps(event)})
        self.listener = self.elb.create_listener(
            LoadBalancerArn=self.arn, Port=80, Protocol="HTTP", DefaultActions=[forward(self.group)]
        )["Listeners"][0]["ListenerArn"]

    def target(self, name: str, handler: Any, **settings: Any) -> str:
        """Return the ARN of a target group with a function."""
        arn = self.elb.create_target_group(Name=name, TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
        self.elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": self.aws.function(name, handler, **settings)}])
        return str(arn)

    def rule(self, priority: int, condition: dict[str, Any], action: dict[str, Any]) -> str:
        """Add a rule and return its ARN."""
        made = self.elb.create_rule(
            ListenerArn=self.listener, Priority=priority, Conditions=[condition], Actions=[action]
        )
        return str(made["Rules"][0]["RuleArn"])

    def ask(self, path: str, **settings: Any) -> Any:
        """Ask it."""
        return self.aws.simulation.http("GET", self.url + path, **settings)


@pytest.fixture
def balancer(aws: Aws) -> Balancer:
    """Return a load balancer."""
    return Balancer(aws)


def forward(group: str) -> dict[str, Any]:
    """Return the action that forwards to a group."""
    return {"Type": "forward", "TargetGroupArn": group}


def fixed(body: str, status: str = "200") -> dict[str, Any]:
    """Return the action that answers by itself."""
    config = {"StatusCode": status, "ContentType": "text/plain", "MessageBody": body}
    return {"Type": "fixed-response", "FixedResponseConfig": config}


@pytest.mark.parametrize(
    ("condition", "path", "headers"),
    [
        ({"Field": "path-pattern", "Values": ["/img/*.png"]}, "/img/a.png", {}),
        ({"Field": "host-header", "HostHeaderConfig": {"Values": ["front-*.amazonaws.com"]}}, "/", {}),
        ({"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET"]}}, "/", {}),
        (
            {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-B", "Values": ["*Chrome*"]}},
            "/",
            {"x-b": "a chrome b"},
        ),
        ({"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "v", "Value": "1*"}]}}, "/?v=12", {}),
        ({"Field": "source-ip", "SourceIpConfig": {"Values": ["127.0.0.1/32"]}}, "/", {}),
    ],
)
def test_a_rule_takes_what_fits(balancer: Balancer, condition: Any, path: str, headers: Any) -> None:
    """All kinds of conditions there are."""
    balancer.rule(1, condition, fixed("hit", "202"))

    reply = balancer.ask(path, headers=headers)

    assert (reply.status, reply.text, reply.headers.get("content-type")) == (202, "hit", "text/plain; charset=utf-8")


def test_a_redirect_keeps_what_it_does_not_change(balancer: Balancer) -> None:
    """Protocol, host, port, path and query may be changed, each with the others in it."""
    config = {"StatusCode": "HTTP_301", "Protocol": "HTTPS", "Port": "443", "Path": "/x/#{path}", "Query": "a&#{query}"}
    balancer.rule(1, {"Field": "path-pattern", "Values": ["/old"]}, {"Type": "redirect", "RedirectConfig": config})

    reply = balancer.ask("/old?z=1")

    host = balancer.url.removeprefix("http://")
    assert (reply.status, reply.headers.get("location")) == (301, f"https://{host}:443/x/old?a&z=1")


def test_priorities_may_be_exchanged(balancer: Balancer) -> None:
    """All at once; none may be there twice."""
    everything = {"Field": "path-pattern", "Values": ["*"]}
    first, second = (balancer.rule(number, everything, fixed(str(number))) for number in (1, 2))

    priorities = [{"RuleArn": first, "Priority": 2}, {"RuleArn": second, "Priority": 1}]
    balancer.elb.set_rule_priorities(RulePriorities=priorities)

    assert balancer.ask("/").text == "2"
    with pytest.raises(ClientError, match="Priority '1' is currently in use"):
        balancer.elb.set_rule_priorities(RulePriorities=[{"RuleArn": first, "Priority": 1}])


@pytest.mark.parametrize(
    ("handler", "status"),
    [
        pytest.param(lambda event, context: 1 / 0, 502, id="failure"),
        pytest.param(lambda event, context: {"body": "x"}, 502, id="no status"),
        pytest.param(lambda event, context: "text", 502, id="no object"),
        pytest.param(lambda event, context: {"statusCode": 200, "body": "x" * 1_100_000}, 502, id="too large"),
    ],
)
def test_a_bad_answer_is_a_page(balancer: Balancer, handler: Any, status: int) -> None:
    """In HTML, by the load balancer itself."""
    group = balancer.target("bad", handler)
    balancer.rule(1, {"Field": "path-pattern", "Values": ["/bad"]}, forward(group))

    reply = balancer.ask("/bad")

    assert (reply.status, reply.headers.get("content-type")) == (status, "text/html")
    assert "<h1>502 Bad Gateway</h1>" in reply.text


def test_an_empty_group_is_unavailable(balancer: Balancer) -> None:
    """Until somebody is registered."""
    balancer.elb.deregister_targets(
        TargetGroupArn=balancer.group, Targets=[{"Id": "arn:aws:lambda:us-east-1:123456789012:function:echo"}]
    )

    assert balancer.ask("/").status == 503


def test_several_values_come_as_lists(balancer: Balancer) -> None:
    """In both directions, once the group says so."""
    answer = {"statusCode": 200, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "headers": {"X-One": "1"}}
    group = balancer.target("many", lambda event, _: {**answer, "body": json.dumps(event)})
    balancer.elb.modify_target_group_attributes(
        TargetGroupArn=group, Attributes=[{"Key": "lambda.multi_value_headers.enabled", "Value": "true"}]
    )
    balancer.rule(1, {"Field": "path-pattern", "Values": ["*"]}, forward(group))

    reply = balancer.ask("/?a=1&a=%20b")

    assert reply.json()["multiValueQueryStringParameters"] == {"a": ["1", "%20b"]}
    assert [value for name, value in reply.headers.pairs if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert "x-one" not in reply.headers


def test_health_is_told_as_it_is_set(balancer: Balancer) -> None:
    """Functions are not checked unless somebody wants that."""
    (before,) = balancer.elb.describe_target_health(TargetGroupArn=balancer.group)["TargetHealthDescriptions"]
    balancer.elb.modify_target_group(TargetGroupArn=balancer.group, HealthCheckEnabled=True, HealthCheckPath="/up")

    (after,) = balancer.elb.describe_target_health(TargetGroupArn=balancer.group)["TargetHealthDescriptions"]
    (group,) = balancer.elb.describe_target_groups(TargetGroupArns=[balancer.group])["TargetGroups"]

    assert (before["TargetHealth"]["State"], after["TargetHealth"]["State"]) == ("unavailable", "healthy")
    assert (group["HealthCheckPath"], group["LoadBalancerArns"]) == ("/up", [balancer.arn])


def hosts(balancer: Balancer) -> str:
    """Return the ARN of a target group of addresses, to which the balancer does not forward yet."""
    made = balancer.elb.create_target_group(Name="hosts", Protocol="HTTP", Port=8080, VpcId="vpc-1", TargetType="ip")
    return str(made["TargetGroups"][0]["TargetGroupArn"])


def test_a_target_that_gets_nothing_is_unused(balancer: Balancer) -> None:
    """Where no listener forwards to its group, or it is not in it; its port is the group's, unless it has its own."""
    group, asked = hosts(balancer), [{"Id": "10.0.0.1"}, {"Id": "10.0.0.1", "Port": 80}]

    def health() -> list[Any]:
        told = balancer.elb.describe_target_health(TargetGroupArn=group, Targets=asked)["TargetHealthDescriptions"]
        return [
            (each["Target"]["Port"], each["TargetHealth"].get("Reason"), each.get("HealthCheckPort")) for each in told
        ]

    balancer.elb.register_targets(TargetGroupArn=group, Targets=asked[:1])
    before = health()
    balancer.rule(1, {"Field": "path-pattern", "Values": ["/hosts"]}, forward(group))

    assert before == [(8080, "Target.NotInUse", None), (80, "Target.NotRegistered", None)]
    assert health() == [(8080, None, "8080"), (80, "Target.NotRegistered", None)]


def test_a_target_goes_with_its_port(balancer: Balancer) -> None:
    """One that is registered at several ports stays at the others; the waiter for it comes to its end."""
    group, target = hosts(balancer), {"Id": "10.0.0.1", "Port": 80}
    balancer.elb.register_targets(TargetGroupArn=group, Targets=[target, {"Id": "10.0.0.1"}])

    balancer.elb.deregister_targets(TargetGroupArn=group, Targets=[target])

    (left,) = balancer.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert left["Target"] == {"Id": "10.0.0.1", "Port": 8080}
    once = {"Delay": 0, "MaxAttempts": 1}
    balancer.elb.get_waiter("target_deregistered").wait(TargetGroupArn=group, Targets=[target], WaiterConfig=once)


def test_attributes_of_a_group_are_those_of_its_targets(balancer: Balancer) -> None:
    """Functions are not drained and have no cookies, addresses get no lists."""

    def keys(group: str) -> set[str]:
        told = balancer.elb.describe_target_group_attributes(TargetGroupArn=group)["Attributes"]
        return {each["Key"] for each in told}

    functions, addresses = keys(balancer.group), keys(hosts(balancer))

    assert functions - addresses == {"lambda.multi_value_headers.enabled"}
    assert {"deregistration_delay.timeout_seconds", "stickiness.type", "slow_start.duration_seconds"} < addresses
    assert "deregistration_delay.timeout_seconds" not in functions


def test_settings_are_kept(balancer: Balancer) -> None:
    """Also those without effect: certificates, addresses, tags of listeners and rules."""
    elb, certificate = balancer.elb, {"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/x"}
    arn = hosts(balancer)
    elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": "10.0.0.1", "Port": 80}])
    (listener,) = elb.create_listener(
        LoadBalancerArn=balancer.arn,
        Port=443,
        Protocol="HTTPS",
        Certificates=[certificate],
        DefaultActions=[forward(arn)],
        Tags=[{"Key": "a", "Value": "b"}],
    )["Listeners"]

    assert listener["Certificates"] == [certificate]
    assert elb.describe_tags(ResourceArns=[listener["ListenerArn"]])["TagDescriptions"][0]["Tags"] == [
        {"Key": "a", "Value": "b"}
    ]
    (health,) = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert health["Target"] == {"Id": "10.0.0.1", "Port": 80}
    protection = [{"Key": "deletion_protection.enabled", "Value": "true"}]
    elb.modify_load_balancer_attributes(LoadBalancerArn=balancer.arn, Attributes=protection)
    with pytest.raises(ClientError, match="deletion protection is enabled"):
        elb.delete_load_balancer(LoadBalancerArn=balancer.arn)
    pages = elb.get_paginator("describe_listeners").paginate(
        LoadBalancerArn=balancer.arn, PaginationConfig={"PageSize": 1}
    )
    assert [each["Port"] for page in pages for each in page["Listeners"]] == [80, 443]


def test_what_is_there_alike_is_made_once(balancer: Balancer) -> None:
    """Load balancers, groups and listeners with the same settings; others of the same name are refused."""
    again = balancer.elb.create_load_balancer(Name="front", Subnets=["subnet-1", "subnet-2"])
    group = balancer.elb.create_target_group(Name="echo", TargetType="lambda")
    listener = balancer.elb.create_listener(
        LoadBalancerArn=balancer.arn, Port=80, Protocol="HTTP", DefaultActions=[forward(balancer.group)]
    )

    assert again["LoadBalancers"][0]["LoadBalancerArn"] == balancer.arn
    assert group["TargetGroups"][0]["TargetGroupArn"] == balancer.group
    assert listener["Listeners"][0]["ListenerArn"] == balancer.listener
    with pytest.raises(ClientError, match="exists, but with different settings"):
        balancer.elb.create_load_balancer(Name="front", Subnets=["subnet-3"])


def test_what_is_left_out_is_told(balancer: Balancer) -> None:
    """Weights of groups, the places of values, and what a redirect leaves alone."""
    config = {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_302", "Path": "/x"}}
    balancer.rule(1, {"Field": "path-pattern", "Values": ["/old"]}, config)

    rule, default = balancer.elb.describe_rules(ListenerArn=balancer.listener)["Rules"]

    (condition,), (redirect,), (action,) = rule["Conditions"], rule["Actions"], default["Actions"]
    assert condition == {"Field": "path-pattern", "Values": ["/old"], "PathPatternConfig": {"Values": ["/old"]}}
    assert (redirect["RedirectConfig"]["Host"], redirect["RedirectConfig"]["Path"]) == ("#{host}", "/x")
    assert action == {
        **forward(balancer.group),
        "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": balancer.group, "Weight": 1}],
            "TargetGroupStickinessConfig": {"Enabled": False},
        },
    }


def test_what_has_no_effect_is_told_of(balancer: Balancer) -> None:
    """In the trace, once: networks, certificates, checks of health, who is to be asked."""
    asks = {"Type": "authenticate-cognito", "Order": 1, "AuthenticateCognitoConfig": COGNITO}
    balancer.elb.create_listener(
        LoadBalancerArn=balancer.arn,
        Port=81,
        Protocol="HTTP",
        DefaultActions=[asks, {**forward(balancer.group), "Order": 2}],
    )
    attributes = [{"Key": "waf.fail_open.enabled", "Value": "true"}]
    balancer.elb.modify_load_balancer_attributes(LoadBalancerArn=balancer.arn, Attributes=attributes)

    entries = balancer.aws.simulation.trace.entries(kinds=["accepted without effect"])

    assert [entry.detail["parameter"] for entry in entries] == [
        "Subnets",
        "the action authenticate-cognito",
        "the attribute waf.fail_open.enabled",
    ]


COGNITO = {
    "UserPoolArn": "arn:aws:cognito-idp:us-east-1:123456789012:userpool/p",
    "UserPoolClientId": "c",
    "UserPoolDomain": "d",
}


def test_a_load_balancer_waits_as_long_as_it_is_told(balancer: Balancer) -> None:
    """`idle_timeout.timeout_seconds` counts in virtual time."""
    group = balancer.target("slow", lambda event, _: {"statusCode": 200}, duration="8 s", timeout="10 s")
    balancer.rule(1, {"Field": "path-pattern", "Values": ["/slow"]}, forward(group))
    attributes = [{"Key": "idle_timeout.timeout_seconds", "Value": "5"}]

    balancer.elb.modify_load_balancer_attributes(LoadBalancerArn=balancer.arn, Attributes=attributes)

    began_s = balancer.aws.simulation.now_s
    assert balancer.ask("/slow").status == 504
    assert 5 <= balancer.aws.simulation.now_s - began_s < 6


@pytest.mark.parametrize(
    ("operation", "given", "code", "message"),
    [
        ("describe_listeners", {}, "ValidationError", "You must specify either listener ARNs or a load balancer ARN"),
        (
            "set_rule_priorities",
            {"RulePriorities": [{"Priority": 1}]},
            "ValidationError",
            "A rule ARN and a priority must be specified",
        ),
        (
            "create_target_group",
            {"Name": "g", "TargetType": "lambda", "Tags": [{"Key": "a"}, {"Key": "a"}]},
            "DuplicateTagKeys",
            "A tag key was specified more than once",
        ),
        ("describe_rules", {}, "ValidationError", "You must specify either listener rule ARNs or a listener ARN"),
        (
            "create_load_balancer",
            {"Name": "a_b"},
            "ValidationError",
            "Load balancer name 'a_b' can only contain characters that are alphanumeric characters and hyphens(-)",
        ),
        (
            "create_load_balancer",
            {"Name": "a", "SubnetMappings": [{"AllocationId": "x"}]},
            "ValidationError",
            "A subnet ID must be specified",
        ),
        (
            "create_target_group",
            {"Name": "g" * 33},
            "ValidationError",
            f"Target group name '{'g' * 33}' cannot be longer than '32' characters",
        ),
        (
            "create_target_group",
            {"Name": "g", "Protocol": "HTTP", "Port": 80},
            "ValidationError",
            "A VPC ID must be specified",
        ),
        (
            "create_target_group",
            {"Name": "g", "TargetType": "lambda", "Port": 80},
            "ValidationError",
            "Port cannot be specified for target groups with target type 'lambda'",
        ),
        (
            "describe_target_groups",
            {"Names": ["echo", "x"]},
            "TargetGroupNotFound",
            "One or more target groups not found",
        ),
        (
            "describe_tags",
            {"ResourceArns": ["arn:x:listener/y"]},
            "ListenerNotFound",
            "One or more listeners not found",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(
    balancer: Balancer, operation: str, given: dict[str, Any], code: str, message: str
) -> None:
    """With AWS's code and words."""
    with pytest.raises(ClientError) as error:
        getattr(balancer.elb, operation)(**given)

    assert error.value.response["Error"]["Code"] == code
    assert error.value.response["Error"]["Message"] == message


def test_a_rule_is_looked_at(balancer: Balancer) -> None:
    """Its groups are there and of this load balancer, its conditions are of kinds that there are."""
    other = balancer.elb.create_load_balancer(Name="other", Subnets=["subnet-1"])["LoadBalancers"][0]
    path = {"Field": "path-pattern", "Values": ["/a"]}
    regex = {"Field": "path-pattern", "PathPatternConfig": {"RegexValues": ["a+"]}}
    wrong = [
        (path, forward(f"{balancer.group}x"), "One or more target groups not found"),
        ({"Field": "colour", "Values": ["red"]}, fixed("x"), "Condition field 'colour' must be one of"),
        (regex, fixed("x"), "RegexValues is not simulated"),
    ]

    for condition, action, message in wrong:
        with pytest.raises(ClientError, match=message):
            balancer.rule(1, condition, action)
    with pytest.raises(ClientError, match="cannot be associated with more than one load balancer"):
        balancer.elb.create_listener(
            LoadBalancerArn=other["LoadBalancerArn"], Port=80, Protocol="HTTP", DefaultActions=[forward(balancer.group)]
        )


def test_what_is_gone_is_deleted_again(balancer: Balancer) -> None:
    """Target groups and load balancers; listeners and rules are missed."""
    balancer.elb.delete_target_group(TargetGroupArn=f"{balancer.group}x")
    balancer.elb.delete_load_balancer(LoadBalancerArn=f"{balancer.arn}x")

    with pytest.raises(ClientError, match="One or more listeners not found"):
        balancer.elb.delete_listener(ListenerArn=f"{balancer.listener}x")


def test_a_trace_goes_on(balancer: Balancer) -> None:
    """What a client gives keeps its place behind a field of the load balancer's own (documented)."""
    given = balancer.ask("/", headers={"X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678"}).json()
    begun = balancer.ask("/").json()

    trace_id = given["headers"]["x-amzn-trace-id"]
    assert trace_id.startswith("Self=1-")
    assert trace_id.endswith(";Root=1-67891233-abcdef012345678912345678")
    assert begun["headers"]["x-amzn-trace-id"].startswith("Root=1-")


def test_a_function_behind_a_load_balancer_works_under_the_root_that_it_gets(balancer: Balancer) -> None:
    """A load balancer hands on the header (unconfirmed: whether to the invocation as well as in the event)."""

    def tell(event: Any, _: Any) -> Any:
        headers = [event["headers"]["x-amzn-trace-id"], os.environ["_X_AMZN_TRACE_ID"]]
        return {"statusCode": 200, "body": json.dumps([header.partition(";")[0] for header in headers])}

    balancer.rule(1, {"Field": "path-pattern", "Values": ["/traced"]}, forward(balancer.target("tell", tell)))

    in_event, own = balancer.ask("/traced").json()

    assert in_event == own


def test_a_listener_sets_headers(balancer: Balancer) -> None:
    """Instead of the target's own, and also of its own pages; `Server` may be taken away."""
    answer = {"statusCode": 200, "headers": {"X-Frame-Options": "SAMEORIGIN", "Server": "mine"}}
    group = balancer.target("framed", lambda event, _: answer)
    balancer.rule(1, {"Field": "path-pattern", "Values": ["/framed"]}, forward(group))
    begin = "routing.http.response"
    attributes = [
        {"Key": f"{begin}.x_frame_options.header_value", "Value": "DENY"},
        {"Key": f"{begin}.server.enabled", "Value": "false"},
    ]

    before = balancer.elb.describe_listener_attributes(ListenerArn=balancer.listener)["Attributes"]
    balancer.elb.modify_listener_attributes(ListenerArn=balancer.listener, Attributes=attributes)
    reply = balancer.ask("/framed")

    assert {"Key": f"{begin}.server.enabled", "Value": "true"} in before
    assert (reply.headers.get("x-frame-options"), "server" in reply.headers) == ("DENY", False)
