"""Which API calls change access, credentials, functions or the trail itself.

Names are `eventName` as CloudTrail writes it: Lambda's have the version of its API at the end.
"""

from collections.abc import Mapping

USER_RIGHTS = (
    "AttachUserPolicy", "PutUserPolicy", "DetachUserPolicy", "DeleteUserPolicy", "AddUserToGroup",
    "RemoveUserFromGroup", "CreateUser", "DeleteUser", "PutUserPermissionsBoundary",
    "DeleteUserPermissionsBoundary",
)  # fmt: skip
ROLE_RIGHTS = (
    "AttachRolePolicy", "PutRolePolicy", "DetachRolePolicy", "DeleteRolePolicy", "CreateRole",
    "DeleteRole", "UpdateAssumeRolePolicy", "PutRolePermissionsBoundary",
    "DeleteRolePermissionsBoundary",
)  # fmt: skip
OTHER_RIGHTS = (
    "AttachGroupPolicy", "PutGroupPolicy", "DetachGroupPolicy", "DeleteGroupPolicy",
    "CreateAccountAssignment", "DeleteAccountAssignment", "CreateTrustAnchor", "CreateProfile",
    "UpdateTrustAnchor", "UpdateProfile", "AddPermission20150331v2", "RemovePermission20150331v2",
    "CreatePolicyVersion", "SetDefaultPolicyVersion",
)  # fmt: skip
CREDENTIALS: Mapping[str, str] = {
    "CreateAccessKey": "credential_issued",
    "DeleteAccessKey": "credential_revoked",
    "CreateLoginProfile": "credential_issued",
    "UpdateLoginProfile": "credential_rotated",
    "DeleteLoginProfile": "credential_revoked",
    "CreateServiceSpecificCredential": "credential_issued",
    "ResetServiceSpecificCredential": "credential_rotated",
    "DeleteServiceSpecificCredential": "credential_revoked",
    "UploadSSHPublicKey": "credential_issued",
    "DeleteSSHPublicKey": "credential_revoked",
    "GetFederationToken": "credential_issued",
}
SECRETS: Mapping[str, str] = {
    "CreateSecret": "credential_issued",
    "PutSecretValue": "credential_rotated",
    "RotateSecret": "credential_rotated",
    "DeleteSecret": "credential_revoked",
}
CODE = (
    "CreateFunction20150331", "UpdateFunctionCode20150331v2",
    "UpdateFunctionConfiguration20150331v2", "PublishVersion20150331",
)  # fmt: skip
SILENCED = ("StopLogging", "DeleteTrail")
