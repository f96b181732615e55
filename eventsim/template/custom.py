"""How does a custom resource answer? Its function is invoked, and puts its answer to an address that is ours."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from eventsim.front_door import FrontDoor
from eventsim.json_text import load_json
from eventsim.outcome import Attempt, Failure, Success
from eventsim.source import World
from eventsim.template.cdk_provider import Unfinished, answer_of, provider_of
from eventsim.template.inert import placeholder
from eventsim.template.intrinsic import as_text
from eventsim.template.kinds_waiting import ANSWERS
from eventsim.template.kinds_waiting import HOST as WAITING_HOST
from eventsim.template.signals import Signals
from eventsim.template.site import Item, Made
from eventsim.template.trouble import Worded
from eventsim.wire.http import HttpRequest, HttpResponse

HOST = "cloudformation-custom-resource-response"
TIMEOUT_S = 3600
"""How long CloudFormation waits for an answer unless `ServiceTimeout` says otherwise (documented)."""
_SILENCE = "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId"
_ADVICE = (
    "If you are using the Python cfn-response module, you may need to update your Lambda function code so that "
    "CloudFormation can attach the updated version."
)

Answer = Mapping[str, Any]


class Answers:
    """The answers that custom resources of one world wait for, by token."""

    def __init__(self, _: World) -> None:
        self._waiting: dict[str, asyncio.Future[Answer]] = {}

    def expect(self, token: str, future: "asyncio.Future[Answer]") -> None:
        """Wait for the answer with a token."""
        self._waiting[token] = future

    def forget(self, token: str) -> None:
        """Wait no more."""
        self._waiting.pop(token, None)

    def take(self, token: str, answer: Answer) -> bool:
        """Give an answer to who waits for it; tell whether anybody does."""
        future = self._waiting.get(token)
        if future is None or future.done():
            return False
        future.set_result(answer)
        return True


class AnswerDoor:
    """Takes the answers of custom resources, and signals."""

    def __init__(self, world: World) -> None:
        self._answers = world.share(Answers)
        self._signals = world.share(Signals)

    def addresses(self) -> Mapping[str, str]:
        """It is nobody's to call but custom resources'."""
        return {}

    def answers(self, request: HttpRequest) -> bool:
        """Tell whether a request is an answer."""
        return request.path.startswith(ANSWERS) or request.headers.get("host").startswith((HOST, WAITING_HOST))

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Take an answer."""
        token = parse_qs(request.query).get("token", [""])[0]
        try:
            answer = load_json(request.body)
        except ValueError:
            answer = None
        if request.method != "PUT" or not isinstance(answer, dict):
            return HttpResponse(status=400, headers=(), body=b"an answer is a JSON object that is PUT here")
        is_wanted = self._answers.take(token, answer) or self._signals.take(token, answer)
        return HttpResponse(status=200 if is_wanted else 403, headers=(), body=b"")


def front_door(world: World) -> FrontDoor:
    """Return the door through which custom resources answer."""
    return AnswerDoor(world)


class CustomResourceFailed(Worded):
    """A custom resource answered that it failed, or did not answer.

    Attributes:
        physical_id: what its function called it, "" if it said nothing of that.
    """

    def __init__(self, message: str, words: str = "", *, physical_id: str = "") -> None:
        super().__init__(message, words)
        self.physical_id = physical_id


async def cloudformation_custom_resource(item: Item) -> Made:
    """Have a function make a custom resource."""
    token = item.text("ServiceToken")
    function = _function_of(item, token)
    if not function:
        return placeholder(item, problem=f"is made by {token or 'nobody'}, which is no function of this simulation")
    try:
        answer = await request(item, function, "Create", "")
    except CustomResourceFailed as error:  # CloudFormation has it deleted all the same
        item.begin(error.physical_id or item.name())
        raise
    physical_id = str(answer.get("PhysicalResourceId") or item.name())
    data = answer.get("Data")
    item.taken |= set(item.properties)
    return Made(physical_id=physical_id, attributes=data if isinstance(data, dict) else {})


async def update(item: Item, made: Made, before: Mapping[str, Any]) -> Made:
    """Have a function change a custom resource; if it names another one, the old one is deleted."""
    token = item.text("ServiceToken")
    function = _function_of(item, token)
    if not function:
        return placeholder(item, problem=f"is made by {token or 'nobody'}, which is no function of this simulation")
    answer = await request(item, function, "Update", made.physical_id, before)
    physical_id = str(answer.get("PhysicalResourceId") or made.physical_id)
    if physical_id != made.physical_id:
        old = Item(item.logical_id, item.type, dict(before), item.site)
        await request(old, function, "Delete", made.physical_id)
    data = answer.get("Data")
    item.taken |= set(item.properties)
    return Made(physical_id=physical_id, attributes=data if isinstance(data, dict) else {})


async def goodbye(item: Item, made: Made) -> None:
    """Have a function take a custom resource away."""
    await request(item, item.text("ServiceToken"), "Delete", made.physical_id)


def _function_of(item: Item, token: str) -> str:
    functions = item.site.ground.functions
    name = token.split(":")[6] if token.startswith("arn:") and ":function:" in token else ""
    return token if name in functions else ""


async def request(
    item: Item, function: str, kind: str, physical_id: str, before: Mapping[str, Any] | None = None
) -> Answer:
    """Send a request to the function of a custom resource and return its answer.

    Args:
        before: for an update, the properties that it had.

    Raises:
        CustomResourceFailed: it failed, or did not answer in time.
    """
    ground = item.site.ground
    token = ground.chance.uuids("custom resource", item.site.stack_id, item.logical_id, kind, ground.clock.now_us)()
    event = _event(item, function, kind, physical_id, token)
    if before is not None:
        event["OldResourceProperties"] = _texts(before)
    provider = provider_of(item.site, function)
    if provider is not None:
        try:
            return await answer_of(provider, item.site, event)
        except Unfinished as error:
            raise CustomResourceFailed(str(error), physical_id=error.physical_id) from None
    answers = ground.share(Answers)
    future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    answers.expect(token, future)

    def ended(attempt: Attempt) -> None:
        outcome = attempt.outcome
        if not future.done() and not isinstance(outcome, Success):
            reason = f"{outcome.error_type}: {outcome.message}" if isinstance(outcome, Failure) else str(outcome)
            future.set_exception(CustomResourceFailed(f"its function failed without an answer: {reason}"))

    timeout_s = item.number("ServiceTimeout") or TIMEOUT_S
    ground.begin_invocation(function, json.dumps(event), ended)
    try:
        answer = await asyncio.wait_for(future, timeout_s)
    except TimeoutError:
        words = f"{_SILENCE} [{token}]. {_ADVICE}"
        raise CustomResourceFailed(f"its function did not answer within {timeout_s} seconds", words) from None
    finally:
        answers.forget(token)
    if answer.get("Status") != "SUCCESS":
        status, reason = answer.get("Status"), answer.get("Reason")
        words = f"Received response status [{status}] from custom resource. Message returned: {reason}"
        raise CustomResourceFailed(
            f"its function answered {status}: {reason or 'no reason'}",
            f"{words} (RequestId: {token})",
            physical_id=str(answer.get("PhysicalResourceId") or ""),
        )
    return answer


def _event(item: Item, function: str, kind: str, physical_id: str, token: str) -> dict[str, Any]:
    event = {
        "RequestType": kind,
        "ServiceToken": function,
        "ResponseURL": _address(item, token),
        "StackId": item.site.stack_id,
        "RequestId": token,
        "LogicalResourceId": item.logical_id,
        "ResourceType": item.type,
        "ResourceProperties": _texts(item.properties),
    }
    if physical_id:
        event["PhysicalResourceId"] = physical_id
    return event


def _address(item: Item, token: str) -> str:
    """Return where the answer is put: at an address of AWS's, or at the server that this is."""
    site = item.site
    region, server = site.ground.region, site.ground.endpoint_url if site.ground.is_live else ""
    root = f"{server}{ANSWERS}" if server else f"https://{HOST}-{region.replace('-', '')}.s3.{region}.amazonaws.com/"
    return f"{root}{site.stack_name}/{item.logical_id}?token={token}"


def _texts(value: Any) -> Any:
    """Return plain data with every scalar as text, as CloudFormation sends it."""
    if isinstance(value, dict):
        return {key: _texts(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_texts(each) for each in value]
    return as_text(value)
