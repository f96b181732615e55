"""An asynchronous event that fails, and whom that is told to."""

import json

from eventsim import SyncSimulation

ARN = "arn:aws:lambda:us-east-1:123456789012:function:book"


def book(event, context):
    print(f"{context.get_remaining_time_in_millis()} ms left")
    raise ConnectionError("the partner does not answer")


def test_a_booking_is_tried_three_times_and_told_of():
    with SyncSimulation(seed=1) as simulation:
        for name in ("failed", "dead-letters"):
            simulation.add_source("queues", name)
        simulation.add_function("book", handler=book, timeout="5 s", on_failure="failed", dead_letter="dead-letters")

        event = json.dumps({"customer": "Ada"}).encode()
        simulation.request("lambda", "Invoke", {"FunctionName": "book", "InvocationType": "Event", "Payload": event})
        simulation.advance("1 minute")
        assert simulation.numbers("functions", "book")["errors"] == 1  # the first retry comes a minute after it

        simulation.until_idle()
        assert simulation.numbers("functions", "book")["errors"] == 3
        assert 180 < simulation.now_s < 181  # the second retry comes two minutes after the first

        [letter] = simulation.request("sqs", "ReceiveMessage", {"QueueUrl": "dead-letters"})["Messages"]
        assert json.loads(letter["Body"]) == {"customer": "Ada"}  # a dead letter is the event itself

        [told] = simulation.request("sqs", "ReceiveMessage", {"QueueUrl": "failed"})["Messages"]
        record = json.loads(told["Body"])
        assert record["requestContext"]["functionArn"] == f"{ARN}:$LATEST"
        assert record["requestContext"]["condition"] == "RetriesExhausted"
        assert record["requestContext"]["approximateInvokeCount"] == 3
        assert record["responsePayload"]["errorType"] == "ConnectionError"
