"""The parameter store as its clients know it: one function for each operation."""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from eventsim import ApiError, Operation, Request, Result, World
from eventsim_sources.parameter.store import VERSIONS_MAX, Parameter, Parameters, Regions, Version

LEVELS_MAX = 15
STANDARD_CHARACTERS_MAX = 4096
ADVANCED_CHARACTERS_MAX = 8192
LABELS_MAX = 10
_NAME = re.compile(r"[a-zA-Z0-9_.\-/]+")
_DEFAULT_KEY = "alias/aws/ssm"


def put_parameter(parameters: Parameters, request: Request) -> Result:
    """Make a parameter, or a new version of one."""
    given: Any = request.parameters
    name, value = str(given["Name"]), str(given["Value"])
    _check_name(name)
    there = parameters.find(name)
    if there is not None and not given.get("Overwrite"):
        raise ApiError(
            "ParameterAlreadyExists",
            "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
        )
    if there is not None and given.get("Tags"):
        raise ApiError(
            "ValidationException",
            "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please "
            "remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or "
            "RemoveTagsFromResource.",
        )
    kind = given.get("Type") or (there.latest.type if there else "")
    if not kind:
        raise ApiError("ValidationException", "A parameter type is required when you create a parameter.")
    tier = _tier(given.get("Tier") or (there.latest.tier if there else "Standard"), value)
    pattern = str(given.get("AllowedPattern") or "")
    if pattern and not re.search(pattern, value):
        raise ApiError(
            "ParameterPatternMismatchException",
            f"Parameter value, cannot be validated against allowedPattern: {pattern}",
        )
    parameter = parameters.add(name)
    parameter.tags |= {each["Key"]: each["Value"] for each in given.get("Tags") or ()}
    version = Version(
        number=parameter.latest.number + 1 if parameter.versions else 1,
        value=value,
        type=kind,
        modified_us=parameters.world.clock.now_us,
        description=str(given.get("Description") or (there.latest.description if there else "")),
        key=str(given.get("KeyId") or (_DEFAULT_KEY if kind == "SecureString" else "")),
        allowed_pattern=pattern,
        tier=tier,
        data_type=str(given.get("DataType") or "text"),
        policies=str(given.get("Policies") or ""),
    )
    parameter.versions.append(version)
    del parameter.versions[:-VERSIONS_MAX]
    return {"Version": version.number, "Tier": tier}


def get_parameter(parameters: Parameters, request: Request) -> Result:
    """Return a parameter."""
    found = parameters.resolve(str(request.parameters["Name"]))
    return {"Parameter": _told(parameters, request, *found)}


def get_parameters(parameters: Parameters, request: Request) -> Result:
    """Return several parameters, and the names that are none."""
    names: Any = request.parameters["Names"]
    found, invalid = [], []
    for name in names:
        try:
            found.append(_told(parameters, request, *parameters.resolve(name)))
        except ApiError:
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
    prefix = path.rstrip("/") + "/"
    below = [each for each in parameters.all() if each.name.startswith(prefix)]
    if not given.get("Recursive"):
        below = [each for each in below if "/" not in each.name[len(prefix) :]]
    below = [each for each in below if _suits(each, given.get("ParameterFilters") or ())]
    page, more = _page(below, given, 10)
    labels = [
        value for each in given.get("ParameterFilters") or () if each["Key"] == "Label" for value in each["Values"]
    ]
    told = []
    for each in page:
        selector = next((label for label in labels for version in each.versions if label in version.labels), "")
        version = each.selected(selector) if selector else each.latest
        told.append(_told(parameters, request, each, version, selector))
    return {"Parameters": told, **more}


def delete_parameter(parameters: Parameters, request: Request) -> Result:
    """Forget a parameter."""
    parameters.remove(parameters.get(str(request.parameters["Name"])).name)
    return {}


def delete_parameters(parameters: Parameters, request: Request) -> Result:
    """Forget several parameters."""
    names: Any = request.parameters["Names"]
    deleted = [name for name in names if parameters.remove(name)]
    return {"DeletedParameters": deleted, "InvalidParameters": [name for name in names if name not in deleted]}


def describe_parameters(parameters: Parameters, request: Request) -> Result:
    """Tell of parameters, not of their values."""
    given: Any = request.parameters
    filters = [*(given.get("ParameterFilters") or ()), *(given.get("Filters") or ())]
    found = [each for each in parameters.all() if _suits(each, filters)]
    page, more = _page(found, given, 50)
    return {"Parameters": [_metadata(parameters, each, each.latest) for each in page], **more}


def get_parameter_history(parameters: Parameters, request: Request) -> Result:
    """Return every version of a parameter."""
    parameter = parameters.get(str(request.parameters["Name"]))
    page, more = _page(parameter.versions, request.parameters, 50)
    told = []
    for version in page:
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


def operations(world: World) -> Mapping[str, Operation]:
    """Return the parameter store's operations for one simulation."""
    regions = world.share(Regions)
    made = {name: partial(_carry_out, regions, operation) for name, operation in _OPERATIONS.items()}
    return world.lasting(made, but=())


def _carry_out(regions: Regions, operation: Callable[[Parameters, Request], Result], request: Request) -> Result:
    return operation(regions.of(request.region), request)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or re.match(r"/?(aws|ssm)", name, re.IGNORECASE):
        raise ApiError(
            "ValidationException",
            'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive). If formed as a path, it can '
            "consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers "
            "and the following 3 symbols .-_",
        )
    if "/" in name and not name.startswith("/"):
        raise ApiError("ValidationException", "Parameter name must be a fully qualified name.")
    if name.count("/") > LEVELS_MAX:
        raise ApiError(
            "HierarchyLevelLimitExceededException",
            f"Parameter name: hierarchy can't have more than {LEVELS_MAX} levels.",
        )


def _tier(wanted: str, value: str) -> str:
    """Return the tier that a value needs."""
    if wanted == "Intelligent-Tiering":
        return "Advanced" if len(value) > STANDARD_CHARACTERS_MAX else "Standard"
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
    found = parameters.find(name) if kind == "Parameter" else None
    if found is None:
        raise ApiError("InvalidResourceId", f"There is no {kind} {name} in this simulation.")
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
        "Policies": [],
        "DataType": version.data_type,
    }
    more = {"Description": version.description, "KeyId": version.key, "AllowedPattern": version.allowed_pattern}
    return {**told, **{member: value for member, value in more.items() if value}}


def _suits(parameter: Parameter, filters: Sequence[Mapping[str, Any]]) -> bool:
    return all(_suits_one(parameter, each) for each in filters)


def _suits_one(parameter: Parameter, given: Mapping[str, Any]) -> bool:
    key, option, values = str(given["Key"]), str(given.get("Option") or "Equals"), given.get("Values") or ()
    if key == "Path":
        is_deep = option == "Recursive"
        return any(_is_below(parameter.name, value, is_deep=is_deep) for value in values)
    if key.startswith("tag:"):
        tag = parameter.tags.get(key[4:])
        return tag is not None and (not values or tag in values)
    texts = {
        "Name": [parameter.name],
        "Type": [parameter.latest.type],
        "KeyId": [parameter.latest.key],
        "Tier": [parameter.latest.tier],
        "DataType": [parameter.latest.data_type],
        "Label": [label for version in parameter.versions for label in version.labels],
    }.get(key)
    if texts is None:
        raise ApiError("InvalidFilterKey", f"The filter key {key} is not valid.")
    if option == "BeginsWith":
        return any(text.startswith(value) for text in texts for value in values)
    if option == "Contains":
        return any(value in text for text in texts for value in values)
    return any(text.removeprefix("/") == value.removeprefix("/") for text in texts for value in values)


def _is_below(name: str, path: str, *, is_deep: bool) -> bool:
    prefix = path.rstrip("/") + "/"
    return name.startswith(prefix) and (is_deep or "/" not in name[len(prefix) :])


def _page(items: Sequence[Any], given: Mapping[str, Any], default: int) -> tuple[list[Any], dict[str, str]]:
    start = int(str(given.get("NextToken") or 0))
    end = start + int(str(given.get("MaxResults") or default))
    return list(items[start:end]), {"NextToken": str(end)} if end < len(items) else {}
