"""Environment variables: what differs between environments, and is no secret."""

from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from dataverse_schema.identifiers import identifier
from dataverse_schema.table import PREFIX


class VariableType(IntEnum):
    """Type of a value. Source: the table environmentvariabledefinition, column type."""

    STRING = 100_000_000
    NUMBER = 100_000_001
    BOOLEAN = 100_000_002
    JSON = 100_000_003


@dataclass(frozen=True, kw_only=True)
class EnvironmentVariable:
    """A definition; its value is set in each environment."""

    id: UUID
    schema_name: str
    display_name: str
    description: str
    type: VariableType
    default: str | None = None


def _text(name: str, display_name: str, description: str) -> EnvironmentVariable:
    return EnvironmentVariable(
        id=identifier("environment variable", PREFIX + name),
        schema_name=PREFIX + name,
        display_name=display_name,
        description=description,
        type=VariableType.STRING,
    )


SERVICE_URL = _text(
    "ServiceUrl",
    "Service address",
    "Address of the service, such as https://name.azurewebsites.net, without a path.",
)

APPLICATION_ID = _text(
    "ServiceApplicationId",
    "Service application id",
    "Client id of the app registration or managed identity that the service signs in with.",
)

ENVIRONMENT_VARIABLES = (SERVICE_URL, APPLICATION_ID)
