"""Which value has a parameter? The one that was given, its default, or one invented to suit its type, and told of."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from eventsim.spelling import did_you_mean
from eventsim.template.document import Document, Refusal
from eventsim.template.intrinsic import as_text

Lookup = Callable[[str], str | None]
"""Returns the value of an SSM parameter, None if there is none."""


_SSM = "AWS::SSM::Parameter::Value<"


class Parameter(Struct, frozen=True, kw_only=True, gc=False):
    """A parameter with its value.

    Attributes:
        value: as `Ref` gives it: text, or a list of texts.
        given: the value as text, before a parameter of the SSM types is looked up.
        origin: `given`, `default` or `invented`.
        is_secret: whether the API must not show it.
    """

    value: Any
    given: str
    origin: str
    is_secret: bool = False


def resolve_parameters(document: Document, given: Mapping[str, Any], lookup: Lookup) -> dict[str, Parameter]:
    """Return every parameter of a template with its value.

    Raises:
        TemplateError: a value does not suit, or nobody declares the parameter.
    """
    declared = document.body.get("Parameters") or {}
    for name in given:
        if name not in declared:
            message = f"the template has no parameter `{name}`{did_you_mean(name, declared)}"
            raise document.error(("Parameters",), message)
    return {name: _resolved(document, name, about or {}, given, lookup) for name, about in declared.items()}


def ssm_names(document: Document, given: Mapping[str, Any]) -> list[str]:
    """Return the names of SSM parameters that parameters of the template ask for."""
    declared = document.body.get("Parameters") or {}
    return [
        as_text(given.get(name, about.get("Default", "")))
        for name, about in declared.items()
        if isinstance(about, dict) and str(about.get("Type", "")).startswith(_SSM)
    ]


def _resolved(
    document: Document, name: str, about: Mapping[str, Any], given: Mapping[str, Any], lookup: Lookup
) -> Parameter:
    path = ("Parameters", name)
    kind = str(about.get("Type", "String"))
    if name in given:
        value, origin = given[name], "given"
        text = ",".join(map(as_text, value)) if isinstance(value, list | tuple) else as_text(value)
    elif "Default" in about:
        text, origin = as_text(about["Default"], (*path, "Default")), "default"
    else:
        text, origin = _invented(name, kind, about), "invented"
    fault = _fault(text, kind, about)
    if fault:
        if origin == "invented":
            fault = (
                f"has no default, and a value cannot be invented for it: {fault}; give one, as `--parameter {name}=…`"
            )
            raise document.error(path, f"the parameter `{name}` {fault}")
        error = document.error(path, f"the parameter `{name}` {fault}")
        raise Refusal(str(error), refusal(name, text, about))
    value = _typed(text, kind)
    if kind.startswith(_SSM):
        found = lookup(text)
        if found is None:
            found, origin = _invented(name, kind[len(_SSM) : -1], about), "invented"
        value = _typed(found, kind[len(_SSM) : -1])
    is_secret = str(about.get("NoEcho", "")).lower() == "true"
    return Parameter(value=value, given=text, origin=origin, is_secret=is_secret)


def refusal(name: str, text: str, about: Mapping[str, Any]) -> str:
    """Return how CloudFormation refuses a value for a parameter, "" if it takes it."""
    kind = str(about.get("Type", "String"))
    if not _fault(text, kind, about):
        return ""
    if about.get("ConstraintDescription"):
        return f"Parameter '{name}' failed to satisfy constraint: {about['ConstraintDescription']}"
    values = _typed(text, kind)
    allowed = [as_text(each) for each in about.get("AllowedValues") or ()]
    if allowed and any(each not in allowed for each in (values if isinstance(values, list) else [text])):
        return f"Parameter '{name}' must be one of AllowedValues"
    if kind in ("Number", "List<Number>"):
        bounds = {"MinValue": "not less than", "MaxValue": "not greater than"}
        told = " or ".join(f"{words} {about[bound]}" for bound, words in bounds.items() if bound in about)
        return f"Parameter '{name}' must be a number {told}".strip()
    if about.get("AllowedPattern") and not re.fullmatch(str(about["AllowedPattern"]), text):
        return f"Parameter '{name}' must match pattern {about['AllowedPattern']}"
    bounds = {"MinLength": "at least", "MaxLength": "at most"}
    told = " and ".join(f"{words} {about[bound]}" for bound, words in bounds.items() if bound in about)
    return f"Parameter '{name}' must contain {told} characters"


def _typed(text: str, kind: str) -> Any:
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [each.strip() for each in text.split(",")] if text else []
    return text


def _fault(text: str, kind: str, about: Mapping[str, Any]) -> str:
    """Return what is wrong with a value, "" for nothing."""
    allowed = about.get("AllowedValues")
    values = _typed(text, kind) if isinstance(_typed(text, kind), list) else [text]
    if allowed:
        allowed = [as_text(each) for each in allowed]
        wrong = next((each for each in values if each not in allowed), None)
        if wrong is not None:
            return f"must be one of {', '.join(allowed)}, not {wrong!r}"
    if kind in ("Number", "List<Number>"):
        return next((fault for each in values if (fault := _number_fault(each, about))), "")
    pattern = about.get("AllowedPattern")
    if pattern and kind == "String":
        try:
            if not re.fullmatch(str(pattern), text):
                return str(about.get("ConstraintDescription") or f"must match {pattern}, not {text!r}")
        except re.error:
            return ""  # a pattern of Java's that Python does not know is not checked
    for bound, is_wrong in (("MinLength", len(text).__lt__), ("MaxLength", len(text).__gt__)):
        if bound in about and is_wrong(int(about[bound])):
            return f"must have {'at least' if bound == 'MinLength' else 'at most'} {about[bound]} characters"
    return ""


def _number_fault(text: str, about: Mapping[str, Any]) -> str:
    try:
        number = float(text)
    except ValueError:
        return f"must be a number, not {text!r}"
    if "MinValue" in about and number < float(about["MinValue"]):
        return f"must be at least {about['MinValue']}, not {text}"
    if "MaxValue" in about and number > float(about["MaxValue"]):
        return f"must be at most {about['MaxValue']}, not {text}"
    return ""


_EXAMPLES = {
    "AWS::EC2::VPC::Id": "vpc-0e5ead5100000001",
    "AWS::EC2::Subnet::Id": "subnet-0e5ead5100000001",
    "AWS::EC2::SecurityGroup::Id": "sg-0e5ead5100000001",
    "AWS::EC2::Image::Id": "ami-0e5ead5100000001",
    "AWS::EC2::KeyPair::KeyName": "eventsim",
    "AWS::EC2::AvailabilityZone::Name": "us-east-1a",
    "AWS::Route53::HostedZone::Id": "Z0EVENTSIM0000001",
    "AWS::SSM::Parameter::Name": "eventsim",
}
_TRIES = ("eventsim@example.com", "eventsim.example.com", "https://example.com", "12345678", "1", "10.0.0.0/16", "a")


def _invented(name: str, kind: str, about: Mapping[str, Any]) -> str:
    """Return a value that suits the type; the first that suits the constraints, if one of ours does."""
    if about.get("AllowedValues"):
        return as_text(about["AllowedValues"][0])
    if kind in ("Number", "List<Number>"):
        return as_text(about.get("MinValue", 1))
    inner = kind[5:-1] if kind.startswith("List<") else kind
    if inner in _EXAMPLES:
        one = _EXAMPLES[inner]
        return f"{one},{one[:-1]}2" if inner != kind else one
    if kind == "CommaDelimitedList":
        return f"{name.lower()}-1,{name.lower()}-2"
    own = _TRIES[0] if "mail" in name.lower() else name.lower()
    if name.lower().endswith("arn"):
        own = f"arn:aws:eventsim:us-east-1:123456789012:{own}"
    for text in (own, name, *_TRIES):
        padded = text.ljust(int(about.get("MinLength", 0)), "0")[: int(about.get("MaxLength", 4096))]
        if not _fault(padded, kind, about):
            return padded
    return own
