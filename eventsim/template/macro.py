"""What do macros make of a template? Functions of stacks that are there already rewrite it, before anything is planned.

`Fn::Transform` hands over what stands beside it, the innermost first; a name under `Transform` the whole template. A
macro works in other stacks only than the one that declares it, as on AWS.
"""

import asyncio
import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim.errors import ApiError
from eventsim.outcome import Attempt, Failure, Success
from eventsim.spelling import did_you_mean
from eventsim.template.document import Document, Path_
from eventsim.template.site import Ground, Item, Made
from eventsim.template.stack import Stacks

TYPE = "AWS::CloudFormation::Macro"
_HOSTED = "AWS::"
"""Macros of AWS's own, which are none of these."""


class _Call(Struct, frozen=True, kw_only=True):
    """One use of a macro: its name, what it is given besides the template, and where it stands."""

    name: str
    parameters: Any
    path: Path_


async def macro(item: Item) -> Made:
    """Take note of a macro: stacks that come later find it among the resources of this one."""
    name = item.text("Name")
    for told in ("FunctionName", "Description", "LogGroupName", "LogRoleARN"):
        item.take(told)
    return Made(physical_id=name)


async def with_macros(ground: Ground, document: Document, values: Mapping[str, Any]) -> Document:
    """Return a template that its macros have rewritten; itself if it uses none.

    Args:
        values: what its parameters are.

    Raises:
        TemplateError: a macro is not there, or its function fails or refuses.
    """
    rewriting = _Rewriting(ground, document, values)
    body = await rewriting.snippets(document.body, ())
    body = await rewriting.whole(body)
    return document if body is document.body else dataclasses.replace(document, body=body)


class _Rewriting:
    """The macros of one template at work."""

    def __init__(self, ground: Ground, document: Document, values: Mapping[str, Any]) -> None:
        self._ground = ground
        self._document = document
        self._values = dict(values)
        self._request_id = ground.chance.uuids("macro", str(document.path))

    async def snippets(self, value: Any, path: Path_) -> Any:
        """Return a piece of the template with every `Fn::Transform` in it carried out, the same if there is none."""
        if isinstance(value, list):
            items = [await self.snippets(each, (*path, index)) for index, each in enumerate(value)]
            return value if all(new is old for new, old in zip(items, value, strict=True)) else items
        if not isinstance(value, dict):
            return value
        made = {key: await self.snippets(each, (*path, key)) for key, each in value.items()}
        transform = made.get("Fn::Transform")
        if isinstance(transform, dict) and not str(transform.get("Name")).startswith(_HOSTED):
            beside = {key: each for key, each in made.items() if key != "Fn::Transform"}
            return await self._applied(_call_of(transform, (*path, "Fn::Transform")), beside)
        return value if all(made[key] is each for key, each in value.items()) else made

    async def whole(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the template that the macros under `Transform` make, one after another."""
        named = body.get("Transform") or []
        listed = named if isinstance(named, list) else [named]
        calls = [_call_of(each, ("Transform",)) for each in listed]
        hosted = [each for each, call in zip(listed, calls, strict=True) if call.name.startswith(_HOSTED)]
        if len(hosted) == len(listed):
            return body
        fragment: Any = {key: each for key, each in body.items() if key != "Transform"}
        for call in calls:
            if not call.name.startswith(_HOSTED):
                fragment = await self._applied(call, fragment)
        if not isinstance(fragment, dict):
            raise self._document.error(("Transform",), "what a macro makes of a template must be one again")
        return {**fragment, "Transform": hosted} if hosted else fragment

    async def _applied(self, call: _Call, fragment: Any) -> Any:
        """Return what a macro makes of a fragment.

        Raises:
            TemplateError: it is not there, fails or refuses.
        """
        transform = f"{self._ground.account_id}::{call.name}"
        event = {
            "accountId": self._ground.account_id,
            "fragment": fragment,
            "transformId": transform,
            "requestId": self._request_id(),
            "region": self._ground.region,
            "params": call.parameters,
            "templateParameterValues": self._values,
        }
        try:
            answer = await self._invoked(self._function(call), event)
        except (ApiError, _Refused) as error:
            raise self._document.error(call.path, f"Transform {transform} failed with: {error}") from None
        if not isinstance(answer, dict) or answer.get("requestId") != event["requestId"]:
            message = f"Transform {transform} failed with: its function answered without the `requestId` of the request"
            raise self._document.error(call.path, message)
        if answer.get("status") != "success":
            why = answer.get("errorMessage") or f"its function answered `status: {answer.get('status')}`"
            raise self._document.error(call.path, f"Transform {transform} failed with: {why}")
        return answer.get("fragment")

    def _function(self, call: _Call) -> str:
        """Return the function behind a macro, by its name or ARN.

        Raises:
            TemplateError: no stack has made such a macro.
        """
        known = {
            str(resource.properties["Name"]): str(resource.properties["FunctionName"])
            for stack in self._ground.share(Stacks).all()
            for resource in stack.resources.values()
            if resource.declared.type == TYPE and resource.made is not None
        }
        if call.name in known:
            return known[call.name]
        message = f"No transform named {self._ground.account_id}::{call.name} found{did_you_mean(call.name, known)}"
        if any(each.get("Properties", {}).get("Name") == call.name for each in self._macros_of_its_own()):
            message += (
                "; a macro cannot be used by the template that declares it: deploy it as a stack of its own, before"
            )
        else:
            message += "; deploy the stack that declares it before this one"
        raise self._document.error(call.path, message)

    def _macros_of_its_own(self) -> list[dict[str, Any]]:
        return [
            each for each in self._document.resources.values() if isinstance(each, dict) and each.get("Type") == TYPE
        ]

    async def _invoked(self, function: str, event: Mapping[str, Any]) -> Any:
        """Run the function of a macro once, and return what it answers.

        Raises:
            ApiError: there is no such function.
        """
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def ended(attempt: Attempt) -> None:
            outcome = attempt.outcome
            if isinstance(outcome, Success):
                future.set_result(json.loads(outcome.payload))
            else:
                told = f"{outcome.error_type}: {outcome.message}" if isinstance(outcome, Failure) else str(outcome)
                future.set_exception(_Refused(f"its function failed: {told}"))

        self._ground.begin_invocation(function, json.dumps(event), ended)
        return await future


class _Refused(Exception):  # noqa: N818 - a fact, as the text says it
    pass


def _call_of(given: Any, path: Path_) -> _Call:
    if isinstance(given, dict):
        return _Call(name=str(given.get("Name")), parameters=given.get("Parameters") or {}, path=path)
    return _Call(name=str(given), parameters={}, path=path)
