"""What do calls of Cognito need? Users ask for themselves and show a token, which IAM knows nothing of.

Whoever manages a pool needs the action of the same name on it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from eventsim.permissions.need import Needs, anywhere, like, on, together

_OPEN: Final = (
    "AssociateSoftwareToken ChangePassword CompleteWebAuthnRegistration ConfirmDevice ConfirmForgotPassword "
    "ConfirmSignUp DeleteUser DeleteUserAttributes DeleteWebAuthnCredential ForgetDevice ForgotPassword GetDevice "
    "GetTokensFromRefreshToken GetUser GetUserAttributeVerificationCode GetUserAuthFactors GlobalSignOut "
    "InitiateAuth ListDevices ListUserSessions ListWebAuthnCredentials ResendConfirmationCode "
    "RespondToAuthChallenge RevokeToken RevokeUserSession SetUserMFAPreference SetUserSettings SignUp "
    "StartWebAuthnRegistration UpdateAuthEventFeedback UpdateDeviceStatus UpdateUserAttributes VerifySoftwareToken "
    "VerifyUserAttribute"
)
"""What everybody may call: requests for it are not signed."""
_OF_A_POOL: Final = (
    "AddCustomAttributes AddUserPoolClientSecret AdminAddUserToGroup AdminConfirmSignUp AdminCreateUser "
    "AdminDeleteSoftwareToken AdminDeleteUser AdminDeleteUserAttributes AdminDisableProviderForUser "
    "AdminDisableUser AdminEnableUser AdminForgetDevice AdminGetDevice AdminGetUser AdminGetUserAuthFactors "
    "AdminInitiateAuth AdminLinkProviderForUser AdminListDevices AdminListGroupsForUser AdminListUserAuthEvents "
    "AdminListUserSessions AdminRemoveUserFromGroup AdminResetUserPassword AdminRespondToAuthChallenge "
    "AdminRevokeUserSession AdminSetUserMFAPreference AdminSetUserPassword AdminSetUserSettings "
    "AdminUpdateAuthEventFeedback AdminUpdateDeviceStatus AdminUpdateUserAttributes AdminUserGlobalSignOut "
    "CreateGroup CreateIdentityProvider CreateManagedLoginBranding CreateResourceServer CreateTerms "
    "CreateUserImportJob CreateUserPoolClient CreateUserPoolDomain CreateUserPoolReplica DeleteGroup "
    "DeleteIdentityProvider DeleteManagedLoginBranding DeleteResourceServer DeleteTerms DeleteUserPool "
    "DeleteUserPoolClient DeleteUserPoolClientSecret DeleteUserPoolDomain DeleteUserPoolReplica "
    "DescribeIdentityProvider DescribeManagedLoginBranding DescribeManagedLoginBrandingByClient "
    "DescribeResourceServer DescribeRiskConfiguration DescribeTerms DescribeTermsByClient DescribeUserImportJob "
    "DescribeUserPool DescribeUserPoolClient GetCSVHeader GetGroup GetIdentityProviderByIdentifier "
    "GetLogDeliveryConfiguration GetSigningCertificate GetUICustomization GetUserPoolClientSessionConfiguration "
    "GetUserPoolMfaConfig GetUserPoolSessionConfiguration ListGroups ListIdentityProviders ListResourceServers "
    "ListTerms ListUserImportJobs ListUserPoolClientSecrets ListUserPoolClients ListUserPoolReplicas ListUsers "
    "ListUsersInGroup SetLogDeliveryConfiguration SetRiskConfiguration SetUICustomization "
    "SetUserPoolClientSessionConfiguration SetUserPoolMfaConfig SetUserPoolSessionConfiguration StartUserImportJob "
    "StopUserImportJob UpdateGroup UpdateIdentityProvider UpdateManagedLoginBranding UpdateResourceServer "
    "UpdateTerms UpdateUserPool UpdateUserPoolClient UpdateUserPoolDomain UpdateUserPoolReplica"
)
_POOL: Final = like("arn:aws:cognito-idp:{region}:{account_id}:userpool/{UserPoolId}")
_OF_NO_POOL: Final = ("CreateUserPool", "DescribeUserPoolDomain", "ListUserPools")
_OF_TAGS: Final = ("ListTagsForResource", "TagResource", "UntagResource")

NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **dict.fromkeys(_OPEN.split(), together()),
        **{name: on(_POOL, f"cognito-idp:{name}") for name in _OF_A_POOL.split()},
        **{name: anywhere(f"cognito-idp:{name}") for name in _OF_NO_POOL},
        **{name: on(like("{ResourceArn}"), f"cognito-idp:{name}") for name in _OF_TAGS},
    }
)

OF_IDENTITIES: Final[Mapping[str, Needs]] = MappingProxyType(
    dict.fromkeys(("GetCredentialsForIdentity", "GetId", "GetOpenIdToken", "UnlinkIdentity"), together())
)
"""Those of identity pools that everybody may call."""
