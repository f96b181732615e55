"""What do CloudFormation's operations share? Stacks, and how requests name templates and parameters."""

import base64
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from eventsim.api import Request
from eventsim.errors import ApiError, NotSimulated, TemplateError
from eventsim.template.document import BYTES_MAX, Document, Refusal, parse_document
from eventsim.template.intrinsic import as_text
from eventsim.template.order import OnFailure, Order
from eventsim.template.parameters import refusal
from eventsim.template.remote import fetch_template
from eventsim.template.report import lines_of
from eventsim.template.sam import transforms_of
from eventsim.template.site import Ground
from eventsim.template.soundness import check_soundness
from eventsim.template.stack import Stack, Stacks

T = TypeVar("T")

BODY_BYTES_MAX = 51_200
"""CloudFormation's limit for a template in a request (documented)."""
PAGE_ITEMS = 100
"""So many items has a page, as is seen on AWS; the reference speaks of pages of 1 MB."""
_IN_BRACKETS = "Stack [{}] does not exist"
_NO_STACK = {
    "CreateChangeSet": _IN_BRACKETS,
    "DeleteChangeSet": _IN_BRACKETS,
    "DescribeStackEvents": _IN_BRACKETS,
    "DescribeStackResource": "Stack '{}' does not exist",
    "GetStackPolicy": _IN_BRACKETS,
    "ListChangeSets": _IN_BRACKETS,
    "SetStackPolicy": _IN_BRACKETS,
    "UpdateStack": _IN_BRACKETS,
    "UpdateTerminationProtection": _IN_BRACKETS,
}
"""How operations say that there is no such stack, where it is not as most of them do."""
_TOLD = (
    *("Capabilities", "NotificationARNs", "RetainExceptOnCreate", "RoleARN", "RollbackConfiguration"),
    *("StackPolicyBody", "TimeoutInMinutes"),
)
_NO_PREVIOUS = (
    "Invalid input for parameter key {}. Cannot specify usePreviousValue as true for a parameter key not in the "
    "previous template"
)
_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_WITH_ROLES = ("AWS::Serverless::Function", "AWS::Serverless::StateMachine")
_NAMES_OF_IAM = {"RoleName", "GroupName", "UserName", "ManagedPolicyName", "InstanceProfileName"}


class Service:
    """CloudFormation in one world."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.stacks = ground.share(Stacks)
        self._told: set[tuple[str, str]] = set()
        self._note_kind = ground.trace.kind("noted", "{subject}: {note}")

    def stack(self, request: Request) -> Stack:
        """Return the stack that a request names.

        Raises:
            ApiError: there is none, in the words that the operation has for it.
        """
        name = str(request.parameters.get("StackName") or "")
        stack = self.stacks.find(name)
        if stack is None:
            raise invalid(_NO_STACK.get(request.operation, "Stack with id {} does not exist").format(name))
        return stack

    def tell_notes(self, stack: Stack) -> None:
        """Record what has no effect in a stack, each thing once: who deploys through the API sees no report."""
        missing = [f"{line.logical_id} {line.told}" for line in lines_of(stack) if line.level == "missing"]
        subject = self.ground.trace.subject("stack", stack.name)
        for note in (*stack.notes.lines, *missing):
            if (stack.identifier, note) not in self._told:
                self._told.add((stack.identifier, note))
                self.ground.trace.record(self._note_kind, subject, subject, 0, detail={"note": note})

    async def order(self, request: Request, before: Stack | None = None) -> Order:
        """Return what a request wants to be deployed.

        Args:
            before: the stack that is changed.

        Raises:
            ApiError: it is no template, or lacks a capability.
        """
        given: Any = request.parameters
        name = before.name if before is not None else str(given["StackName"])
        if before is None and not _NAME.fullmatch(name):
            raise invalid(
                f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member "
                "must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
            )
        if before is not None and given.get("UsePreviousTemplate"):
            document = before.document
        else:
            document = await self.document(request)
            is_change_set = request.operation == "CreateChangeSet"
            _check_capabilities(document, set(given.get("Capabilities") or ()), is_change_set=is_change_set)
        parameters = {}
        for each in given.get("Parameters") or ():
            key = each["ParameterKey"]
            if each.get("UsePreviousValue"):
                if before is None or key not in before.parameters:
                    raise invalid(_NO_PREVIOUS.format(key))
                parameters[key] = before.parameters[key].given
            elif "ParameterValue" in each:
                parameters[key] = each["ParameterValue"]
        missing = [
            key
            for key, about in (document.body.get("Parameters") or {}).items()
            if key not in parameters and "Default" not in (about or {})
        ]
        if missing:
            raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
        _check_parameters(document, parameters)
        tags = {each["Key"]: each["Value"] for each in given.get("Tags") or ()}
        if before is not None and "Tags" not in given:
            tags = dict(before.tags)
        token = token_of(request)
        told = {key: given[key] for key in _TOLD if given.get(key) is not None}
        if before is not None:
            told = {**before.told, **told}
        return Order(
            document,
            name,
            parameters,
            tags=tags,
            on_failure=_on_failure(given),
            deletes_new=bool(given.get("RetainExceptOnCreate")),
            token=token,
            told=told,
            is_checked=True,
        )

    async def document(self, request: Request) -> Document:
        """Return the template that a request holds or points at.

        Raises:
            ApiError: there is none, or it is unfit.
        """
        body, url = request.parameters.get("TemplateBody"), request.parameters.get("TemplateURL")
        if body is None and url is None:
            raise invalid("Either Template URL or Template Body must be specified.")
        if body is not None and url is not None:
            raise invalid("Template URL and Template Body cannot both be specified.")
        text = await self._fetched(str(url)) if body is None else str(body)
        limit = BODY_BYTES_MAX if url is None else BYTES_MAX
        if len(text.encode()) > limit:
            raise invalid(
                f"1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have "
                f"length less than or equal to {limit}"
            )
        try:
            document = parse_document(text, Path("template"), folder=self.ground.folder)
            check_soundness(document)
        except Refusal as error:
            raise invalid(error.words) from None
        except TemplateError as error:
            raise invalid(f"Template format error: {error}") from None
        return document

    async def _fetched(self, url: str) -> str:
        try:
            return await fetch_template(self.ground, url)
        except (ApiError, NotSimulated) as error:
            raise invalid(f"S3 error: {error}") from None


def page(items: Sequence[T], request: Request, member: str, *, count: int | None = None) -> dict[str, Any]:
    """Return one page of a list, and what leads to the next one.

    Args:
        count: how many items the caller wants at most.

    Raises:
        ApiError: the token is none of ours.
    """
    token = str(request.parameters.get("NextToken") or "")
    try:
        kind, _, place = base64.b64decode(token, validate=True).decode().partition(" ")
        begin = int(place) if token else 0
    except ValueError:
        kind, begin = "", -1
    if token and (kind != member or not 0 < begin < len(items)):
        raise invalid("Token is invalid")  # unconfirmed wording
    end = begin + (count or PAGE_ITEMS)
    more = {"NextToken": base64.b64encode(f"{member} {end}".encode()).decode()} if end < len(items) else {}
    return {member: list(items[begin:end]), **more}


def _on_failure(given: Mapping[str, Any]) -> OnFailure:
    """Return what shall become of a stack in which something fails; operations have four ways to say it.

    Raises:
        ApiError: it is said in two ways.
    """
    said: OnFailure | None = given.get("OnFailure") or given.get("OnStackFailure")
    keeps = given.get("DisableRollback") or (given.get("DeploymentConfig") or {}).get("DisableRollback")
    if said and keeps:
        raise invalid("Only one of DisableRollback and OnFailure can be specified")  # unconfirmed wording
    return said or ("DO_NOTHING" if keeps else "ROLLBACK")


def token_of(request: Request) -> str:
    """Return by what a client recognises the events of its request, "" for nothing."""
    return str(request.parameters.get("ClientRequestToken") or "")


def invalid(message: str) -> ApiError:
    """Return CloudFormation's most common refusal."""
    return ApiError("ValidationError", message)


def _check_parameters(document: Document, given: Mapping[str, Any]) -> None:
    """See that the template has these parameters, and takes these values.

    Raises:
        ApiError: it does not, in CloudFormation's words.
    """
    declared = document.body.get("Parameters") or {}
    unknown = [name for name in given if name not in declared]
    if unknown:
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    for name, value in given.items():
        message = refusal(name, as_text(value), declared[name] or {})
        if message:
            raise invalid(message)


def _check_capabilities(document: Document, given: set[str], *, is_change_set: bool) -> None:
    """See that the caller knows what the template may do; a change set may be read before macros are trusted.

    Raises:
        ApiError: a capability is lacking.
    """
    if transforms_of(document.body) and not is_change_set and "CAPABILITY_AUTO_EXPAND" not in given:
        raise _lacking("CAPABILITY_AUTO_EXPAND")
    capability, _ = needed_capability(document, counts_sam=True)
    if capability and not {capability, "CAPABILITY_NAMED_IAM"} & given:
        raise _lacking(capability)


def needed_capability(document: Document, *, counts_sam: bool = False) -> tuple[str, list[str]]:
    """Return what a caller must have said of permissions, "" for nothing, and the types that want it.

    Args:
        counts_sam: whether roles count that SAM will make.
    """
    resources = [each for each in document.resources.values() if isinstance(each, Mapping)]
    of_iam = [each for each in resources if _is_of_iam(each, counts_sam=counts_sam)]
    kinds = list(dict.fromkeys(str(each["Type"]) for each in of_iam))
    if any(_NAMES_OF_IAM & _properties(each).keys() for each in of_iam):
        return "CAPABILITY_NAMED_IAM", kinds
    return ("CAPABILITY_IAM" if of_iam else ""), kinds


def _is_of_iam(resource: Mapping[str, Any], *, counts_sam: bool) -> bool:
    """Tell whether a resource is about permissions; SAM makes a role for what names none."""
    kind = str(resource.get("Type"))
    gets_role = kind in _WITH_ROLES and "Role" not in _properties(resource)
    return kind.startswith("AWS::IAM::") or (counts_sam and gets_role)


def _properties(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the properties of a resource, none if it has something else there, of which the plan tells."""
    properties = resource.get("Properties")
    return properties if isinstance(properties, dict) else {}


def _lacking(capability: str) -> ApiError:
    return ApiError(
        "InsufficientCapabilitiesException",
        f"Requires capabilities : [{capability}]",
    )


def parameters_told(stack: Stack) -> list[dict[str, str]]:
    """Return a stack's parameters as the API tells of them."""
    told = []
    for name, parameter in stack.parameters.items():
        entry = {"ParameterKey": name, "ParameterValue": "****" if parameter.is_secret else parameter.given}
        if isinstance(parameter.value, str) and parameter.value != parameter.given:
            entry["ResolvedValue"] = as_text(parameter.value)
        told.append(entry)
    return told
