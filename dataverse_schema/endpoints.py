"""The service endpoint: where Dataverse posts what our steps notice."""

from dataclasses import dataclass
from uuid import UUID

from dataverse_schema.environment_variables import SERVICE_URL
from dataverse_schema.identifiers import identifier

UNSET_URL = "https://service-address-not-set.invalid"
"""Stands in a solution file for the service's address, which only an environment has."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A webhook registration. Its key is a secret of each environment, and no part of this.

    Source: docs of the table serviceendpoint; the codes are those of its choices.
    """

    id: UUID
    name: str
    description: str
    path: str
    """Of the trigger, below the service's address."""

    url_variable: str
    """Schema name of the environment variable that has the service's address."""

    key_header: str
    """Header in which Dataverse sends the key."""

    contract: int = 8
    """Webhook."""

    authentication_type: int = 5
    """HTTP header."""

    connection_mode: int = 1
    message_format: int = 2
    """JSON."""

    user_claim: int = 1

    def url(self, service_url: str = UNSET_URL) -> str:
        """Return where a ring is posted, for a service at `service_url`."""
        return service_url.rstrip("/") + self.path


ENDPOINT = Endpoint(
    id=identifier("service endpoint", "Work 365"),
    name="Work 365",
    description="Rings at the service when something that is billed has changed.",
    path="/api/webhooks/dataverse",
    url_variable=SERVICE_URL.schema_name,
    key_header="x-work365-key",
)
