"""What do calls of IAM need? The action of the same name on a user, a role, a group or a policy, by its ARN.

The path of what is there already is not told by its name: a name alone is taken for one without a path, as most are.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import Needs, Place, Resource, anywhere, like, on, text_in, told


def _named(kind: str, parameter: str) -> Resource:
    """Return what finds something by its name and, as it is made, its path; who names nobody means himself."""

    def resource(given: Mapping[str, Any], place: Place) -> str:
        name = text_in(given, parameter)
        path = text_in(given, "Path").strip("/")
        return f"arn:aws:iam::{place.account_id}:{'/'.join(filter(None, (kind, path, name)))}" if name else ""

    return resource


def _below(kind: str) -> Resource:
    """Return what finds the path below which all of a kind are listed."""
    return lambda given, place: f"arn:aws:iam::{place.account_id}:{kind}{text_in(given, 'PathPrefix') or '/'}"


_KINDS: Final[tuple[tuple[Resource, str], ...]] = (
    (
        _named("role", "RoleName"),
        "AttachRolePolicy CreateRole DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy DetachRolePolicy "
        "GetRole GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies "
        "ListRoleTags PutRolePermissionsBoundary PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRole "
        "UpdateRoleDescription",
    ),
    (
        _named("user", "UserName"),
        "AttachUserPolicy ChangePassword CreateAccessKey CreateLoginProfile CreateUser DeleteAccessKey "
        "DeleteLoginProfile DeleteUser DeleteUserPermissionsBoundary DeleteUserPolicy DetachUserPolicy GetLoginProfile "
        "GetUser GetUserPolicy ListAccessKeys ListAttachedUserPolicies ListGroupsForUser ListMFADevices "
        "ListUserPolicies ListUserTags PutUserPermissionsBoundary PutUserPolicy TagUser UntagUser UpdateAccessKey "
        "UpdateLoginProfile UpdateUser",
    ),
    (
        _named("group", "GroupName"),
        "AddUserToGroup AttachGroupPolicy CreateGroup DeleteGroup DeleteGroupPolicy DetachGroupPolicy GetGroup "
        "GetGroupPolicy ListAttachedGroupPolicies ListGroupPolicies PutGroupPolicy RemoveUserFromGroup UpdateGroup",
    ),
    (
        _named("instance-profile", "InstanceProfileName"),
        "AddRoleToInstanceProfile CreateInstanceProfile DeleteInstanceProfile GetInstanceProfile "
        "RemoveRoleFromInstanceProfile TagInstanceProfile UntagInstanceProfile",
    ),
    (_named("policy", "PolicyName"), "CreatePolicy"),
    (
        like("{PolicyArn}"),
        "CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy GetPolicyVersion ListEntitiesForPolicy "
        "ListPolicyTags ListPolicyVersions SetDefaultPolicyVersion TagPolicy UntagPolicy",
    ),
    (_below("group"), "ListGroups"),
    (_below("instance-profile"), "ListInstanceProfiles"),
    (_below("role"), "ListRoles"),
    (_below("user"), "ListUsers"),
)
"""What operations are about, and which."""
_OF_NOTHING: Final = ("GetAccountAuthorizationDetails", "GetAccountSummary", "ListAccountAliases", "ListPolicies")
_KEYS: Final = told({"iam:PermissionsBoundary": "PermissionsBoundary", "iam:PolicyARN": "PolicyArn"})

NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: on(resource, f"iam:{name}", keys=_KEYS) for resource, names in _KINDS for name in names.split()},
        **{name: anywhere(f"iam:{name}") for name in _OF_NOTHING},
    }
)
