import boto3
import pytest


@pytest.mark.eventsim(scenario="renewal.yaml")
def test_whoever_answers_stays(simulation):
    client = boto3.client("lambda", region_name="us-east-1")
    simulation.advance("336 days")
    [execution] = client.list_durable_executions_by_function(FunctionName="membership")["DurableExecutions"]
    history = client.get_durable_execution_history(DurableExecutionArn=execution["DurableExecutionArn"])["Events"]
    [asked] = [event["CallbackStartedDetails"] for event in history if event["EventType"] == "CallbackStarted"]

    client.send_durable_execution_callback_success(CallbackId=asked["CallbackId"], Result=b'"yes"')
    simulation.until_idle()

    assert simulation.numbers("functions", "membership")["executions_succeeded"] == 1
