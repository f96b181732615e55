"""What a template does on the command line."""

import json
from pathlib import Path

import pytest

from eventsim.cli.main import main
from tests.templates.conftest import APPLICATIONS

QUEUE_BATCH = APPLICATIONS / "queue_batch" / "template.yaml"


def test_a_bare_template_deploys_and_says_what_next(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing else has to be written."""
    code = main(["run", str(QUEUE_BATCH)])

    shown = capsys.readouterr().out
    assert code == 0
    assert "stack queue-batch, from template.yaml: 5 resources; 4 work, 1 without behaviour" in shown
    assert "- send: {queue: Jobs, body: hello}" in shown


def test_the_report_is_json_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """Every resource with its level, for machines."""
    code = main(["deploy-report", str(APPLICATIONS / "languages" / "template.yaml"), "--json"])

    (stack,) = json.loads(capsys.readouterr().out)["stacks"]
    assert code == 0
    assert [line["level"] for line in stack["resources"]].count("missing") == 4


def test_a_parameter_is_given_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    """As text, whatever it looks like."""
    main(
        ["deploy-report", str(APPLICATIONS / "api_queue_service" / "template.yaml"), "--parameter", "WithResults=false"]
    )

    assert "Results" not in capsys.readouterr().out


def test_a_folder_of_cdk_is_named_as_the_template(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the scenario beside it shall say is the folder, not a file that nobody wrote."""
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "Shop.template.json"}}
    (tmp_path / "cdk.out").mkdir()
    (tmp_path / "cdk.out" / "manifest.json").write_text(json.dumps({"artifacts": {"Shop": stack}}))
    (tmp_path / "cdk.out" / "Shop.template.json").write_text('{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}')

    main(["run", str(tmp_path / "cdk.out")])

    assert "template: cdk.out\n" in capsys.readouterr().out


def test_a_story_is_found_by_a_logical_id(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever wrote the template knows no other name of it."""
    (tmp_path / "scenario.yaml").write_text(
        f"template: {{file: {json.dumps(str(QUEUE_BATCH))}, stack: sim}}\n"
        "workload: [{send: {queue: Jobs, body: hello}}]\n"
    )
    main(["run", str(tmp_path / "scenario.yaml"), "--trace", str(tmp_path / "run.jsonl")])
    capsys.readouterr()

    main(["story", str(tmp_path / "run.jsonl"), "Worker"])

    assert "function sim-Worker-" in capsys.readouterr().out


def test_the_story_of_an_alarm_is_found_by_its_logical_id(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What it did belongs to the name that it has in CloudWatch."""
    (tmp_path / "t.yaml").write_text(
        "Resources:\n"
        "  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}\n"
        "  Late: {Type: AWS::CloudWatch::Alarm, Properties: {AlarmName: jobs-late, Namespace: AWS/SQS, MetricName: "
        "ApproximateNumberOfMessagesVisible, Dimensions: [{Name: QueueName, Value: jobs}], Statistic: Maximum, "
        "Period: 60, EvaluationPeriods: 1, Threshold: 0, ComparisonOperator: GreaterThanThreshold}}\n"
    )
    (tmp_path / "scenario.yaml").write_text(
        "template: t.yaml\nuntil: 5 minutes\nworkload: [{send: {queue: Q, body: x}}]\n"
    )
    main(["run", str(tmp_path / "scenario.yaml"), "--trace", str(tmp_path / "run.jsonl")])
    capsys.readouterr()

    main(["story", str(tmp_path / "run.jsonl"), "Late"])

    shown = capsys.readouterr().out
    assert "\nalarm jobs-late: " in shown
    assert "Threshold Crossed" in shown


def test_a_mistake_ends_with_code_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """File, line and remedy, no traceback."""
    file = tmp_path / "template.yaml"
    file.write_text("Resources:\n  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Nope}}")

    code = main(["run", str(file)])

    assert code == 2
    assert f"{file}:2:" in capsys.readouterr().err


def test_a_scenario_speaks_of_logical_ids(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Workload, faults, expectations and what is different about a function."""
    (tmp_path / "scenario.yaml").write_text(
        f"template: {{file: {json.dumps(str(QUEUE_BATCH))}, stack: sim}}\n"
        "workload:\n- send: {queue: Jobs, body: 'm-{n}'}\n  every: 1 s\n  times: 5\n"
        "functions: {Worker: {timeout: 7 s, environment: {MORE: 1}}}\n"
        "faults: [{function: Worker, error: Boom, probability: 1}]\n"
        "expect: [queue DeadLetters has 5 messages, function Worker has 15 invocations]\n"
    )

    code = main(["run", str(tmp_path / "scenario.yaml")])

    assert code == 0, capsys.readouterr().out


def test_calls_of_a_workload_take_references(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`${Queue}` is what `Ref` gives, `${Queue.Arn}` an attribute; other braces stay what they are."""
    (tmp_path / "scenario.yaml").write_text(
        f"template: {json.dumps(str(QUEUE_BATCH))}\nworkload:\n"
        "- call:\n    service: sqs\n    operation: SendMessage\n"
        "    parameters: {QueueUrl: '${Jobs}', MessageBody: '${Jobs.Arn} {n}'}\n"
        "expect: [every message sent to Jobs is deleted, function Worker has 1 invocation]\n"
    )

    code = main(["run", str(tmp_path / "scenario.yaml"), "--logs"])

    shown = capsys.readouterr().out
    assert code == 0, shown
    assert "done arn:aws:sqs:us-east-1:123456789012:queue-batch-Jobs-" in shown


@pytest.mark.parametrize("verb", ["run", "check"])
def test_what_has_no_effect_is_pointed_out(verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scenario shows no report of its template; who mistypes a property must not have to think of asking for it."""
    (tmp_path / "t.yaml").write_text(
        "Resources:\n  A: {Type: AWS::SQS::Queue, Properties: {Visible: 90}}\n  B: {Type: AWS::Glue::Job}\n"
    )
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text("template: t.yaml\nworkload: [{send: {queue: A, body: hello}}]\n")

    main([verb, str(scenario)])

    says = f"2 notes on the template: eventsim deploy-report {scenario} shows them\n"
    assert capsys.readouterr().out.endswith(says)


@pytest.mark.parametrize(
    ("own", "says"),
    [
        pytest.param("", "t.yaml:4:29: Work: Runtime.HandlerNotFound: Handler 'run' missing on", id="in the template"),
        pytest.param(
            "functions: {Work: {handler: nowhere.run}}\n",
            "scenario.yaml:2:29: `functions.Work.handler`: Runtime.ImportModuleError",
            id="in the scenario",
        ),
    ],
)
def test_a_wrong_handler_is_told_where_it_is_declared(
    own: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under its logical id: the name that CloudFormation makes stands in no file."""
    (tmp_path / "t.yaml").write_text(
        "Resources:\n"
        "  Work:\n"
        "    Type: AWS::Lambda::Function\n"
        "    Properties: {Code: src, Handler: app.run, Runtime: python3.12, Role: 'arn:aws:iam::123456789012:role/r'}\n"
    )
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("def go(event, context): ...\n")
    (tmp_path / "scenario.yaml").write_text(f"template: t.yaml\n{own}")

    code = main(["check", str(tmp_path / "scenario.yaml")])

    assert code == 2
    assert says in capsys.readouterr().err


def test_a_schedule_that_deletes_itself_can_be_spoken_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A reminder is gone once it has fired, which is what was expected of it."""
    (tmp_path / "t.yaml").write_text(
        "Resources:\n"
        "  Reminders: {Type: AWS::SQS::Queue}\n"
        "  Once:\n"
        "    Type: AWS::Scheduler::Schedule\n"
        "    Properties:\n"
        "      ScheduleExpression: at(2026-01-01T09:00:00)\n"
        "      ActionAfterCompletion: DELETE\n"
        "      FlexibleTimeWindow: {Mode: 'OFF'}\n"
        "      Target: {Arn: !GetAtt Reminders.Arn, RoleArn: 'arn:aws:iam::123456789012:role/r'}\n"
    )
    (tmp_path / "scenario.yaml").write_text("template: t.yaml\nexpect: [schedule Once has 1 delivered]\n")

    code = main(["run", str(tmp_path / "scenario.yaml")])

    assert code == 0, capsys.readouterr().err


def test_a_name_that_no_template_has_is_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the place in the scenario."""
    (tmp_path / "scenario.yaml").write_text(
        f"template: {json.dumps(str(QUEUE_BATCH))}\nworkload:\n- send: {{queue: Job, body: x}}\n"
    )

    code = main(["check", str(tmp_path / "scenario.yaml")])

    assert code == 2
    assert "scenario.yaml:3:" in capsys.readouterr().err


_LOOKS_UP = """
Parameters: {Name: {Type: "AWS::SSM::Parameter::Value<String>", Default: /shop/queue}}
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {QueueName: !Sub "${Name}-{{resolve:secretsmanager:shop:SecretString:word}}"}
"""


def test_a_template_finds_secrets_and_parameters_of_the_scenario(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are there before it is deployed, for a run and for a report."""
    (tmp_path / "template.yaml").write_text(_LOOKS_UP)
    (tmp_path / "scenario.yaml").write_text(
        "template: template.yaml\nparameters: {/shop/queue: {value: orders}}\n"
        "secrets: {shop: {secret_string: {word: mellon}}}\n"
        "expect: [queue orders-mellon has 0 messages, secret shop has 1 read, parameter /shop/queue has 1 read]\n"
    )

    ran = main(["run", str(tmp_path / "scenario.yaml")])
    reported = main(["deploy-report", str(tmp_path / "scenario.yaml")])

    shown = capsys.readouterr().out
    assert (ran, reported) == (0, 0), shown
    assert "has no value" not in shown


_POLLS_ANOTHERS = """
Resources:
  Fn:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.12, Handler: index.handler, Role: r, Code: {ZipFile: "def handler(e, c): pass"}}
  Mapped:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Fn, EventSourceArn: !Sub "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:orders"}
  Late: {Type: AWS::SQS::Queue}
"""


def test_a_template_may_name_queues_of_the_scenario_and_they_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What speaks of nothing in the template is there before it, and the rest after it."""
    (tmp_path / "template.yaml").write_text(_POLLS_ANOTHERS)
    (tmp_path / "scenario.yaml").write_text(
        "template: template.yaml\n"
        "queues:\n"
        "  orders: {dead_letter: {queue: lost, max_receive_count: 2}}\n"
        "  lost:\n"
        "  forwarded: {dead_letter: {queue: Late, max_receive_count: 2}}\n"
        "workload: [{send: {queue: orders, body: {order: 7}}}]\n"
        "expect: [every message sent to orders is deleted, function Fn has 1 invocation]\n"
    )

    ran = main(["run", str(tmp_path / "scenario.yaml")])

    assert ran == 0, capsys.readouterr()


_POLLS = """
Resources:
  Fn:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.12, Handler: index.handler, Role: r, Code: {ZipFile: "def handler(e, c): pass"}}
  Msk:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref Fn
      EventSourceArn: arn:aws:kafka:us-east-1:123456789012:cluster/c/1
      StartingPosition: LATEST
      Topics: [orders]
  Mq:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref Fn
      EventSourceArn: arn:aws:mq:us-east-1:123456789012:broker:b:b-1
      Queues: [q]
      SourceAccessConfigurations: [{Type: VIRTUAL_HOST, URI: /}]
  Things: {Type: AWS::IoT::TopicRule, Properties: {TopicRulePayload: {Sql: "SELECT 1", Actions: []}}}
  Skill:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Fn, Action: "lambda:InvokeFunction", Principal: alexa-appkit.amazon.com}
"""


def test_the_report_says_how_functions_of_unsimulated_sources_are_tried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Clusters and brokers can be declared; of the others a step of the workload hands over what would come."""
    (tmp_path / "template.yaml").write_text(_POLLS)

    main(["deploy-report", str(tmp_path / "template.yaml"), "--json"])

    (stack,) = json.loads(capsys.readouterr().out)["stacks"]
    problems = {line["logical_id"]: line["told"] for line in stack["resources"] if line["level"] == "missing"}
    assert "declare it: `clusters:" in problems["Msk"]
    assert "declare it: `brokers:" in problems["Mq"]
    assert "takes its message" in problems["Things"]
    assert any(note.startswith("Skill: no skill of Alexa invokes a function") for note in stack["notes"])


_BROKERS = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Cluster:
    Type: AWS::MSK::Cluster
    Properties: {ClusterName: shop, KafkaVersion: 3.8.x, NumberOfBrokerNodes: 3, BrokerNodeGroupInfo: {}}
  Broker: {Type: AWS::AmazonMQ::Broker, Properties: {BrokerName: mq, EngineType: RABBITMQ}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "def handler(event, context): print('got', event['eventSource'])"
      Handler: index.handler
      Runtime: python3.12
      Events:
        Msk: {Type: MSK, Properties: {Stream: !Ref Cluster, Topics: [orders], StartingPosition: LATEST}}
        Mq:
          Type: MQ
          Properties:
            Broker: !GetAtt Broker.Arn
            Queues: [jobs]
            SourceAccessConfigurations: [{Type: BASIC_AUTH, URI: "arn:aws:secretsmanager:us-east-1:1:secret:x"}]
"""


def test_a_scenario_declares_what_a_template_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A cluster and a broker of the same name are those of the template."""
    (tmp_path / "template.yaml").write_text(_BROKERS)
    (tmp_path / "scenario.yaml").write_text(
        "template: template.yaml\n"
        "clusters: {shop: {topics: {orders: {}}}}\n"
        "brokers: {mq: {engine: rabbitmq}}\n"
        "workload:\n"
        "  - {produce: {topic: orders, value: x}}\n"
        "  - {send: {broker: mq, queue: jobs, body: x}}\n"
        "expect:\n"
        '  - function Fn logs "got aws:kafka"\n'
        '  - function Fn logs "got aws:rmq"\n'
    )

    ran = main(["run", str(tmp_path / "scenario.yaml")])

    assert ran == 0, capsys.readouterr().out
