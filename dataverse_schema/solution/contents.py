"""What a solution file says, in plain values: declared here, or read from a file."""

from dataclasses import dataclass
from uuid import UUID

from dataverse_schema.choices import GlobalChoice, global_choices
from dataverse_schema.definitions import TableDefinition, table_definitions
from dataverse_schema.endpoints import ENDPOINT
from dataverse_schema.environment_variables import ENVIRONMENT_VARIABLES, EnvironmentVariable
from dataverse_schema.forms import Form, forms
from dataverse_schema.publisher import SOLUTION, Solution
from dataverse_schema.relationships import OneToMany, relationships, system_relationships
from dataverse_schema.roles import ROLES, Depth, named_privileges
from dataverse_schema.steps import MESSAGE_IDS, MODE_ASYNCHRONOUS, RANK, STAGE_AFTER, STEPS, Image
from dataverse_schema.tables import TABLES
from dataverse_schema.views import View, views
from dataverse_schema.web_resources import WEB_RESOURCES, WebResource


@dataclass(frozen=True, kw_only=True)
class RoleDefinition:
    """A security role. A file says privileges by name, and has no room for a description."""

    id: UUID
    name: str
    privileges: dict[str, Depth]


@dataclass(frozen=True, kw_only=True)
class EndpointDefinition:
    """A service endpoint, without the key that goes with it."""

    id: UUID
    name: str
    description: str
    url: str
    contract: int
    authentication_type: int
    connection_mode: int
    message_format: int
    user_claim: int


@dataclass(frozen=True, kw_only=True)
class StepDefinition:
    """A step that rings at an endpoint."""

    id: UUID
    name: str
    message_id: UUID
    table: str
    filtering_attributes: tuple[str, ...]
    """Logical names; none means every column."""

    endpoint: UUID
    stage: int
    mode: int
    rank: int
    images: tuple[Image, ...]


@dataclass(frozen=True, kw_only=True)
class Contents:
    """Everything in a solution file."""

    solution: Solution
    tables: tuple[TableDefinition, ...]
    choices: tuple[GlobalChoice, ...]
    relationships: tuple[OneToMany, ...]
    views: tuple[View, ...]
    forms: tuple[Form, ...]
    roles: tuple[RoleDefinition, ...]
    environment_variables: tuple[EnvironmentVariable, ...]
    endpoints: tuple[EndpointDefinition, ...]
    steps: tuple[StepDefinition, ...]
    web_resources: tuple[WebResource, ...]


def declared_contents() -> Contents:
    """Return what the declarations come to."""
    return Contents(
        solution=SOLUTION,
        tables=table_definitions(),
        choices=global_choices(),
        relationships=_relationships(),
        views=views(),
        forms=forms(),
        roles=tuple(
            RoleDefinition(id=role.id, name=role.name, privileges=named_privileges(role))
            for role in ROLES
        ),
        environment_variables=ENVIRONMENT_VARIABLES,
        endpoints=(_endpoint(),),
        steps=_steps(),
        web_resources=WEB_RESOURCES,
    )


def _relationships() -> tuple[OneToMany, ...]:
    system = [
        relationship
        for declared in TABLES
        if declared.is_ours()
        for relationship in system_relationships(declared)
    ]
    return tuple(sorted([*relationships(), *system], key=lambda one: one.schema_name))


def _endpoint() -> EndpointDefinition:
    return EndpointDefinition(
        id=ENDPOINT.id,
        name=ENDPOINT.name,
        description=ENDPOINT.description,
        url=ENDPOINT.url(),
        contract=ENDPOINT.contract,
        authentication_type=ENDPOINT.authentication_type,
        connection_mode=ENDPOINT.connection_mode,
        message_format=ENDPOINT.message_format,
        user_claim=ENDPOINT.user_claim,
    )


def _steps() -> tuple[StepDefinition, ...]:
    return tuple(
        StepDefinition(
            id=step.id,
            name=step.name,
            message_id=MESSAGE_IDS[step.message],
            table=step.table.table_name(),
            filtering_attributes=tuple(step.table.column_name(field) for field in step.fields),
            endpoint=ENDPOINT.id,
            stage=STAGE_AFTER,
            mode=MODE_ASYNCHRONOUS,
            rank=RANK,
            images=step.images,
        )
        for step in STEPS
    )
