"""What may be sent: bodies, attributes, sizes, ids, and the digests of them."""

from typing import Any

import pytest

from eventsim import ApiError
from eventsim_sources.queue.content import check_request, checked, plain
from eventsim_sources.queue.digest import attributes_md5, body_md5
from eventsim_sources.queue.message import MessageAttribute
from eventsim_sources.queue.settings import Settings

STANDARD = Settings(message_bytes_max=1024)
FIFO = Settings(is_fifo=True)
FIFO_BY_CONTENT = Settings(is_fifo=True, has_content_deduplication=True)


def entry(body: str = "body", **others: object) -> dict[str, Any]:
    """Return the parameters of a send."""
    return {"MessageBody": body, **others}


def text(value: str, data_type: str = "String") -> dict[str, Any]:
    """Return a message attribute in botocore's shape."""
    return {"DataType": data_type, "StringValue": value}


def refusal(parameters: dict[str, Any], settings: Settings, *, is_in_batch: bool = False) -> tuple[str, str]:
    """Return code and message with which a send is refused."""

    def send() -> None:
        check_request(parameters, settings, is_in_batch=is_in_batch)
        checked(parameters, settings, is_in_batch=is_in_batch)

    with pytest.raises(ApiError) as caught:
        send()
    return caught.value.code, caught.value.message


def test_a_body_of_exactly_the_maximum_is_accepted() -> None:
    """The limit is inclusive, and counts UTF-8 bytes (recorded)."""
    outgoing = checked(entry("é" * 512), STANDARD)

    assert outgoing.size_bytes == 1024


@pytest.mark.parametrize(
    ("is_in_batch", "begin"),
    [(False, "One or more parameters are invalid"), (True, "One or more parameters cannot be validated")],
    ids=["single", "in a batch"],
)
def test_a_body_that_is_too_large_is_refused(is_in_batch: bool, begin: str) -> None:
    """A batch words it differently (recorded)."""
    told = refusal(entry("x" * 1025), STANDARD, is_in_batch=is_in_batch)

    assert told == ("InvalidParameterValue", f"{begin}. Reason: Message must be shorter than 1024 bytes.")


def test_attributes_count_towards_the_size() -> None:
    """Name, type and value of each attribute are added to the body."""
    attributes = {"ab": text("cde"), "f": {"DataType": "Binary", "BinaryValue": b"1234"}}

    outgoing = checked(entry("x", MessageAttributes=attributes), STANDARD)

    assert outgoing.size_bytes == 1 + (2 + 6 + 3) + (1 + 6 + 4)


@pytest.mark.parametrize("body", ["\x01", "a\x00b", "\x0b", "\ufffe", "\uffff", "\ud800"], ids=ascii)
def test_characters_that_xml_does_not_know_are_refused(body: str) -> None:
    """Control characters, surrogates and non-characters are invalid message contents (recorded)."""
    code, _ = refusal(entry(body), STANDARD)

    assert code == "InvalidMessageContents"


@pytest.mark.parametrize("body", ["\t\n\r", " ", "\x7f\x85", "\u2028", "\ue000\ufffd", "\U0001f600"], ids=ascii)
def test_every_other_character_may_be_sent(body: str) -> None:
    """Tabs, line ends, odd spaces, private use and emoji pass."""
    outgoing = plain(body, STANDARD)

    assert outgoing.body == body


@pytest.mark.parametrize("parameters", [{}, entry("")], ids=["missing", "empty"])
def test_a_message_needs_a_body(parameters: dict[str, Any]) -> None:
    """One character is the least (recorded)."""
    told = refusal(parameters, STANDARD)

    assert told == ("MissingParameter", "The request must contain the parameter MessageBody.")


GROUP_MISSING = "The request must contain the parameter MessageGroupId."
ID_MISSING = (
    "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
)
BAD_TOKEN = "can only include alphanumeric and punctuation characters. 1 to 128 in length."
NOT_FOR_TYPE = "The request includes a parameter that is not valid for this queue type."


@pytest.mark.parametrize(
    ("parameters", "settings", "is_in_batch", "expected"),
    [
        pytest.param(entry(), FIFO, False, ("MissingParameter", GROUP_MISSING), id="no group"),
        pytest.param(entry(), FIFO, True, ("InvalidParameterValue", GROUP_MISSING), id="no group in a batch"),
        pytest.param(
            entry(MessageGroupId="g"), FIFO, False, ("InvalidParameterValue", ID_MISSING), id="no deduplication id"
        ),
        pytest.param(
            entry(MessageGroupId="a b"),
            STANDARD,
            False,
            (
                "InvalidParameterValue",
                f"Value a b for parameter MessageGroupId is invalid. Reason: MessageGroupId {BAD_TOKEN}",
            ),
            id="space in group",
        ),
        pytest.param(
            entry(MessageGroupId="g", MessageDeduplicationId="x" * 129),
            FIFO,
            False,
            (
                "InvalidParameterValue",
                f"Value {'x' * 129} for parameter MessageDeduplicationId is invalid. "
                f"Reason: MessageDeduplicationId {BAD_TOKEN}",
            ),
            id="long deduplication id",
        ),
        pytest.param(
            entry(MessageDeduplicationId="d"),
            STANDARD,
            False,
            (
                "InvalidParameterValue",
                f"Value d for parameter MessageDeduplicationId is invalid. Reason: {NOT_FOR_TYPE}",
            ),
            id="deduplication id on a standard queue",
        ),
        pytest.param(
            entry(MessageGroupId="g", DelaySeconds=2),
            FIFO_BY_CONTENT,
            False,
            (
                "InvalidParameterValue",
                "Value 2 for parameter DelaySeconds is invalid. "
                "Reason: The request include parameter that is not valid for this queue type.",
            ),
            id="delay on a FIFO queue",
        ),
    ],
)
def test_parameters_must_suit_the_type_of_queue(
    parameters: dict[str, Any], settings: Settings, is_in_batch: bool, expected: tuple[str, str]
) -> None:
    """Groups, deduplication ids and delays are refused in AWS's words."""
    told = refusal(parameters, settings, is_in_batch=is_in_batch)

    assert told == expected


def test_a_group_is_accepted_on_a_standard_queue() -> None:
    """Fair queues: it is stored and returned (recorded)."""
    outgoing = checked(entry(MessageGroupId="tenant-1"), STANDARD)

    assert outgoing.extras.group_id == "tenant-1"


@pytest.mark.parametrize(
    ("settings", "delay_s", "expected_us"),
    [(STANDARD, 0, 0), (STANDARD, None, None), (STANDARD, 5, 5_000_000), (FIFO_BY_CONTENT, 0, None)],
    ids=["zero", "none", "five seconds", "zero on FIFO"],
)
def test_a_delay_of_zero_is_not_no_delay(settings: Settings, delay_s: int | None, expected_us: int | None) -> None:
    """On a standard queue zero overrides the queue's delay, on FIFO it means the queue's delay (recorded)."""
    outgoing = checked(entry(DelaySeconds=delay_s, MessageGroupId="g"), settings)

    assert outgoing.delay_us == expected_us


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("n" * 257, text("v"), "Message (user) attribute names must be shorter than 256 Bytes"),
        (".n", text("v"), "You can't use message attribute names beginning with"),
        ("n.", text("v"), "You can't use message attribute names beginning with"),
        ("n..m", text("v"), "You can't use message attribute names beginning with"),
        ("aws.trace", text("v"), "You can't use message attribute names beginning with"),
        ("Amazon.x", text("v"), "You can't use message attribute names beginning with"),
        ("", text("v"), "The name of a message (user) attribute must not be empty."),
        ("a b", text("v"), "The message attribute name 'a b' is invalid. Attribute name can contain A-Z, a-z, 0-9,"),
        ("n", text("v", "Text"), "The type of message (user) attribute 'n' is invalid."),
        ("n", text(""), "Message (user) attribute 'n' must contain a non-empty value of type 'String'."),
        ("n", text("one", "Number"), "Can't cast the value of message (user) attribute 'n' to a number."),
    ],
    ids=[
        "long",
        "leading dot",
        "trailing dot",
        "two dots",
        "AWS",
        "Amazon",
        "no name",
        "blank",
        "type",
        "empty",
        "no number",
    ],
)
def test_bad_message_attributes_are_refused(name: str, value: dict[str, Any], expected: str) -> None:
    """Names and types have rules, and no value is empty."""
    code, message = refusal(entry(MessageAttributes={name: value}), STANDARD)

    assert code == "InvalidParameterValue"
    assert message.startswith(expected)


@pytest.mark.parametrize("name", ["n", "a.b-c_d", "Zürich", "awsome", "x" * 256], ids=ascii)
def test_good_message_attributes_pass(name: str) -> None:
    """Letters, digits, dots inside, hyphens and underscores; accented letters too (recorded)."""
    outgoing = checked(entry(MessageAttributes={name: text("v", "String.label")}), STANDARD)

    assert outgoing.extras.attributes[name].string_value == "v"


def test_the_trace_header_is_a_system_attribute() -> None:
    """AWSTraceHeader is the only one that may be sent, and does not count towards the size."""
    header = text("Root=1-5759e988-bd862e3fe1be46a994272793")

    outgoing = checked(entry(MessageSystemAttributes={"AWSTraceHeader": header}), STANDARD)

    assert outgoing.extras.trace_header == "Root=1-5759e988-bd862e3fe1be46a994272793"
    assert outgoing.size_bytes == len("body")


def test_a_request_lends_its_trace_header_to_a_message_without_one() -> None:
    """One that was sent explicitly stays (recorded)."""
    explicit = entry(MessageSystemAttributes={"AWSTraceHeader": text("Root=1-explicit")})

    lent = checked(entry(), STANDARD, trace_header="Root=1-of-the-request").extras.trace_header
    kept = checked(explicit, STANDARD, trace_header="Root=1-of-the-request").extras.trace_header

    assert (lent, kept) == ("Root=1-of-the-request", "Root=1-explicit")


VECTORS = {
    "235c5c510d26fb653d073faed50ae77c": {"timestamp": ("Number", "1493147359900")},
    "fca026605781cb4126a1e9044df24232": {"Hello": ("String", "There"), "General": ("String", "Kenobi")},
    "4c360f3fdafd970e05fae2f149d997f5": {
        "Hello": ("String", "There"),
        "General": ("String", "Kenobi"),
        "Help.Me": ("String", "Me"),
    },
    "a311262e065454b75da111d535b8dacd": {"Hello": ("String", "There")},
    "d25a6aea97eb8f585bfa92d314504a92": {
        "WeeksOn": ("Number", "6"),
        "Author": ("String", "John Grisham"),
        "Title": ("String", "The Whistler"),
    },
}


@pytest.mark.parametrize("digest", VECTORS)
def test_the_digest_of_attributes_is_as_recorded(digest: str) -> None:
    """Names in byte order, lengths in four bytes, a byte for the kind of value (recorded vectors)."""
    attributes = {
        name: MessageAttribute(data_type=data_type, string_value=value)
        for name, (data_type, value) in VECTORS[digest].items()
    }

    assert attributes_md5(attributes) == digest


def test_the_digest_of_a_body_is_of_its_utf8_bytes() -> None:
    """The MD5 that senders compare."""
    assert body_md5("message-body-1") == "19c9e282d65f9733bc6b35d50062c7ee"
