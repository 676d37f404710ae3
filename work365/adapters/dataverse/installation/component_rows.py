"""The declared components that are rows, as those rows."""

from base64 import b64encode
from typing import Any
from xml.etree import ElementTree

from dataverse_schema.environment_variables import EnvironmentVariable
from dataverse_schema.forms import FORM_TYPE_MAIN, Form
from dataverse_schema.publisher import Publisher
from dataverse_schema.roles import Role
from dataverse_schema.views import View
from dataverse_schema.web_resources import WebResource
from work365.adapters.dataverse.installation.found import FoundEnvironment
from work365.adapters.dataverse.installation.row_plan import WantedRow

BORN_FORM_NAME = "Information"
"""Name of the main form that a table is born with. It becomes ours, and no second one is made."""


def publisher_row(publisher: Publisher) -> WantedRow:
    """Return the publisher."""
    return WantedRow(
        kind="publisher",
        name=publisher.friendly_name,
        entity_set="publishers",
        id_column="publisherid",
        id=publisher.id,
        columns={
            "friendlyname": publisher.friendly_name,
            "description": publisher.description,
        },
        on_create={
            "uniquename": publisher.unique_name,
            "customizationprefix": publisher.prefix,
            "customizationoptionvalueprefix": publisher.option_value_prefix,
        },
        same={"uniquename": publisher.unique_name},
        headers={},
    )


def web_resource_row(resource: WebResource) -> WantedRow:
    """Return a web resource, its content in Base64."""
    return WantedRow(
        kind="web resource",
        name=resource.name,
        entity_set="webresourceset",
        id_column="webresourceid",
        id=resource.id,
        columns={
            "displayname": resource.display_name,
            "content": b64encode(resource.content).decode("ascii"),
        },
        on_create={"name": resource.name, "webresourcetype": int(resource.type)},
        same={"name": resource.name},
    )


def view_row(view: View, found: FoundEnvironment) -> WantedRow:
    """Return a view: where a table has one of its kind only, the one that it was born with."""
    born = {"returnedtypecode": view.table, "querytype": int(view.query_type), "isdefault": True}
    is_new = view.table not in found.tables
    named = {"returnedtypecode": view.table, "name": view.name, "querytype": int(view.query_type)}
    return WantedRow(
        kind="view",
        name=f"{view.table}: {view.name}",
        entity_set="savedqueries",
        id_column="savedqueryid",
        id=view.id,
        columns={
            "name": view.name,
            "fetchxml": view.fetch_xml,
            "layoutxml": view.layout_xml,
        },
        on_create={
            "returnedtypecode": view.table,
            "querytype": int(view.query_type),
            "isdefault": view.is_default,
        },
        same=born if view.is_default and (is_new or _has(found, "savedqueries", born)) else named,
        comes_with_its_table=is_new,
        readings={"fetchxml": canonical_xml, "layoutxml": canonical_xml},
    )


def form_row(form: Form, found: FoundEnvironment) -> WantedRow:
    """Return a main form: where the table still has the one that it was born with, that one."""
    main = {"objecttypecode": form.table, "type": FORM_TYPE_MAIN}
    is_new = form.table not in found.tables
    born = {**main, "name": BORN_FORM_NAME}
    return WantedRow(
        kind="form",
        name=f"{form.table}: {form.name}",
        entity_set="systemforms",
        id_column="formid",
        id=form.id,
        columns={"name": form.name, "formxml": form.xml},
        on_create=main,
        same=born if is_new or _has(found, "systemforms", born) else {**main, "name": form.name},
        comes_with_its_table=is_new,
        readings={"formxml": canonical_xml},
    )


def role_row(role: Role, found: FoundEnvironment) -> WantedRow:
    """Return a role of the root business unit, without its privileges."""
    return WantedRow(
        kind="role",
        name=role.name,
        entity_set="roles",
        id_column="roleid",
        id=role.id,
        columns={"name": role.name, "description": role.description},
        on_create={"businessunitid@odata.bind": f"/businessunits({found.business_unit})"},
        same={"name": role.name, "_businessunitid_value": str(found.business_unit)},
    )


def variable_row(variable: EnvironmentVariable) -> WantedRow:
    """Return an environment variable's definition."""
    return WantedRow(
        kind="environment variable",
        name=variable.schema_name,
        entity_set="environmentvariabledefinitions",
        id_column="environmentvariabledefinitionid",
        id=variable.id,
        columns={
            "displayname": variable.display_name,
            "description": variable.description,
            "defaultvalue": variable.default,
        },
        on_create={"schemaname": variable.schema_name, "type": int(variable.type)},
        same={"schemaname": variable.schema_name},
    )


def canonical_xml(text: Any) -> Any:
    """Return XML in the one form that all writings of it have; nothing for nothing."""
    return ElementTree.canonicalize(text, strip_text=True) if text else None


def _has(found: FoundEnvironment, entity_set: str, columns: dict[str, Any]) -> bool:
    return any(
        all(row.get(column) == value for column, value in columns.items())
        for row in found.of(entity_set)
    )
