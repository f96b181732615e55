"""How are traces put together, listed and read?"""

from datetime import timedelta
from typing import Any

import pytest

from eventsim import ApiError, NotSimulated
from tests.sources.xray.conftest import START, Client, segment, subsegment, trace_id


def test_a_segment_is_given_back_as_it_was_put(xray: Client) -> None:
    """As the text of a document."""
    answer = xray.put(segment("a", metadata={"debug": {"x": 1}}))

    assert answer == {"UnprocessedTraceSegments": []}
    assert xray.segments() == [segment("a", metadata={"debug": {"x": 1}})]


def test_unfit_segments_are_told_and_the_others_taken(xray: Client) -> None:
    """Each with its id, if it has one."""
    answer = xray.put(segment("a"), segment("b", name="*"), {})

    assert answer["UnprocessedTraceSegments"] == [
        {"Id": "b".rjust(16, "0"), "ErrorCode": "InvalidName", "Message": "Invalid segment. ErrorCode: InvalidName"},
        {"ErrorCode": "MissingTraceId", "Message": "Invalid segment. ErrorCode: MissingTraceId"},
    ]
    assert len(xray.segments()) == 1


def test_nothing_among_segments_is_told(xray: Client) -> None:
    """JSON may have null in a list of texts."""
    (unfit,) = xray("PutTraceSegments", TraceSegmentDocuments=[None])["UnprocessedTraceSegments"]

    assert unfit["ErrorCode"] == "ParseError"


def test_an_origin_that_is_no_text_does_no_harm(xray: Client) -> None:
    """Documents are users' own."""
    xray.put(segment("a", origin=5))

    assert "shop 5" in xray.graph()
    assert xray.summaries()[0]["ServiceIds"][0]["Type"] == "5"


def test_subsegments_that_came_alone_go_where_they_belong(xray: Client) -> None:
    """In whatever order they come; what nobody knows the parent of stays for itself."""
    xray.put(
        segment("c", "inner", type="subsegment", parent_id="b"),
        segment("d", "lost", begin=0.5, type="subsegment", parent_id="e"),
        segment("b", "outer", type="subsegment", parent_id="a"),
        segment("a"),
    )

    whole, lost = xray.segments()
    (outer,) = whole["subsegments"]
    (inner,) = outer["subsegments"]
    assert [each["name"] for each in (outer, inner, lost)] == ["outer", "inner", "lost"]
    assert "type" not in inner


def test_subsegments_that_hang_on_each_other_do_no_harm(xray: Client) -> None:
    """Documents are users' own."""
    xray.put(segment("a", type="subsegment", parent_id="b"), segment("b", type="subsegment", parent_id="a"))

    (one,) = xray.segments()
    assert len(one["subsegments"]) == 1


CALL = {"namespace": "aws", "aws": {"operation": "PutItem", "table_name": "orders"}, "fault": True}


def test_a_call_to_who_tells_nothing_is_an_inferred_segment(xray: Client) -> None:
    """A table never writes one (documented); a function that was called does."""
    xray.put(
        segment("a", subsegments=[subsegment("b", "dynamodb", **CALL), subsegment("c", "lambda", namespace="aws")]),
        segment("d", "pay", parent_id="c", origin="AWS::Lambda"),
    )

    inferred = [each for each in xray.segments() if each.get("inferred")]
    assert [(each["name"], each["origin"], each["parent_id"], each["fault"]) for each in inferred] == [
        ("orders", "AWS::DynamoDB::Table", "b".rjust(16, "0"), True)
    ]


def test_a_remote_call_is_inferred_by_its_name(xray: Client) -> None:
    """A web site somewhere."""
    xray.put(segment("a", subsegments=[subsegment("b", "example.com", namespace="remote")]))

    assert [(each["name"], each["origin"]) for each in xray.segments()[1:]] == [("example.com", "remote")]


def test_ids_of_no_trace_are_given_back(xray: Client) -> None:
    """As unprocessed."""
    answer = xray("BatchGetTraces", TraceIds=[trace_id(9)])

    assert answer == {"Traces": [], "UnprocessedTraceIds": [trace_id(9)]}


# --- lists -------------------------------------------------------------------------------------------------


def test_a_summary_tells_of_the_whole_trace(xray: Client) -> None:
    """The root answers for the request; all segments give their annotations, users and resources."""
    request = {"url": "https://shop/buy", "method": "POST", "client_ip": "1.2.3.4", "user_agent": "curl"}
    xray.put(
        segment("a", user="ada", http={"request": request, "response": {"status": 201}}, error=True),
        segment(
            "b",
            "pay",
            begin=0.5,
            end=3,
            parent_id="a",
            origin="AWS::Lambda",
            resource_arn="arn:pay",
            throttle=True,
            annotations={"vip": True, "n": 2, "who": "ada", "odd": [1]},
        ),
    )

    (summary,) = xray.summaries()
    assert (summary["Duration"], summary["ResponseTime"], summary["StartTime"]) == (3, 1, START)
    assert [summary[flag] for flag in ("HasFault", "HasError", "HasThrottle", "IsPartial")] == [
        False,
        True,
        True,
        False,
    ]
    assert summary["Http"] == {
        "HttpURL": "https://shop/buy",
        "HttpMethod": "POST",
        "ClientIp": "1.2.3.4",
        "UserAgent": "curl",
        "HttpStatus": 201,
    }
    pay = {"Name": "pay", "Names": ["pay"], "AccountId": "123456789012", "Type": "AWS::Lambda"}
    assert summary["Annotations"] == {
        "vip": [{"AnnotationValue": {"BooleanValue": True}, "ServiceIds": [pay]}],
        "n": [{"AnnotationValue": {"NumberValue": 2.0}, "ServiceIds": [pay]}],
        "who": [{"AnnotationValue": {"StringValue": "ada"}, "ServiceIds": [pay]}],
    }
    assert summary["Users"] == [{"UserName": "ada", "ServiceIds": [{"Name": "shop", "Names": ["shop"]}]}]
    assert (summary["EntryPoint"]["Name"], summary["ResourceARNs"]) == ("shop", [{"ARN": "arn:pay"}])


def test_a_segment_in_progress_makes_a_trace_partial(xray: Client) -> None:
    """Until it is done (documented)."""
    begun = segment("a", in_progress=True)
    del begun["end_time"]
    xray.put(begun)
    before = xray.summaries()[0]["IsPartial"]

    xray.put(segment("a"))

    assert (before, xray.summaries()[0]["IsPartial"]) == (True, False)


def test_the_most_recent_traces_come_first_page_by_page(xray: Client) -> None:
    """Closest to the end of the time frame (documented)."""
    for number in range(101):
        xray.put(segment("a", begin=number, end=number + 1, trace=number))
    span = {"StartTime": START, "EndTime": START + timedelta(hours=1)}

    first = xray("GetTraceSummaries", **span)
    second = xray("GetTraceSummaries", **span, NextToken=first["NextToken"])

    assert [each["Id"] for each in first["TraceSummaries"][:2]] == [trace_id(100), trace_id(99)]
    assert (first["TracesProcessedCount"], first["ApproximateTime"]) == (101, START + timedelta(seconds=1))
    assert [each["Id"] for each in second["TraceSummaries"]] == [trace_id(0)]
    assert "NextToken" not in second


SPANS = {"TraceId": (0, 10), "Service": (90, 110), "Event": (3_600, 3_700)}


@pytest.mark.parametrize(("kind", "span"), SPANS.items(), ids=SPANS)
def test_a_time_range_means_one_of_three_times(xray: Client, kind: str, span: tuple[int, int]) -> None:
    """When a trace began, when a segment of it ended, and when X-Ray was told last (documented)."""
    xray.simulation.advance("1 hour")
    xray.put(segment("a", begin=5, end=100))

    def found(begin: int, end: int) -> int:
        between = {"StartTime": START + timedelta(seconds=begin), "EndTime": START + timedelta(seconds=end)}
        return len(xray.summaries(TimeRangeType=kind, **between))

    assert [kind for kind, (begin, end) in SPANS.items() if found(begin, end)] == [kind]


UNFIT: dict[str, dict[str, Any]] = {
    "backwards": {"StartTime": START, "EndTime": START - timedelta(seconds=1)},
    "too long": {"StartTime": START, "EndTime": START + timedelta(hours=25)},
    "no token of ours": {"StartTime": START, "EndTime": START, "NextToken": "x"},
}


@pytest.mark.parametrize("parameters", UNFIT.values(), ids=UNFIT)
def test_a_list_that_makes_no_sense_is_refused(xray: Client, parameters: dict[str, Any]) -> None:
    """The words are unconfirmed."""
    with pytest.raises(ApiError, match="InvalidRequestException"):
        xray("GetTraceSummaries", **parameters)


def test_a_function_that_is_traced_can_be_looked_at(xray: Client) -> None:
    """Lambda has told of it."""
    xray.simulation.add_function("f", handler=lambda _, __: None, tracing="Active")

    xray.simulation.invoke("f")

    (summary,) = xray.summaries('service(id(name: "f", type: "AWS::Lambda::Function")) AND ok')
    assert summary["EntryPoint"]["Type"] == "AWS::Lambda"


@pytest.mark.parametrize("operation", ["GetInsightSummaries", "GetTraceSegmentDestination", "GetIndexingRules"])
def test_what_is_left_out_is_refused_by_name(xray: Client, operation: str) -> None:
    """Nothing is answered by guesswork."""
    parameters = {"StartTime": START, "EndTime": START} if operation == "GetInsightSummaries" else {}

    with pytest.raises(NotSimulated, match=operation):
        xray(operation, **parameters)


def test_daemons_may_tell_of_themselves(xray: Client) -> None:
    """Nobody reads it, and the run's trace says so."""
    xray("PutTelemetryRecords", TelemetryRecords=[{"Timestamp": START, "SegmentsSentCount": 1}])

    assert xray.simulation.trace.count("accepted without effect") == 1


def test_traces_are_encrypted_by_aws(xray: Client) -> None:
    """As long as nobody gives a key, which is kept."""
    assert xray("GetEncryptionConfig") == {"EncryptionConfig": {"Status": "ACTIVE", "Type": "NONE"}}
    xray("PutEncryptionConfig", Type="KMS", KeyId="alias/mine")
    assert xray("GetEncryptionConfig")["EncryptionConfig"] == {"KeyId": "alias/mine", "Status": "ACTIVE", "Type": "KMS"}
    with pytest.raises(ApiError, match="InvalidRequestException"):
        xray("PutEncryptionConfig", Type="KMS")
