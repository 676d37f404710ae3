"""Everything that an installation is to consist of, as one value."""

from dataclasses import dataclass

from dataverse_schema.choices import GlobalChoice, global_choices
from dataverse_schema.definitions import TableDefinition, table_definitions
from dataverse_schema.endpoints import ENDPOINT, Endpoint
from dataverse_schema.environment_variables import ENVIRONMENT_VARIABLES, EnvironmentVariable
from dataverse_schema.forms import Form, forms
from dataverse_schema.publisher import SOLUTION, Solution
from dataverse_schema.relationships import OneToMany, relationships
from dataverse_schema.roles import APPLICATION, ROLES, Role
from dataverse_schema.steps import STEPS, Step
from dataverse_schema.views import View, views
from dataverse_schema.web_resources import WEB_RESOURCES, WebResource


@dataclass(frozen=True, kw_only=True)
class Declarations:
    """What is wanted, each list in an order in which it can be made."""

    solution: Solution
    tables: tuple[TableDefinition, ...]
    """Ours, and those of Microsoft's that get columns from us."""

    choices: tuple[GlobalChoice, ...]
    relationships: tuple[OneToMany, ...]
    web_resources: tuple[WebResource, ...]
    views: tuple[View, ...]
    forms: tuple[Form, ...]
    variables: tuple[EnvironmentVariable, ...]
    roles: tuple[Role, ...]
    application_role: Role
    """The role of the application user that the service signs in as; one of `roles`."""

    endpoint: Endpoint
    steps: tuple[Step, ...]


def declared() -> Declarations:
    """Return what the solution of this version consists of."""
    return Declarations(
        solution=SOLUTION,
        tables=table_definitions(),
        choices=global_choices(),
        relationships=relationships(),
        web_resources=WEB_RESOURCES,
        views=views(),
        forms=forms(),
        variables=ENVIRONMENT_VARIABLES,
        roles=ROLES,
        application_role=APPLICATION,
        endpoint=ENDPOINT,
        steps=STEPS,
    )
