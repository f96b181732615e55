"""The parameter store as its clients know it: one function for each operation."""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from eventsim import About, ApiError, NotSimulated, Operation, Request, Result, World
from eventsim_sources.parameter.filters import check_filters, page, suits
from eventsim_sources.parameter.news import tell
from eventsim_sources.parameter.policies import described, read_policies
from eventsim_sources.parameter.reserved import SECRETS, check_name, secret_told
from eventsim_sources.parameter.store import PUBLIC, VERSIONS_MAX, Parameter, Parameters, Regions, Version
from eventsim_sources.without_effect import not_simulated

STANDARD_CHARACTERS_MAX = 4096
ADVANCED_CHARACTERS_MAX = 8192
LABELS_MAX = 10
_DATA_TYPES = ("text", "aws:ec2:image", "aws:ssm:integration")
_NESTED = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_DEFAULT_KEY = "alias/aws/ssm"
_KEPT_ELSEWHERE = ("Document", "MaintenanceWindow")
"""What has tags and is nothing of the parameter store's."""


def put_parameter(parameters: Parameters, request: Request) -> Result:
    """Make a parameter, or a new version of one."""
    check_name(str(request.parameters["Name"]))
    return keep_parameter(parameters, request)


def keep_parameter(parameters: Parameters, request: Request) -> Result:
    """Make a parameter, or a new version of one, whatever its name.

    Raises:
        ApiError: it cannot be one.
    """
    given: Any = request.parameters
    name, value = str(given["Name"]), str(given["Value"])
    _check_given(given, value)
    there = parameters.find(name)
    if there is not None:
        _check_overwrite(given)
    before = None if there is None else there.latest
    kind = given.get("Type") or (before.type if before else "")
    if not kind:
        raise ApiError("ValidationException", "A parameter type is required when you create a parameter.")
    policies = read_policies(str(given.get("Policies") or ""), parameters.world.clock)
    tier = _tier(there, str(given.get("Tier") or ""), value, has_policies=bool(policies))
    pattern = str(given.get("AllowedPattern") or "")
    _check_pattern(pattern, value)
    if there is not None:
        _check_oldest(there)
    parameter = parameters.add(name)
    parameter.tags |= {each["Key"]: each["Value"] for each in given.get("Tags") or ()}
    version = Version(
        number=parameter.latest.number + 1 if parameter.versions else 1,
        value=value,
        type=kind,
        modified_us=parameters.world.clock.now_us,
        description=str(given.get("Description") or (before.description if before else "")),
        key=_key(given, kind, before),
        allowed_pattern=pattern,
        tier=tier,
        data_type=str(given.get("DataType") or (before.data_type if before else "text")),
        policies=policies,
    )
    parameter.versions.append(version)
    del parameter.versions[:-VERSIONS_MAX]
    tell(parameters, request, "Create" if there is None else "Update", parameter, version)
    return {"Version": version.number, "Tier": tier}


def _key(given: Mapping[str, Any], kind: str, before: Version | None) -> str:
    """Return what encrypts a version: what is said, or what has encrypted the one before."""
    if given.get("KeyId") or kind != "SecureString":
        return str(given.get("KeyId") or "")
    return (before.key if before else "") or _DEFAULT_KEY


def _check_overwrite(given: Mapping[str, Any]) -> None:
    if not given.get("Overwrite"):
        raise ApiError(
            "ParameterAlreadyExists",
            "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
        )
    if given.get("Tags"):
        raise ApiError(
            "ValidationException",
            "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please "
            "remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or "
            "RemoveTagsFromResource.",
        )


def _check_pattern(pattern: str, value: str) -> None:
    try:
        is_matched = not pattern or re.search(pattern, value) is not None
    except re.error as error:
        message = "The request does not meet the regular expression requirement."  # unconfirmed wording
        raise ApiError("InvalidAllowedPatternException", message) from error
    if not is_matched:
        raise ApiError(
            "ParameterPatternMismatchException",
            f"Parameter value, cannot be validated against allowedPattern: {pattern}",
        )


def _check_oldest(parameter: Parameter) -> None:
    """See that the oldest version may go when there is no room for another one: a label holds it (documented)."""
    oldest = parameter.versions[0]
    if len(parameter.versions) == VERSIONS_MAX and oldest.labels:
        raise ApiError(
            "ParameterMaxVersionLimitExceeded",
            f"You attempted to create a new version of {parameter.name} by calling the PutParameter API with the "
            f"overwrite flag. Version {oldest.number}, the oldest version, can't be deleted because it has a label "
            "associated with it. Move the label to another version of the parameter, and try again.",
        )


def _check_given(given: Mapping[str, Any], value: str) -> None:
    if not value:
        raise ApiError(
            "ValidationException",
            "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length "
            "greater than or equal to 1.",
        )
    if _NESTED.search(value):  # documented; unconfirmed wording
        message = 'Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.'
        raise ApiError("ValidationException", message)
    data_type = str(given.get("DataType") or "text")
    if data_type not in _DATA_TYPES:
        message = f"The following data type is not supported: {data_type} (Data type names are all lowercase.)"
        raise ApiError("ValidationException", message)


def get_parameter(parameters: Parameters, request: Request) -> Result:
    """Return a parameter, or the secret that one refers to."""
    return {"Parameter": _asked(parameters, request, str(request.parameters["Name"]))}


def _asked(parameters: Parameters, request: Request, name: str) -> dict[str, Any]:
    if name.startswith(SECRETS):
        return secret_told(parameters.world, name, request)
    return _told(parameters, request, *parameters.resolve(name))


def get_parameters(parameters: Parameters, request: Request) -> Result:
    """Return several parameters, and the names that are none."""
    names: Any = request.parameters["Names"]
    found, invalid = [], []
    for name in names:
        try:
            found.append(_asked(parameters, request, name))
        except ApiError as error:
            if error.code == "ValidationException":
                raise
            invalid.append(name)
    return {"Parameters": found, "InvalidParameters": invalid}


def get_parameters_by_path(parameters: Parameters, request: Request) -> Result:
    """Return the parameters below a path."""
    given: Any = request.parameters
    path = str(given["Path"])
    if not path.startswith("/"):
        raise ApiError(
            "ValidationException",
            "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward "
            'slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive).',
        )
    filters = given.get("ParameterFilters") or ()
    check_filters(filters, is_by_path=True)
    prefix = path.rstrip("/") + "/"
    below = [each for each in parameters.all() if each.name.startswith(prefix)]
    if not given.get("Recursive"):
        below = [each for each in below if "/" not in each.name[len(prefix) :]]
    below = [each for each in below if suits(each, filters)]
    shown, more = page(below, given, 10)
    labels = [value for each in filters if each["Key"] == "Label" for value in each["Values"]]
    told = []
    for each in shown:
        selector = next((label for label in labels for version in each.versions if label in version.labels), "")
        version = each.selected(selector) if selector else each.latest
        told.append(_told(parameters, request, each, version, selector))
    return {"Parameters": told, **more}


def delete_parameter(parameters: Parameters, request: Request) -> Result:
    """Forget a parameter."""
    _delete(parameters, request, parameters.get(str(request.parameters["Name"])))
    return {}


def _delete(parameters: Parameters, request: Request, parameter: Parameter) -> None:
    parameters.remove(parameter)
    tell(parameters, request, "Delete", parameter, parameter.latest)


def delete_parameters(parameters: Parameters, request: Request) -> Result:
    """Forget several parameters."""
    names: Any = request.parameters["Names"]
    found = {name: parameter for name in names if (parameter := parameters.find(name)) is not None}
    for parameter in found.values():
        _delete(parameters, request, parameter)
    return {"DeletedParameters": list(found), "InvalidParameters": [name for name in names if name not in found]}


def describe_parameters(parameters: Parameters, request: Request) -> Result:
    """Tell of parameters, not of their values."""
    given: Any = request.parameters
    filters = [*(given.get("ParameterFilters") or ()), *(given.get("Filters") or ())]
    check_filters(filters, is_by_path=False)
    own = () if given.get("Shared") else parameters.all()  # no other account shares any with this one
    found = [each for each in own if suits(each, filters) and not each.name.startswith(PUBLIC)]
    shown, more = page(found, given, 50)
    return {"Parameters": [_metadata(parameters, each, each.latest) for each in shown], **more}


def get_parameter_history(parameters: Parameters, request: Request) -> Result:
    """Return every version of a parameter."""
    parameter = parameters.get(str(request.parameters["Name"]))
    shown, more = page(parameter.versions, request.parameters, 50)
    told = []
    for version in shown:
        entry = _metadata(parameters, parameter, version)
        entry.pop("ARN")
        told.append({**entry, "Value": _value(version, request), "Labels": list(version.labels)})
    return {"Parameters": told, **more}


def label_parameter_version(parameters: Parameters, request: Request) -> Result:
    """Give a version labels; a label is on one version of a parameter."""
    given: Any = request.parameters
    parameter = parameters.get(str(given["Name"]))
    number = given.get("ParameterVersion")
    version = parameter.latest if number is None else parameter.selected(str(number))
    invalid = [label for label in given["Labels"] if not _is_label(label)]
    valid = [label for label in given["Labels"] if label not in invalid]
    if len({*version.labels, *valid}) > LABELS_MAX:
        raise ApiError(
            "ParameterVersionLabelLimitExceeded",
            "An error occurred (ParameterVersionLabelLimitExceeded) when calling the LabelParameterVersion operation: "
            f"A parameter version can have maximum {LABELS_MAX} labels.Move one or more labels to another version and "
            "try again.",
        )
    for label in valid:
        for each in parameter.versions:
            if label in each.labels:
                each.labels.remove(label)
        version.labels.append(label)
    if valid:
        tell(parameters, request, "LabelParameterVersion", parameter, version)
    return {"InvalidLabels": invalid, "ParameterVersion": version.number}


def unlabel_parameter_version(parameters: Parameters, request: Request) -> Result:
    """Take labels off a version."""
    given: Any = request.parameters
    version = parameters.get(str(given["Name"])).selected(str(given["ParameterVersion"]))
    removed = [label for label in given["Labels"] if label in version.labels]
    version.labels = [label for label in version.labels if label not in removed]
    return {"RemovedLabels": removed, "InvalidLabels": [each for each in given["Labels"] if each not in removed]}


def add_tags_to_resource(parameters: Parameters, request: Request) -> Result:
    """Set tags; a repeated key overwrites."""
    given: Any = request.parameters
    _tagged(parameters, request).tags.update({each["Key"]: each["Value"] for each in given["Tags"]})
    return {}


def remove_tags_from_resource(parameters: Parameters, request: Request) -> Result:
    """Take tags away; an absent key is no error."""
    tags, keys = _tagged(parameters, request).tags, request.parameters["TagKeys"]
    assert isinstance(keys, list), "as the model has it"
    for key in keys:
        tags.pop(key, None)
    return {}


def list_tags_for_resource(parameters: Parameters, request: Request) -> Result:
    """Return the tags."""
    tags = _tagged(parameters, request).tags
    return {"TagList": [{"Key": key, "Value": value} for key, value in tags.items()]}


_OPERATIONS: Mapping[str, Callable[[Parameters, Request], Result]] = {
    "AddTagsToResource": add_tags_to_resource,
    "DeleteParameter": delete_parameter,
    "DeleteParameters": delete_parameters,
    "DescribeParameters": describe_parameters,
    "GetParameter": get_parameter,
    "GetParameterHistory": get_parameter_history,
    "GetParameters": get_parameters,
    "GetParametersByPath": get_parameters_by_path,
    "LabelParameterVersion": label_parameter_version,
    "ListTagsForResource": list_tags_for_resource,
    "PutParameter": put_parameter,
    "RemoveTagsFromResource": remove_tags_from_resource,
    "UnlabelParameterVersion": unlabel_parameter_version,
}

_ABOUT: Mapping[str, About] = {
    "AddTagsToResource": About("parameter:ResourceId", part="Tags.Key"),
    "DeleteParameter": About("parameter:Name", ends=True),
    "DeleteParameters": About("parameter:DeletedParameters", ends=True),
    "LabelParameterVersion": About("parameter:Name"),
    "PutParameter": About("parameter:Name"),
    "RemoveTagsFromResource": About("parameter:ResourceId"),
    "UnlabelParameterVersion": About("parameter:Name"),
}
"""Every value counts, as a version of its own."""


def operations(world: World) -> Mapping[str, Operation]:
    """Return the parameter store's operations for one simulation."""
    regions = world.share(Regions)
    made = {name: partial(_carry_out, regions, operation) for name, operation in _OPERATIONS.items()}
    return world.lasting(made, but=(), about=_ABOUT)


def _carry_out(regions: Regions, operation: Callable[[Parameters, Request], Result], request: Request) -> Result:
    return operation(regions.of(request.region), request)


def _tier(there: Parameter | None, wanted: str, value: str, *, has_policies: bool) -> str:
    """Return the tier that a value needs."""
    before = there.latest.tier if there else "Standard"
    if (before, wanted) == ("Advanced", "Standard"):
        raise ApiError(
            "ValidationException",
            "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the "
            "advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced "
            "parameter and recreate it as a standard parameter.",
        )
    wanted = wanted or before
    if wanted == "Intelligent-Tiering":
        return "Advanced" if has_policies or len(value) > STANDARD_CHARACTERS_MAX else "Standard"
    if wanted == "Standard" and has_policies:
        message = "Parameter policies are available for parameters of the advanced tier only."  # unconfirmed wording
        raise ApiError("ValidationException", message)
    if wanted == "Standard" and len(value) > STANDARD_CHARACTERS_MAX:
        raise ApiError(
            "ValidationException",
            f"Standard tier parameters support a maximum parameter value of {STANDARD_CHARACTERS_MAX} characters. To "
            "create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more "
            "information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/"
            "parameter-store-advanced-parameters.html",
        )
    if len(value) > ADVANCED_CHARACTERS_MAX:
        raise ApiError(
            "ValidationException",
            f"Advanced tier parameters support a maximum parameter value of {ADVANCED_CHARACTERS_MAX} characters.",
        )
    return wanted


def _is_label(label: str) -> bool:
    is_reserved = label[:1].isdigit() or label.lower().startswith(("aws", "ssm"))
    return len(label) <= 100 and not is_reserved and bool(re.fullmatch(r"[a-zA-Z0-9_.-]+", label))


def _tagged(parameters: Parameters, request: Request) -> Parameter:
    kind, name = str(request.parameters["ResourceType"]), str(request.parameters["ResourceId"])
    if kind in _KEPT_ELSEWHERE:
        raise NotSimulated(request.service, request.operation)
    if kind != "Parameter":
        raise not_simulated(request, f"ResourceType={kind}")
    found = parameters.find(name)
    if found is None:
        raise ApiError(
            "InvalidResourceId", "The resource ID is not valid. Verify that you entered the correct ID and try again."
        )
    return found


def _told(
    parameters: Parameters, request: Request, parameter: Parameter, version: Version, selector: str
) -> dict[str, Any]:
    parameter.read_count += 1
    told: dict[str, Any] = {
        "Name": parameter.name,
        "Type": version.type,
        "Value": _value(version, request),
        "Version": version.number,
        "LastModifiedDate": parameters.world.clock.date(version.modified_us),
        "ARN": parameter.arn,
        "DataType": version.data_type,
    }
    if selector:
        told["Selector"] = f":{selector}"
    return told


def _value(version: Version, request: Request) -> str:
    """Return the value; one that is secure looks encrypted unless it is asked for in clear."""
    if version.type != "SecureString" or request.parameters.get("WithDecryption"):
        return version.value
    digest = hashlib.sha256(f"{version.key}:{version.value}".encode()).digest()
    return "AQICAH" + base64.b64encode(digest * 3).decode().rstrip("=")


def _metadata(parameters: Parameters, parameter: Parameter, version: Version) -> dict[str, Any]:
    world = parameters.world
    told: dict[str, Any] = {
        "Name": parameter.name,
        "ARN": parameter.arn,
        "Type": version.type,
        "LastModifiedDate": world.clock.date(version.modified_us),
        "LastModifiedUser": f"arn:aws:iam::{world.account_id}:root",
        "Version": version.number,
        "Tier": version.tier,
        "Policies": described(version.policies),
        "DataType": version.data_type,
    }
    more = {"Description": version.description, "KeyId": version.key, "AllowedPattern": version.allowed_pattern}
    return {**told, **{member: value for member, value in more.items() if value}}
