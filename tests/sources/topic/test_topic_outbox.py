"""What leaves the simulated world? Web hooks, mail, text messages and push notifications, as the outbox keeps them."""

import asyncio
import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from eventsim import HttpRequest, HttpResponse, SyncSimulation, World
from eventsim.registry import Registry
from eventsim_sources.topic.api import operations
from eventsim_sources.topic.outbox import Outbox, Sent
from eventsim_sources.topic.section import TopicKind
from tests.sdk import refusal
from tests.sources.topic.conftest import Place, queue_arn

HOOK = "http://shop.example/hook"


def outbox(place: Place) -> list[Sent]:
    """Return what topic `t` sent out."""
    sent: list[Sent] = place.simulation.sources("topics")["t"].outbox  # type: ignore[attr-defined]
    return sent


def hooked(place: Place, arn: str, url: str = HOOK, **attributes: str) -> str:
    """Subscribe a web hook and confirm it."""
    subscription = place.subscribe(arn, url, "http", **attributes)
    place.sns.confirm_subscription(TopicArn=arn, Token=outbox(place)[-1].token)
    return subscription


def test_a_web_hook_is_asked_first(place: Place) -> None:
    """Body and headers of the confirmation are recorded."""
    arn = place.topic()

    place.subscribe(arn, HOOK, "http")

    (sent,) = outbox(place)
    body = json.loads(sent.body)
    assert list(body) == [
        *("Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp", "SignatureVersion"),
        *("Signature", "SigningCertURL"),
    ]
    assert body["Message"] == (
        f"You have chosen to subscribe to the topic {arn}.\nTo confirm the subscription, visit the SubscribeURL "
        "included in this message."
    )
    assert body["SubscribeURL"] == (
        f"https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={arn}&Token={sent.token}"
    )
    assert dict(sent.headers) == {
        "x-amz-sns-message-type": "SubscriptionConfirmation",
        "x-amz-sns-message-id": body["MessageId"],
        "x-amz-sns-topic-arn": arn,
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
        "Accept-Encoding": "gzip,deflate",
    }


def test_a_web_hook_gets_notifications(place: Place) -> None:
    """The content type can be set; raw ones say so in a header (recorded)."""
    arn = place.topic()
    policy = json.dumps({"requestPolicy": {"headerContentType": "application/json"}})
    subscription = hooked(place, arn, DeliveryPolicy=policy)
    hooked(place, arn, f"{HOOK}/raw", RawMessageDelivery="true")

    place.publish(arn)

    wrapped, raw = outbox(place)[-2:]
    assert json.loads(wrapped.body)["Message"] == "hello"
    assert dict(wrapped.headers)["x-amz-sns-subscription-arn"] == subscription
    assert dict(wrapped.headers)["Content-Type"] == "application/json"
    assert raw.body == "hello"
    assert dict(raw.headers)["x-amz-sns-rawdelivery"] == "true"


def test_python_can_stand_for_a_web_hook(place: Place) -> None:
    """What answers 5xx is tried three times more, 20 s apart; then the message is a dead letter."""
    arn = place.topic()
    redrive = json.dumps({"deadLetterTargetArn": place.queue("dead")})
    hooked(place, arn, RedrivePolicy=redrive)
    asked: list[float] = []

    def answer(sent: Sent) -> int:
        asked.append(place.simulation.now_s)
        return 500

    place.simulation.share(Outbox).answer(HOOK, answer)
    place.publish(arn)
    place.simulation.until_idle()

    gaps_s = [later - earlier for earlier, later in itertools.pairwise(asked)]
    assert len(asked) == 4
    assert all(18 <= gap_s <= 22 for gap_s in gaps_s)
    assert len(place.bodies("dead")) == 1


def test_a_web_hook_that_refuses_is_not_asked_again(place: Place) -> None:
    """4xx is for good, but for 429 (documented)."""
    arn = place.topic()
    hooked(place, arn)
    answers = [404, 429, 200]
    place.simulation.share(Outbox).answer(HOOK, lambda _: answers.pop(0))

    place.publish(arn)
    place.publish(arn)
    place.simulation.until_idle()

    summary = place.simulation.sources("topics")["t"].summary()
    assert (answers, summary["failed"], summary["delivered"]) == ([], 1, 1)


class Shop:
    """A front door that keeps what it is asked, and answers after a while."""

    def __init__(self, world: World, delays_s: Sequence[float]) -> None:
        self.world = world
        self._delays_s = iter(delays_s)
        self.asked: list[HttpRequest] = []

    def addresses(self) -> Mapping[str, str]:
        """Return no addresses."""
        return {}

    def answers(self, request: HttpRequest) -> bool:
        """Tell whether the request is for the shop."""
        return request.headers.get("host") == "shop.example"

    async def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer after its next delay."""
        self.asked.append(request)
        await asyncio.sleep(next(self._delays_s))
        return HttpResponse(status=200, headers=(), body=b"")


def with_shop(*delays_s: float) -> tuple[Registry, list[Shop]]:
    """Return a registry with a shop, and where the shop will be once it is made."""
    doors: list[Shop] = []

    def make(world: World) -> Shop:
        doors.append(Shop(world, delays_s))
        return doors[-1]

    return Registry({"topics": TopicKind}, {"sns": lambda: operations}, {"shop": lambda: make}), doors


def test_a_web_hook_may_be_an_api_of_the_same_world() -> None:
    """It is asked for real, and may take its time; the outbox has a copy."""
    registry, doors = with_shop(2)
    with SyncSimulation(seed=1, registry=registry) as simulation:
        simulation.add_source("topics", "t", subscriptions=[{"http": HOOK}])
        simulation.call("sns", "Publish", {"TopicArn": "arn:aws:sns:us-east-1:123456789012:t", "Message": "hello"})
        simulation.until_idle()

        ((request,),) = (door.asked for door in doors)
        assert (request.method, request.path, json.loads(request.body)["Message"]) == ("POST", "/hook", "hello")
        assert request.headers.get("x-amz-sns-message-type") == "Notification"
        (delivered,) = simulation.trace.entries(["message delivered"])
        assert delivered.at_us == 2_000_000
    simulation.trace.close()


def test_a_web_hook_that_takes_too_long_is_asked_again() -> None:
    """It has 15 seconds; about 20 s later comes the next attempt."""
    registry, doors = with_shop(16, 1)
    with SyncSimulation(seed=1, registry=registry) as simulation:
        simulation.add_source("topics", "t", subscriptions=[{"http": HOOK}])
        simulation.call("sns", "Publish", {"TopicArn": "arn:aws:sns:us-east-1:123456789012:t", "Message": "hello"})
        simulation.until_idle()

        assert len(doors[0].asked) == 2
        (failed,) = simulation.trace.entries(["message delivery failed"])
        assert (failed.at_us, failed.detail["reason"]) == (15_000_000, "no answer within 15 s")
    simulation.trace.close()


def test_a_web_hook_may_be_spared(place: Place) -> None:
    """`maxReceivesPerSecond` spreads deliveries (documented)."""
    arn = place.topic()
    hooked(place, arn, DeliveryPolicy=json.dumps({"throttlePolicy": {"maxReceivesPerSecond": 2}}))

    for _ in range(4):
        place.publish(arn)
    place.simulation.until_idle()

    assert place.simulation.now_s == 1.5
    assert len(outbox(place)) == 5


def test_mail_is_text_or_json(place: Place) -> None:
    """`email` has the message alone, `email-json` the notification."""
    arn = place.topic()
    for protocol in ("email", "email-json"):
        place.subscribe(arn, "a@example.com", protocol)
        place.sns.confirm_subscription(TopicArn=arn, Token=outbox(place)[-1].token)

    place.publish(arn, Subject="News")

    text, wrapped = outbox(place)[-2:]
    assert (text.subject, text.body, text.timestamp) == ("News", "hello", "2026-01-01T00:00:00.000Z")
    assert json.loads(wrapped.body)["Subject"] == "News"


def test_mail_as_json_is_asked_as_json(place: Place) -> None:
    """`email-json` has the document, `email` a sentence."""
    arn = place.topic()

    for protocol in ("email", "email-json"):
        place.subscribe(arn, "a@example.com", protocol)

    text, wrapped = outbox(place)
    assert text.body.startswith("You have chosen to subscribe to the topic:")
    assert json.loads(wrapped.body)["Type"] == "SubscriptionConfirmation"


def test_a_text_message_goes_to_subscribers_and_to_numbers(place: Place) -> None:
    """Numbers confirm nothing (recorded)."""
    arn = place.topic()
    place.subscribe(arn, "+15550100", "sms")

    place.publish(arn, "to the topic")
    place.sns.publish(PhoneNumber="+15550101", Message="to a number")

    sent = place.simulation.share(Outbox).entries
    assert [(each.protocol, each.endpoint, each.body) for each in sent] == [
        ("sms", "+15550100", "to the topic"),
        ("sms", "+15550101", "to a number"),
    ]
    told = refusal(place.sns.publish, PhoneNumber="12x", Message="m")
    assert told[1] == "Invalid parameter: PhoneNumber Reason: 12x is not valid to publish to"


def application(place: Place) -> str:
    """Make a platform application and return its ARN."""
    given = {"Name": "shop", "Platform": "GCM", "Attributes": {"PlatformCredential": "secret"}}
    arn: str = place.sns.create_platform_application(**given)["PlatformApplicationArn"]
    return arn


def test_a_device_gets_push_notifications(place: Place) -> None:
    """By its own ARN or through a topic; each platform has its own text."""
    arn = place.topic()
    app = application(place)
    device = place.sns.create_platform_endpoint(PlatformApplicationArn=app, Token="token")["EndpointArn"]
    place.subscribe(arn, device, "application")
    texts = json.dumps({"default": "hello", "GCM": '{"notification": {}}'})

    place.publish(arn, texts, MessageStructure="json")
    place.sns.publish(TargetArn=device, Message="direct")
    place.sns.set_endpoint_attributes(EndpointArn=device, Attributes={"Enabled": "False"})
    disabled = refusal(place.sns.publish, TargetArn=device, Message="m")
    place.sns.delete_endpoint(EndpointArn=device)
    unknown = refusal(place.sns.publish, TargetArn=device, Message="m")

    assert app == "arn:aws:sns:us-east-1:123456789012:app/GCM/shop"
    assert device.startswith("arn:aws:sns:us-east-1:123456789012:endpoint/GCM/shop/")
    assert [each.body for each in place.simulation.share(Outbox).entries] == ['{"notification": {}}', "direct"]
    assert disabled == ("EndpointDisabled", "Endpoint is disabled")
    assert unknown[1] == "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified"


def test_a_message_for_one_device_needs_no_other_text(place: Place) -> None:
    """Its platform's will do, or a default; one of them is wanted."""
    device = place.sns.create_platform_endpoint(PlatformApplicationArn=application(place), Token="token")["EndpointArn"]
    given = {"TargetArn": device, "MessageStructure": "json"}

    place.sns.publish(**given, Message='{"GCM": "for the device"}')
    place.sns.publish(**given, Message='{"default": "for everybody"}')
    told = refusal(place.sns.publish, **given, Message='{"APNS": "for another"}')

    sent = [each.body for each in place.simulation.share(Outbox).entries]
    assert sent == ["for the device", "for everybody"]
    assert told == ("InvalidParameter", "Invalid parameter: JSON must contain an entry for 'default' or 'GCM'.")


def test_a_device_is_made_once(place: Place) -> None:
    """The same token with the same attributes gives the same ARN (recorded)."""
    app = application(place)
    given: dict[str, Any] = {"PlatformApplicationArn": app, "Token": "token", "CustomUserData": "me"}

    first = place.sns.create_platform_endpoint(**given)["EndpointArn"]
    again = place.sns.create_platform_endpoint(**given)["EndpointArn"]
    other = refusal(place.sns.create_platform_endpoint, **{**given, "CustomUserData": "you"})
    long = refusal(place.sns.create_platform_endpoint, **{**given, "Token": "u", "CustomUserData": "x" * 2_049})

    assert first == again
    assert other[1] == (
        f"Invalid parameter: Token Reason: Endpoint {first} already exists with the same Token, but different "
        "attributes."
    )
    assert long[0] == "InvalidParameter"
    assert place.sns.get_endpoint_attributes(EndpointArn=first)["Attributes"] == {
        "Enabled": "true",
        "Token": "token",
        "CustomUserData": "me",
    }
    assert len(place.sns.list_endpoints_by_platform_application(PlatformApplicationArn=app)["Endpoints"]) == 1


def test_an_application_keeps_its_secrets(place: Place) -> None:
    """Credentials are taken and never told."""
    app = application(place)

    place.sns.set_platform_application_attributes(PlatformApplicationArn=app, Attributes={"EventEndpointCreated": "x"})
    attributes = place.sns.get_platform_application_attributes(PlatformApplicationArn=app)["Attributes"]
    listed = place.sns.list_platform_applications()["PlatformApplications"]
    place.sns.delete_platform_application(PlatformApplicationArn=app)

    assert attributes == {"Enabled": "true", "EventEndpointCreated": "x"}
    assert listed == [{"PlatformApplicationArn": app, "Attributes": attributes}]
    assert [detail["parameter"] for detail in place.details("accepted without effect")] == ["EventEndpointCreated"]
    told = refusal(place.sns.get_platform_application_attributes, PlatformApplicationArn=app)
    assert told[0] == "NotFound"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"Name": "my shop"},
            "my shop Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'",
        ),
        ({"Name": "x" * 257}, f"{'x' * 257} Reason: must be at most 256 characters long"),
        ({"Name": ""}, " Reason: cannot be empty"),
        ({"Platform": "PAGER"}, "Platform Reason: PAGER is not supported"),
        ({"Attributes": {"Colour": "red"}}, "Attributes Reason: Invalid attribute name: Colour"),
        (
            {"Attributes": {"Enabled": "maybe"}},
            "Attributes Reason: Invalid value for attribute: Enabled: must be 'true' or 'false'",
        ),
    ],
    ids=["characters", "long", "empty", "platform", "attribute", "enabled"],
)
def test_an_application_must_make_sense(place: Place, parameters: dict[str, Any], message: str) -> None:
    """Its name, its platform and its attributes."""
    given = {"Name": "shop", "Platform": "GCM", "Attributes": {"PlatformCredential": "secret"}, **parameters}

    told = refusal(place.sns.create_platform_application, **given)

    assert told == ("InvalidParameter", f"Invalid parameter: {message}")


@pytest.mark.parametrize(
    ("platform", "token", "message"),
    [
        ("GCM", "", "Token Reason: cannot be empty"),
        ("APNS", "token", "Token Reason: iOS device tokens must be no more than 400 hexadecimal characters"),
        ("APNS_SANDBOX", "a" * 401, "Token Reason: iOS device tokens must be no more than 400 hexadecimal characters"),
    ],
    ids=["empty", "no hexadecimal", "long"],
)
def test_a_device_has_a_token_of_its_platform(place: Place, platform: str, token: str, message: str) -> None:
    """Apple's are hexadecimal, when a device is made and when it gets another one."""
    given = {"Name": "shop", "Platform": platform, "Attributes": {"PlatformCredential": "secret"}}
    app = place.sns.create_platform_application(**given)["PlatformApplicationArn"]
    device = place.sns.create_platform_endpoint(PlatformApplicationArn=app, Token="c0ffee")["EndpointArn"]

    made = refusal(place.sns.create_platform_endpoint, PlatformApplicationArn=app, Token=token)
    changed = refusal(place.sns.set_endpoint_attributes, EndpointArn=device, Attributes={"Token": token})

    assert made == changed == ("InvalidParameter", f"Invalid parameter: {message}")


def test_an_application_and_a_device_are_named_by_arns(place: Place) -> None:
    """What is none is told apart from what is not there; deleting what is not there is no error."""
    malformed = "Reason: An ARN must have at least 6 elements, not 1"
    app, device = "arn:aws:sns:us-east-1:123456789012:app/GCM/x", "arn:aws:sns:us-east-1:123456789012:endpoint/GCM/x/y"

    told = refusal(place.sns.delete_platform_application, PlatformApplicationArn="x")
    assert told == ("InvalidParameter", f"Invalid parameter: PlatformApplicationArn {malformed}")
    told = refusal(place.sns.get_endpoint_attributes, EndpointArn="x")
    assert told == ("InvalidParameter", f"Invalid parameter: EndpointArn {malformed}")
    place.sns.delete_platform_application(PlatformApplicationArn=app)
    place.sns.delete_endpoint(EndpointArn=device)


def test_settings_of_text_messages_are_kept(place: Place) -> None:
    """One spends at most a dollar unless somebody says otherwise."""
    place.sns.set_sms_attributes(attributes={"DefaultSMSType": "Transactional", "DefaultSenderID": "shop"})

    attributes = place.sns.get_sms_attributes()["attributes"]
    one = place.sns.get_sms_attributes(attributes=["DefaultSenderID"])["attributes"]
    told = refusal(place.sns.set_sms_attributes, attributes={"DefaultSMSType": "Loud"})

    assert attributes == {"MonthlySpendLimit": "1", "DefaultSMSType": "Transactional", "DefaultSenderID": "shop"}
    assert one == {"DefaultSenderID": "shop"}
    assert told[1] == "Invalid parameter: DefaultSMSType is invalid"


def test_settings_of_text_messages_go_back_to_their_defaults(place: Place) -> None:
    """Infrastructure tools set everything to nothing in the end."""
    place.sns.set_sms_attributes(attributes={"DefaultSMSType": "Transactional", "MonthlySpendLimit": "5"})

    place.sns.set_sms_attributes(attributes={"DefaultSMSType": "", "MonthlySpendLimit": "", "DefaultSenderID": ""})

    assert place.sns.get_sms_attributes()["attributes"] == {"MonthlySpendLimit": "1"}


def test_nobody_is_opted_out(place: Place) -> None:
    """Unless a test says so, and then they may opt in again."""
    from eventsim_sources.topic.phones import Phones

    before = place.sns.check_if_phone_number_is_opted_out(phoneNumber="+15550100")["isOptedOut"]
    place.simulation.share(Phones).opted_out["+15550100"] = None
    after = place.sns.check_if_phone_number_is_opted_out(phoneNumber="+15550100")["isOptedOut"]
    listed = place.sns.list_phone_numbers_opted_out()["phoneNumbers"]
    told = refusal(place.sns.publish, PhoneNumber="+15550100", Message="m")
    place.sns.opt_in_phone_number(phoneNumber="+15550100")

    assert (before, after, listed) == (False, True, ["+15550100"])
    assert told[0] == "InvalidParameter"
    assert place.sns.list_phone_numbers_opted_out()["phoneNumbers"] == []


@pytest.mark.parametrize("operation", ["check_if_phone_number_is_opted_out", "opt_in_phone_number"])
def test_what_is_no_phone_number_is_refused(place: Place, operation: str) -> None:
    """Under the name that `Publish` has for it, though the parameter begins with a small letter (emulated)."""
    told = refusal(getattr(place.sns, operation), phoneNumber="x")

    assert told == ("InvalidParameter", "Invalid parameter: PhoneNumber Reason: input incorrectly formatted")


def test_a_sandbox_number_is_verified_by_a_password(place: Place) -> None:
    """The password is sent as a text message, to the outbox."""
    number = {"PhoneNumber": "+15550100"}
    place.sns.create_sms_sandbox_phone_number(**number)
    password = place.simulation.share(Outbox).entries[-1].token

    wrong = refusal(place.sns.verify_sms_sandbox_phone_number, **number, OneTimePassword="00000")
    place.sns.verify_sms_sandbox_phone_number(**number, OneTimePassword=password)
    listed = place.sns.list_sms_sandbox_phone_numbers()["PhoneNumbers"]
    place.sns.delete_sms_sandbox_phone_number(**number)

    assert wrong[0] == "VerificationException"
    assert listed == [{**number, "Status": "Verified"}]
    assert refusal(place.sns.delete_sms_sandbox_phone_number, **number)[0] == "ResourceNotFound"
    assert place.sns.get_sms_sandbox_account_status()["IsInSandbox"] is False
    assert place.sns.list_origination_numbers()["PhoneNumbers"] == []


def test_a_delivery_stream_that_is_nobody_goes_to_the_outbox(place: Place) -> None:
    """One that is there gets it; the role is kept."""
    arn = place.topic()
    stream = "arn:aws:firehose:us-east-1:123456789012:deliverystream/log"
    role = "arn:aws:iam::123456789012:role/r"
    subscription = place.subscribe(arn, stream, "firehose", SubscriptionRoleArn=role)

    place.publish(arn)

    attributes = place.sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert attributes["SubscriptionRoleArn"] == role
    (sent,) = outbox(place)
    assert json.loads(sent.body)["Message"] == "hello"


def test_a_delivery_stream_is_subscribed_with_a_role(place: Place) -> None:
    """By which SNS writes to it (documented; the words are unconfirmed)."""
    stream = "arn:aws:firehose:us-east-1:123456789012:deliverystream/log"

    told = refusal(place.sns.subscribe, TopicArn=place.topic(), Protocol="firehose", Endpoint=stream)

    assert told[1] == "Invalid parameter: Attributes Reason: SubscriptionRoleArn: it is required for firehose"


def test_the_outbox_of_a_topic_is_its_own(place: Place) -> None:
    """Queues are no part of it."""
    arn = place.topic()
    place.queue()
    place.subscribe(arn, queue_arn("q"))
    place.publish(arn)
    place.sns.publish(PhoneNumber="+15550101", Message="m")

    assert outbox(place) == []
