"""What is refused, in Entra's form and words.

Source: the documented error response of the token endpoint, and the list of AADSTS codes.
"""

from datetime import datetime
from typing import Any
from uuid import uuid4


class EntraRefusal(Exception):
    """A request that Entra refuses: an OAuth error, and the code that says why."""

    def __init__(
        self, error: str, code: int, text: str, *, status: int = 400, suberror: str = ""
    ) -> None:
        super().__init__(f"AADSTS{code}: {text}")
        self.error = error
        self.code = code
        self.text = text
        self.status = status
        self.suberror = suberror

    def description(self, now: datetime, *, trace_id: str, correlation_id: str) -> str:
        """Return the text that is shown, with the ids by which support finds a request."""
        return (
            f"AADSTS{self.code}: {self.text} Trace ID: {trace_id} "
            f"Correlation ID: {correlation_id} Timestamp: {moment_text(now)}"
        )

    def body(self, now: datetime, *, correlation_id: str, root: str) -> dict[str, Any]:
        """Return the JSON that the token endpoint answers with."""
        trace_id = str(uuid4())
        shown: dict[str, Any] = {
            "error": self.error,
            "error_description": self.description(
                now, trace_id=trace_id, correlation_id=correlation_id
            ),
            "error_codes": [self.code],
            "timestamp": moment_text(now),
            "trace_id": trace_id,
            "correlation_id": correlation_id,
            "error_uri": f"{root}/error?code={self.code}",
        }
        if self.suberror:
            shown["suberror"] = self.suberror
        return shown


class NotEmulated(Exception):
    """A request for something that Entra does and this stand-in does not."""


def moment_text(moment: datetime) -> str:
    """Return a moment as Entra writes it."""
    return moment.strftime("%Y-%m-%d %H:%M:%SZ")


def missing_parameter(name: str) -> EntraRefusal:
    """Say that a request lacks a parameter."""
    return EntraRefusal(
        "invalid_request",
        900144,
        f"The request body must contain the following parameter: '{name}'.",
    )


def unknown_tenant(tenant: str) -> EntraRefusal:
    """Say that there is no such tenant."""
    return EntraRefusal(
        "invalid_request",
        90002,
        f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are "
        "signing into the correct cloud. Check with your subscription administrator, this may "
        "happen if there are no active subscriptions for the tenant.",
    )


def unknown_application(client_id: str, tenant: str) -> EntraRefusal:
    """Say that there is no such application."""
    return EntraRefusal(
        "unauthorized_client",
        700016,
        f"Application with identifier '{client_id}' was not found in the directory '{tenant}'. "
        "This can happen if the application has not been installed by the administrator of the "
        "tenant or consented to by any user in the tenant. You may have sent your authentication "
        "request to the wrong tenant.",
    )


def no_consent(client_id: str, name: str) -> EntraRefusal:
    """Say that nobody consented to what an application asks for."""
    return EntraRefusal(
        "invalid_grant",
        65001,
        f"The user or administrator has not consented to use the application with ID "
        f"'{client_id}' named '{name}'. Send an interactive authorization request for this user "
        "and resource.",
        suberror="consent_required",
    )


def no_service_principal(application_id: str, name: str, tenant: str) -> EntraRefusal:
    """Say that a tenant does not have the service that an application asks for."""
    return EntraRefusal(
        "invalid_client",
        650052,
        f"The app is trying to access a service '{application_id}'({name}) that your "
        f"organization '{tenant}' lacks a service principal for. Contact your IT Admin to review "
        "the configuration of your service subscriptions or consent to the application in order "
        "to create the required service principal.",
    )


def unknown_resource(resource: str, tenant: str) -> EntraRefusal:
    """Say that a tenant does not know a resource."""
    return EntraRefusal(
        "invalid_resource",
        500011,
        f"The resource principal named {resource} was not found in the tenant named {tenant}. "
        "This can happen if the application has not been installed by the administrator of the "
        "tenant or consented to by any user in the tenant. You might have sent your "
        "authentication request to the wrong tenant.",
    )


def mfa_needed(application_id: str, *, is_registered: bool) -> EntraRefusal:
    """Say that a resource wants a second factor, or that one has to be set up first."""
    step = "use" if is_registered else "enroll in"
    return EntraRefusal(
        "interaction_required",
        50076 if is_registered else 50079,
        "Due to a configuration change made by your administrator, or because you moved to a new "
        f"location, you must {step} multi-factor authentication to access '{application_id}'.",
        suberror="basic_action",
    )
