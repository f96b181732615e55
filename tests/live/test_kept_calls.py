"""Does a server with a database go on with what no table shows? Topics, rules, schedules, machines, APIs, secrets, …"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.live.conftest import Served, bodies, url_of
from tests.live.test_durability import refused, restarted

Serve = Callable[..., Served]

ROLE = "arn:aws:iam::000000000000:role/any"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:jobs"
MACHINE = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Pass", "Result": "well", "End": True}}})


def told(answer: Any) -> str:
    """Return an answer as text, without what belongs to the request."""
    return json.dumps({name: value for name, value in answer.items() if name != "ResponseMetadata"}, default=str)


def test_a_topic_goes_on_with_its_subscriptions(serve: Serve, tmp_path: Path) -> None:
    """Under the same ARNs, with filters and tags; what is published later comes."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    sns, sqs = first.client("sns"), first.client("sqs")
    sqs.create_queue(QueueName="jobs")
    topic = sns.create_topic(Name="news", Attributes={"DisplayName": "News"}, Tags=[{"Key": "team", "Value": "blue"}])
    arn = topic["TopicArn"]
    subscription = sns.subscribe(
        TopicArn=arn, Protocol="sqs", Endpoint=QUEUE, Attributes={"FilterPolicy": '{"kind": ["good"]}'}
    )["SubscriptionArn"]
    gone = sns.create_topic(Name="gone")["TopicArn"]
    sns.delete_topic(TopicArn=gone)

    def all_of(sns: Any) -> list[str]:
        answers = [
            sns.list_topics(),
            sns.get_topic_attributes(TopicArn=arn),
            sns.list_subscriptions_by_topic(TopicArn=arn),
            sns.get_subscription_attributes(SubscriptionArn=subscription),
            sns.list_tags_for_resource(ResourceArn=arn),
        ]
        return [told(each) for each in answers]

    before = all_of(sns)
    second = restarted(serve, first, path)
    sns, sqs = second.client("sns"), second.client("sqs")
    for kind in ("bad", "good"):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=arn, Message=kind, MessageAttributes=attributes)

    assert all_of(sns) == before
    assert [json.loads(body)["Message"] for body in bodies(sqs, "jobs")] == ["good"]


def test_rules_and_their_bus_go_on(serve: Serve, tmp_path: Path) -> None:
    """With archives, connections and API destinations, whose ids are the same; also a third server has them."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    events = first.client("events")
    first.client("sqs").create_queue(QueueName="jobs")
    bus = events.create_event_bus(Name="orders", Tags=[{"Key": "a", "Value": "b"}])["EventBusArn"]
    events.put_rule(Name="all", EventBusName="orders", EventPattern='{"source": ["shop"]}')
    events.put_targets(Rule="all", EventBusName="orders", Targets=[{"Id": "1", "Arn": QUEUE}])
    events.create_archive(ArchiveName="past", EventSourceArn=bus, RetentionDays=3)
    connection = events.create_connection(
        Name="partner",
        AuthorizationType="API_KEY",
        AuthParameters={"ApiKeyAuthParameters": {"ApiKeyName": "key", "ApiKeyValue": "word"}},
    )["ConnectionArn"]
    events.create_api_destination(
        Name="post", ConnectionArn=connection, InvocationEndpoint="https://example.com/", HttpMethod="POST"
    )

    def all_of(events: Any) -> list[str]:
        answers = [
            events.describe_event_bus(Name="orders"),
            events.list_rules(EventBusName="orders"),
            events.list_targets_by_rule(Rule="all", EventBusName="orders"),
            events.describe_archive(ArchiveName="past"),
            events.describe_connection(Name="partner"),
            events.describe_api_destination(Name="post"),
        ]
        return [told(each) for each in answers]

    before = all_of(events)
    third = restarted(serve, restarted(serve, first, path), path)
    events, sqs = third.client("events"), third.client("sqs")
    after = all_of(events)
    events.put_events(Entries=[{"Source": "shop", "DetailType": "x", "Detail": "{}", "EventBusName": "orders"}])

    assert after == before
    assert len(bodies(sqs, "jobs")) == 1


def test_a_schedule_does_not_make_up_for_what_it_missed(serve: Serve, tmp_path: Path) -> None:
    """It goes on in its rhythm; one for an instant that is over does not fire, and deletes itself if it is to."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    scheduler = first.client("scheduler")
    first.client("sqs").create_queue(QueueName="jobs")
    target = {"Arn": QUEUE, "RoleArn": ROLE, "Input": "now"}
    never = {"Mode": "OFF"}
    scheduler.create_schedule_group(Name="mine")
    for name, expression, more in (
        ("daily", "rate(1 day)", {}),
        ("over", "at(2020-01-01T00:00:00)", {"ActionAfterCompletion": "DELETE"}),
    ):
        scheduler.create_schedule(
            Name=name,
            GroupName="mine",
            ScheduleExpression=expression,
            Target=target,
            FlexibleTimeWindow=never,
            **more,
        )
    bodies(first.client("sqs"), "jobs")
    before = told(scheduler.get_schedule(Name="daily", GroupName="mine"))

    second = restarted(serve, first, path)
    sqs, scheduler = second.client("sqs"), second.client("scheduler")
    counts = sqs.get_queue_attributes(QueueUrl=url_of(sqs, "jobs"), AttributeNames=["ApproximateNumberOfMessages"])

    assert told(scheduler.get_schedule(Name="daily", GroupName="mine")) == before
    assert counts["Attributes"]["ApproximateNumberOfMessages"] == "0"


def test_a_state_machine_and_a_pipe_go_on(serve: Serve, tmp_path: Path) -> None:
    """With versions and aliases."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    states, pipes, sqs = first.client("stepfunctions"), first.client("pipes"), first.client("sqs")
    machine = states.create_state_machine(name="work", definition=MACHINE, roleArn=ROLE)["stateMachineArn"]
    version = states.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    alias = states.create_state_machine_alias(
        name="live", routingConfiguration=[{"stateMachineVersionArn": version, "weight": 100}]
    )["stateMachineAliasArn"]
    for name in ("jobs", "done"):
        sqs.create_queue(QueueName=name)
    done = QUEUE.replace("jobs", "done")
    pipes.create_pipe(Name="tube", Source=QUEUE, Target=done, RoleArn=ROLE)

    def all_of(served: Served) -> list[str]:
        states = served.client("stepfunctions")
        return [
            told(states.describe_state_machine(stateMachineArn=machine)),
            told(states.describe_state_machine(stateMachineArn=version)),
            told(states.describe_state_machine_alias(stateMachineAliasArn=alias)),
        ]

    before = all_of(first)
    second = restarted(serve, first, path)
    states, sqs = second.client("stepfunctions"), second.client("sqs")
    sqs.send_message(QueueUrl=url_of(sqs, "jobs"), MessageBody="through")

    assert all_of(second) == before
    assert [json.loads(body)["body"] for body in bodies(sqs, "done")] == ["through"]


def test_permissions_do_not_keep_a_pipe_from_going_on(serve: Serve, tmp_path: Path) -> None:
    """What one role lets run runs again; what another did not let start is as it was."""
    path, words = tmp_path / "state.db", ("--permissions", "enforced")
    first = serve("--quiet", "--db", str(path), *words)
    allowed = {"Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
    policies = {"may": [{"PolicyName": "own", "PolicyDocument": allowed}], "may-not": []}
    resources = {
        name.replace("-", ""): {
            "Type": "AWS::IAM::Role",
            "Properties": {"RoleName": name, "AssumeRolePolicyDocument": {"Statement": []}, "Policies": own},
        }
        for name, own in policies.items()
    }
    stacks, template = first.client("cloudformation"), json.dumps({"Resources": resources})
    stacks.create_stack(StackName="roles", TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
    stacks.get_waiter("stack_create_complete").wait(StackName="roles", WaiterConfig={"Delay": 1})
    for name in ("jobs", "done"):
        first.client("sqs").create_queue(QueueName=name)
    for name in policies:
        role_arn, target = ROLE.replace("any", name), QUEUE.replace("jobs", "done")
        first.client("pipes").create_pipe(Name=name, Source=QUEUE, Target=target, RoleArn=role_arn)

    def states(served: Served) -> list[str]:
        return [each["CurrentState"] for each in served.client("pipes").list_pipes()["Pipes"]]

    before = states(first)
    second = restarted(serve, first, path, *words)

    assert before == states(second) == ["RUNNING", "CREATE_FAILED"]


def test_an_api_goes_on_under_its_id(serve: Serve, tmp_path: Path) -> None:
    """One of each version, with everything in it."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    v2, rest = first.client("apigatewayv2"), first.client("apigateway")
    api = v2.create_api(Name="shop", ProtocolType="HTTP", Target="https://example.com/")["ApiId"]
    chat = v2.create_api(Name="chat", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
    old = rest.create_rest_api(name="old")["id"]
    root = rest.get_resources(restApiId=old)["items"][0]["id"]
    made = rest.create_resource(restApiId=old, parentId=root, pathPart="hello")["id"]
    rest.put_method(restApiId=old, resourceId=made, httpMethod="GET", authorizationType="NONE")
    rest.put_integration(
        restApiId=old,
        resourceId=made,
        httpMethod="GET",
        type="MOCK",
        requestTemplates={"application/json": '{"statusCode": 200}'},
    )
    rest.put_method_response(restApiId=old, resourceId=made, httpMethod="GET", statusCode="200")
    rest.put_integration_response(
        restApiId=old, resourceId=made, httpMethod="GET", statusCode="200", responseTemplates={"application/json": "hi"}
    )
    rest.create_deployment(restApiId=old, stageName="prod")

    def all_of(served: Served) -> list[str]:
        v2, rest = served.client("apigatewayv2"), served.client("apigateway")
        answers = [
            v2.get_apis(),
            v2.get_routes(ApiId=api),
            v2.get_integrations(ApiId=api),
            v2.get_stages(ApiId=api),
            v2.get_api(ApiId=chat["ApiId"]),
            rest.get_rest_api(restApiId=old),
            rest.get_resources(restApiId=old, embed=["methods"]),
            rest.get_stages(restApiId=old),
            rest.get_deployments(restApiId=old),
        ]
        port = served.url.rpartition(":")[2]
        return [told(each).replace(f":{port}", ":PORT") for each in answers]

    before = all_of(first)
    second = restarted(serve, first, path)
    answer = second.ask("GET", f"/restapis/{old}/prod/_user_request_/hello")

    assert all_of(second) == before
    assert answer == (200, b"hi")


def test_secrets_parameters_logs_and_alarms_go_on(serve: Serve, tmp_path: Path) -> None:
    """With values of bytes, older versions, dates; the file is for its owner only."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    secrets, ssm = first.client("secretsmanager"), first.client("ssm")
    logs, metrics = first.client("logs"), first.client("cloudwatch")
    secrets.create_secret(Name="word", SecretString="one")
    secrets.put_secret_value(SecretId="word", SecretBinary=b"\x00\xff")
    ssm.put_parameter(Name="/a", Value="1", Type="String")
    ssm.put_parameter(Name="/a", Value="2", Type="String", Overwrite=True)
    logs.create_log_group(logGroupName="mine", tags={"a": "b"})
    logs.put_retention_policy(logGroupName="mine", retentionInDays=7)
    metrics.put_dashboard(DashboardName="d", DashboardBody='{"widgets": []}')

    def all_of(served: Served) -> list[str]:
        secrets, ssm, logs = served.client("secretsmanager"), served.client("ssm"), served.client("logs")
        answers = [
            secrets.get_secret_value(SecretId="word", VersionStage="AWSPREVIOUS"),
            secrets.list_secret_version_ids(SecretId="word"),
            ssm.get_parameter_history(Name="/a"),
            logs.describe_log_groups(),
            served.client("cloudwatch").get_dashboard(DashboardName="d"),
        ]
        return [told(each) for each in answers]

    before = all_of(first)
    second = restarted(serve, first, path)
    after = all_of(second)
    value = second.client("secretsmanager").get_secret_value(SecretId="word")["SecretBinary"]

    assert after == before
    assert value == b"\x00\xff"
    assert (tmp_path / "state.db-calls").stat().st_mode & 0o777 == 0o600


def test_configurations_and_their_deployments_go_on(serve: Serve, tmp_path: Path) -> None:
    """Under their ids; who reads them goes on with the token that it has."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    config, data = first.client("appconfig"), first.client("appconfigdata")
    shop = config.create_application(Name="shop")["Id"]
    prod = config.create_environment(ApplicationId=shop, Name="prod")["Id"]
    profile = {"ApplicationId": shop}
    made = config.create_configuration_profile(**profile, Name="settings", LocationUri="hosted")
    profile["ConfigurationProfileId"] = made["Id"]
    config.create_hosted_configuration_version(**profile, Content=b"one", ContentType="text/plain")
    strategy = {"DeploymentStrategyId": "AppConfig.AllAtOnce", "ConfigurationVersion": "1"}
    config.start_deployment(**profile, **strategy, EnvironmentId=prod)
    token = data.start_configuration_session(
        ApplicationIdentifier="shop", EnvironmentIdentifier="prod", ConfigurationProfileIdentifier="settings"
    )["InitialConfigurationToken"]

    def all_of(served: Served) -> list[str]:
        client = served.client("appconfig")
        where = {"ApplicationId": shop, "EnvironmentId": prod}
        version = client.get_hosted_configuration_version(**profile, VersionNumber=1)
        version["Content"] = version["Content"].read().decode()
        return [told(client.get_deployment(**where, DeploymentNumber=1)), told(version)]

    before = all_of(first)
    second = restarted(serve, first, path)
    after = all_of(second)
    read = second.client("appconfigdata").get_latest_configuration(ConfigurationToken=token)

    assert after == before
    assert (read["Configuration"].read(), read["ContentType"]) == (b"one", "text/plain")


def test_ids_are_new_after_a_restart(serve: Serve, tmp_path: Path) -> None:
    """Also with the same seed: what is there has the ids that it began with."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path), "--seed", "7")
    before = first.client("apigatewayv2").create_api(Name="a", ProtocolType="HTTP")["ApiId"]

    v2 = restarted(serve, first, path, "--seed", "7").client("apigatewayv2")
    after = v2.create_api(Name="b", ProtocolType="HTTP")["ApiId"]

    assert after != before
    assert {each["ApiId"] for each in v2.get_apis()["Items"]} == {before, after}


def test_what_the_scenario_has_made_is_its_own(serve: Serve, tmp_path: Path) -> None:
    """It is not kept; calls that it makes needless are passed over, and the server says so; a reset forgets all."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    first.client("events").create_event_bus(Name="orders")
    first.client("ssm").put_parameter(Name="/a", Value="1", Type="String")
    first.end()
    files = {"scenario.yaml": "buses: {orders: {}}\ntopics: {news: {}}\n"}
    own = ("scenario.yaml", "--quiet", "--db", str(path), "--account-id", "000000000000")

    second = serve(*own, files=files)
    value = second.client("ssm").get_parameter(Name="/a")["Parameter"]["Value"]
    second.ask("POST", "/_eventsim/reset")
    left = second.client("ssm").describe_parameters()["Parameters"]
    _, said = second.end()

    assert (value, left) == ("1", [])
    assert "state.db-calls:1: the call of events.CreateEventBus is passed over" in said
    assert not (tmp_path / "state.db-calls").exists()


def test_half_a_line_was_never_acknowledged(serve: Serve, tmp_path: Path) -> None:
    """It is taken away, and the next call stands in a line of its own."""
    path, calls = tmp_path / "state.db", tmp_path / "state.db-calls"
    first = serve("--quiet", "--db", str(path))
    first.client("sns").create_topic(Name="one")
    first.end()
    with calls.open("ab") as stream:
        stream.write(calls.read_bytes()[:40])

    second = serve("--quiet", "--db", str(path))
    second.client("sns").create_topic(Name="two")
    third = restarted(serve, second, path)

    assert len(third.client("sns").list_topics()["Topics"]) == 2
    assert len(calls.read_bytes().splitlines()) == 2


def test_a_diary_is_as_long_as_what_there_is(tmp_path: Path) -> None:
    """However often things were made, changed and deleted; a kill at any instant leaves all that was acknowledged."""
    path, calls = tmp_path / "state.db", tmp_path / "state.db-calls"
    served = Served(tmp_path, "--quiet", "--db", str(path))
    lasting = served.client("sns").create_topic(Name="lasting")["TopicArn"]
    for _ in range(2):
        sns, events = served.client("sns"), served.client("events")
        for count in range(130):
            topic = sns.create_topic(Name="passing")["TopicArn"]
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)
            events.put_rule(Name="rule", ScheduleExpression="rate(1 day)", Description=str(count))
            sns.set_topic_attributes(TopicArn=lasting, AttributeName="DisplayName", AttributeValue=str(count))
            sns.delete_topic(TopicArn=topic)
        served.process.kill()
        served.process.communicate()
        served = Served(tmp_path, "--quiet", "--db", str(path))
    attributes = served.client("sns").get_topic_attributes(TopicArn=lasting)["Attributes"]
    (rule,) = served.client("events").list_rules()["Rules"]
    (topic,) = served.client("sns").list_topics()["Topics"]
    served.end()

    assert (attributes["DisplayName"], rule["Description"], topic["TopicArn"]) == ("129", "129", lasting)
    assert len(calls.read_bytes().splitlines()) < 1_000


def test_a_damaged_line_is_refused_by_name(tmp_path: Path) -> None:
    """In one sentence, with what to do."""
    calls = tmp_path / "state.db-calls"
    calls.write_text("{\n")

    code, said = refused("--db", str(tmp_path / "state.db"))

    assert (code, said.count("\n")) == (4, 1)
    assert (f"{calls}:1" in said, "Delete the line" in said) == (True, True)


def test_a_call_that_cannot_be_kept_is_not_acknowledged(tmp_path: Path) -> None:
    """A client is told that the disk is at fault."""
    served = Served(tmp_path, "--quiet", "--db", str(tmp_path / "state.db"))
    (tmp_path / "state.db-calls").mkdir()

    with pytest.raises(ClientError, match="cannot be kept"):
        served.client("sns").create_topic(Name="news")
    served.end()
