"""What do calls of ECR need? The action of the same name on the repository; a token is for all of them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import Need, Needs, Place, anywhere, for_each, like, on

_REPOSITORY: Final = like("arn:aws:ecr:{region}:{account_id}:repository/{repositoryName}")
_OF_A_REPOSITORY: Final = (
    *("BatchCheckLayerAvailability", "BatchDeleteImage", "BatchGetImage", "CompleteLayerUpload", "CreateRepository"),
    *("DeleteLifecyclePolicy", "DeleteRepository", "DeleteRepositoryPolicy", "DescribeImageScanFindings"),
    *("DescribeImages", "GetDownloadUrlForLayer", "GetLifecyclePolicy", "GetRepositoryPolicy", "InitiateLayerUpload"),
    *("ListImages", "PutImage", "PutImageScanningConfiguration", "PutImageTagMutability", "PutLifecyclePolicy"),
    *("SetRepositoryPolicy", "StartImageScan", "UploadLayerPart"),
)
_OF_TAGS: Final = ("ListTagsForResource", "TagResource", "UntagResource")


def _described(given: Mapping[str, Any], place: Place) -> list[Need]:
    """Return what it needs to look at repositories: at those named, or else at all."""
    named = for_each("repositoryNames", "repositoryName", on(_REPOSITORY, "ecr:DescribeRepositories"))(given, place)
    return list(named or [Need("ecr:DescribeRepositories", place.arn("ecr", "repository/*"))])


NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: on(_REPOSITORY, f"ecr:{name}") for name in _OF_A_REPOSITORY},
        **{name: on(like("{resourceArn}"), f"ecr:{name}") for name in _OF_TAGS},
        "DescribeRepositories": _described,
        "GetAuthorizationToken": anywhere("ecr:GetAuthorizationToken"),
    }
)
