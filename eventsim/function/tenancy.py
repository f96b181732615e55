"""For which tenant does a function run? One with tenant isolation runs each tenant in environments of its own.

Which tenant a request is for, it must say itself. So nothing may invoke such a function that cannot say it: mappings,
URLs and environments that are ready before anybody asks are refused (documented).
"""

from eventsim.errors import ApiError
from eventsim.function.function import FunctionVersion

ISOLATES = {"TenantIsolationMode": "PER_TENANT"}
"""What the API calls tenant isolation; there is no other mode."""


def check_tenant(version: FunctionVersion, tenant_id: str) -> None:
    """See that a request names a tenant if the function isolates tenants, and none if it does not.

    Raises:
        ApiError: it does not; AWS's words as its guide has them, those of the second refusal unconfirmed.
    """
    if version.is_tenant_isolated and not tenant_id:
        raise _invalid(
            "The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try "
            "again."
        )
    if tenant_id and not version.is_tenant_isolated:
        raise _invalid(
            "The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request "
            "and try again."
        )


def not_with_tenants(what: str) -> str:
    """Return why something cannot be had for a function that isolates tenants (the words of SAM)."""
    return f"{what} is not supported for functions enabled with tenancy configuration."


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidParameterValueException", message, fields={"Type": "User"})
