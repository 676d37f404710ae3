"""Environments as they would be read: blank ones, and ones that are as declared."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from dataverse_schema.definitions import CURRENCY, ColumnType, TableDefinition
from dataverse_schema.roles import named_privileges
from work365.adapters.dataverse.installation.column_definitions import column_as_created
from work365.adapters.dataverse.installation.component_rows import (
    form_row,
    publisher_row,
    role_row,
    variable_row,
    view_row,
    web_resource_row,
)
from work365.adapters.dataverse.installation.declarations import Declarations, declared
from work365.adapters.dataverse.installation.definitions import (
    choice_as_created,
    key_as_created,
    relationship_as_created,
    table_as_created,
)
from work365.adapters.dataverse.installation.found import FoundEnvironment, FoundTable, FoundUser
from work365.adapters.dataverse.installation.planned import Planned
from work365.adapters.dataverse.installation.row_plan import WantedRow
from work365.adapters.dataverse.installation.target import Target, target_of
from work365.adapters.dataverse.installation.webhook_plan import (
    IMAGES,
    STEPS,
    endpoint_row,
    image_row,
    step_row,
)

ENGLISH = 1033
URL = "https://partner.crm4.dynamics.com"
SERVICE_URL = "https://partner-billing.azurewebsites.net"
UNIT = UUID("0b5c0000-0000-4000-8000-000000000001")
APPLICATION_ID = UUID("0a990000-0000-4000-8000-000000000002")
USER = UUID("05e40000-0000-4000-8000-000000000003")
WEBHOOK_KEY = "nobody-may-read-this-key"
TARGET = target_of(
    url=URL, application_id=APPLICATION_ID, service_url=SERVICE_URL, webhook_key=WEBHOOK_KEY
)
MICROSOFT = ("account", "contact", "product", "pricelevel", "productpricelevel", "uom")

BLANK = FoundEnvironment(
    language=ENGLISH,
    business_unit=UNIT,
    tables={name: FoundTable({}, {}) for name in (*MICROSOFT, "uomschedule")},
    known_privileges=frozenset(
        name for role in declared().roles for name in named_privileges(role)
    ),
)
"""A new environment with Dynamics 365 Sales in it."""


def as_declared(declarations: Declarations | None = None, target: Target = TARGET) -> Any:
    """Return an environment in which everything is as declared."""
    wanted = declarations or declared()
    privileges = {role.id: _depths(named_privileges(role)) for role in wanted.roles}
    application = wanted.application_role.id
    user = FoundUser(
        id=USER,
        name="# Billing service",
        application_id=APPLICATION_ID,
        is_disabled=False,
        roles=frozenset([application]),
        privileges=privileges[application],
    )
    return replace(
        BLANK,
        tables={table.logical_name: _table(table, wanted) for table in wanted.tables},
        choices={
            choice.name: {**choice_as_created(choice, ENGLISH), "MetadataId": choice.name}
            for choice in wanted.choices
        },
        rows=_rows(wanted, target),
        privileges=privileges,
        users=(user,),
    )


def subjects(planned: Planned) -> list[tuple[str, str]]:
    """Return what each action is about."""
    return [(action.kind, action.subject) for action in planned.actions]


def codes(planned: Planned) -> list[str]:
    """Return the codes of the findings."""
    return [finding.code for finding in planned.findings]


def _depths(privileges: Any) -> dict[str, str]:
    return {name: depth.value for name, depth in privileges.items()}


def _table(table: TableDefinition, wanted: Declarations) -> FoundTable:
    definition: dict[str, Any] = {"LogicalName": table.logical_name}
    if table.is_ours:
        definition |= table_as_created(table, ENGLISH)
    lookups = {column.logical_name: column for column in table.columns}
    return FoundTable(
        definition=definition,
        columns={
            **{name: column_as_created(each, ENGLISH) for name, each in lookups.items()},
            CURRENCY: {"RequiredLevel": {"Value": "ApplicationRequired"}},
        },
        keys=[
            {
                **key_as_created(key, ENGLISH),
                "LogicalName": key.schema_name.lower(),
                "EntityKeyIndexStatus": "Active",
            }
            for key in table.keys
        ],
        relationships={
            each.schema_name: {
                **relationship_as_created(each, lookups[each.lookup], ENGLISH),
                "MetadataId": each.schema_name,
            }
            for each in wanted.relationships
            if each.referencing == table.logical_name
        },
        choices={
            column.logical_name: str(column.choice)
            for column in table.columns
            if column.type is ColumnType.CHOICE
        },
    )


def _rows(wanted: Declarations, target: Target) -> dict[str, Sequence[dict[str, Any]]]:
    endpoint = endpoint_row(wanted.endpoint, SERVICE_URL)
    solution = wanted.solution
    found: dict[str, list[dict[str, Any]]] = {
        "solutions": [
            {
                "solutionid": str(solution.id),
                "uniquename": solution.unique_name,
                "friendlyname": solution.friendly_name,
                "description": solution.description,
                "version": solution.version,
                "ismanaged": False,
            }
        ],
        "environmentvariablevalues": [
            {
                "environmentvariablevalueid": str(UNIT),
                "_environmentvariabledefinitionid_value": str(variable.id),
                "value": target.values[variable.schema_name],
            }
            for variable in wanted.variables
            if variable.schema_name in target.values
        ],
    }
    there = replace(
        BLANK, tables={table.logical_name: FoundTable({}, {}) for table in wanted.tables}
    )
    rows: list[WantedRow] = [publisher_row(solution.publisher)]
    rows += [web_resource_row(each) for each in wanted.web_resources]
    rows += [view_row(each, there) for each in wanted.views]
    rows += [form_row(each, there) for each in wanted.forms]
    rows += [variable_row(each) for each in wanted.variables]
    rows += [role_row(each, BLANK) for each in wanted.roles]
    rows += [step_row(each, endpoint.id) for each in wanted.steps]
    rows += [image_row(image, step, step.id) for step in wanted.steps for image in step.images]
    for row in [endpoint, *rows]:
        kept = {row.id_column: str(row.id), **row.columns, **row.on_create, **row.same}
        found.setdefault(row.entity_set, []).append(kept)
    found["serviceendpoints"][0]["isauthvalueset"] = True
    for step in found[STEPS]:
        step["_eventhandler_value"] = str(endpoint.id)
    assert found[IMAGES], "some step has an image"
    return dict(found)
