"""Operations on what is kept and has no effect: how traces should be encrypted, and tags."""

from typing import Any

from eventsim import ApiError, Request, Result
from eventsim_sources.xray.api.service import TAGS_MAX, Xray, checked_tags


def get_encryption_config(xray: Xray, _: Request) -> Result:
    """Tell how traces should be encrypted."""
    return {"EncryptionConfig": xray.encryption}


def put_encryption_config(xray: Xray, request: Request) -> Result:
    """Say how traces should be encrypted: by X-Ray's own key, or by another."""
    given = request.parameters
    if (given["Type"] == "KMS") is not bool(given.get("KeyId")):
        message = "KeyId must be given if and only if Type is KMS"  # documented; unconfirmed wording
        raise ApiError("InvalidRequestException", message)
    key = {"KeyId": str(given["KeyId"])} if given.get("KeyId") else {}
    xray.encryption = {**key, "Status": "ACTIVE", "Type": str(given["Type"])}
    return {"EncryptionConfig": xray.encryption}


def list_tags_for_resource(xray: Xray, request: Request) -> Result:
    """Tell the tags of a group or a rule."""
    tags = xray.tagged(request.parameters["ResourceARN"]).tags
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def tag_resource(xray: Xray, request: Request) -> Result:
    """Set tags of a group or a rule."""
    arn = request.parameters["ResourceARN"]
    tagged, tags = xray.tagged(arn), checked_tags(request.parameters["Tags"])
    if len(tagged.tags | tags) > TAGS_MAX:
        message = "You have exceeded the maximum number of tags you can apply to this resource."
        raise ApiError("TooManyTagsException", message, fields={"ResourceName": arn})
    tagged.tags.update(tags)
    return {}


def untag_resource(xray: Xray, request: Request) -> Result:
    """Take tags away."""
    keys: Any = request.parameters["TagKeys"]
    tags = xray.tagged(request.parameters["ResourceARN"]).tags
    for key in keys:
        tags.pop(key, None)
    return {}
