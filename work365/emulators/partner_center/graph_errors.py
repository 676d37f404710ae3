"""Refusals in the words of Microsoft Graph: `{"error": {code, message, innerError}}`.

The codes of admin relationships are not documented one by one: where none is known the general
code of the status is taken.
Source: learn.microsoft.com/graph/errors.
"""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any


class GraphError(Exception):
    """A refused request."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message

    def body(self, request_id: str, client_request_id: str, at: datetime) -> dict[str, Any]:
        """Return the error as it is sent."""
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "innerError": {
                    "date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
                    "request-id": request_id,
                    "client-request-id": client_request_id,
                },
            }
        }


def bad_request(message: str) -> GraphError:
    """Say that the request cannot be done as it is."""
    return GraphError(HTTPStatus.BAD_REQUEST, "BadRequest", message)


def unauthenticated(message: str) -> GraphError:
    """Say that the token is missing, or not for Graph."""
    return GraphError(HTTPStatus.UNAUTHORIZED, "InvalidAuthenticationToken", message)


def denied() -> GraphError:
    """Say that the permission is missing, or the tenant is no partner."""
    return GraphError(
        HTTPStatus.FORBIDDEN,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )


def not_found(what: str) -> GraphError:
    """Say that there is no such thing."""
    return GraphError(
        HTTPStatus.NOT_FOUND,
        "Request_ResourceNotFound",
        f"Resource '{what}' does not exist or one of its queried reference-property objects "
        "are not present.",
    )


def conflict(message: str) -> GraphError:
    """Say that the thing is in no state for that."""
    return GraphError(HTTPStatus.CONFLICT, "Conflict", message)


def changed_since() -> GraphError:
    """Say that the etag is an old one."""
    return GraphError(
        HTTPStatus.PRECONDITION_FAILED,
        "PreconditionFailed",
        "The resource has changed since its ETag was read.",
    )


def gone(what: str) -> GraphError:
    """Say that the thing is there no more."""
    return GraphError(HTTPStatus.GONE, "Gone", f"{what} has expired. Start a new export.")
