"""What an environment has of the solution, in the words of a solution file.

Read from the Web API's own documents, so that an installation and a file can be compared.
Shares nothing with the planning but the reading.
"""

from base64 import b64decode
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from dataverse_schema.choices import GlobalChoice, Option
from dataverse_schema.definitions import (
    CURRENCY,
    ColumnDefinition,
    ColumnType,
    KeyDefinition,
    TableDefinition,
)
from dataverse_schema.environment_variables import EnvironmentVariable, VariableType
from dataverse_schema.relationships import Cascade, CascadeSettings, OneToMany
from dataverse_schema.roles import Depth
from dataverse_schema.views import QueryType
from dataverse_schema.web_resources import WebResource, WebResourceType
from work365.adapters.dataverse.installation.component_rows import canonical_xml
from work365.adapters.dataverse.installation.found import FoundEnvironment, FoundTable
from work365.adapters.dataverse.installation.webhook_plan import IMAGES, STEPS

PREFIX = "w365_"
TYPES = {
    "String": ColumnType.TEXT,
    "Memo": ColumnType.MEMO,
    "Money": ColumnType.MONEY,
    "Decimal": ColumnType.DECIMAL,
    "Integer": ColumnType.WHOLE,
    "Boolean": ColumnType.YES_NO,
    "DateTime": ColumnType.DATE_TIME,
    "Picklist": ColumnType.CHOICE,
    "Lookup": ColumnType.LOOKUP,
}
LENGTHS = (ColumnType.TEXT, ColumnType.MEMO)
RANGES = (ColumnType.MONEY, ColumnType.DECIMAL, ColumnType.WHOLE)
PRECISIONS = (ColumnType.MONEY, ColumnType.DECIMAL)

Json = Mapping[str, Any]


def words(label: Json | None) -> str:
    """Return the text of a label in English."""
    texts = (label or {}).get("LocalizedLabels") or []
    return next((each["Label"] for each in texts if each["LanguageCode"] == 1033), "")


def tables(found: FoundEnvironment) -> dict[str, TableDefinition]:
    """Return the tables that have columns of ours, by logical name."""
    read = {name: _table(name, table) for name, table in found.tables.items()}
    return {name: table for name, table in read.items() if table.columns}


def choices(found: FoundEnvironment) -> dict[str, GlobalChoice]:
    """Return the global choices, by name."""
    return {
        name: GlobalChoice(
            name=each["Name"],
            display_name=words(each["DisplayName"]),
            description=words(each["Description"]),
            options=tuple(
                Option(value=option["Value"], label=words(option["Label"]))
                for option in each["Options"]
            ),
        )
        for name, each in found.choices.items()
    }


def relationships(found: FoundEnvironment) -> dict[str, OneToMany]:
    """Return the relationships of our lookups, by schema name."""
    return {
        name: _relationship(table, each)
        for table in found.tables.values()
        for name, each in table.relationships.items()
        if each["ReferencingAttribute"].startswith(PREFIX)
    }


def views(found: FoundEnvironment) -> set[tuple[Any, ...]]:
    """Return what each view shows; an environment may have given it another id.

    The view for an advanced search, with which every table is born, is not ours.
    """
    return {
        (
            row["returnedtypecode"],
            row["name"],
            row["querytype"],
            row["isdefault"],
            canonical_xml(row["fetchxml"]),
            canonical_xml(row["layoutxml"]),
        )
        for row in found.of("savedqueries")
        if row["querytype"] in set(QueryType)
    }


def forms(found: FoundEnvironment) -> set[tuple[Any, ...]]:
    """Return what each main form shows."""
    return {
        (row["objecttypecode"], row["name"], canonical_xml(row["formxml"]))
        for row in found.of("systemforms")
    }


def roles(found: FoundEnvironment) -> dict[str, dict[str, Depth]]:
    """Return the depth of each privilege, by role."""
    return {
        row["name"]: {
            name: Depth(depth) for name, depth in found.privileges[UUID(row["roleid"])].items()
        }
        for row in found.of("roles")
    }


def variables(found: FoundEnvironment) -> set[EnvironmentVariable]:
    """Return the environment variables."""
    return {
        EnvironmentVariable(
            id=UUID(row["environmentvariabledefinitionid"]),
            schema_name=row["schemaname"],
            display_name=row["displayname"],
            description=row["description"],
            type=VariableType(row["type"]),
            default=row["defaultvalue"],
        )
        for row in found.of("environmentvariabledefinitions")
    }


def web_resources(found: FoundEnvironment) -> set[WebResource]:
    """Return the web resources."""
    return {
        WebResource(
            id=UUID(row["webresourceid"]),
            name=row["name"],
            display_name=row["displayname"],
            type=WebResourceType(row["webresourcetype"]),
            content=b64decode(row["content"]),
        )
        for row in found.of("webresourceset")
    }


def steps(found: FoundEnvironment) -> set[tuple[Any, ...]]:
    """Return each step with the columns that it rings for and those that it sends along."""
    images = {
        row["_sdkmessageprocessingstepid_value"]: (
            row["name"],
            row["imagetype"],
            _columns(row["attributes"]),
            row["messagepropertyname"],
        )
        for row in found.of(IMAGES)
    }
    return {
        (
            row["sdkmessageprocessingstepid"],
            row["name"],
            row["stage"],
            row["mode"],
            row["rank"],
            _columns(row["filteringattributes"]),
            images.get(row["sdkmessageprocessingstepid"]),
        )
        for row in found.of(STEPS)
    }


def _columns(text: str | None) -> frozenset[str]:
    return frozenset((text or "").split(",")) - {""}


def _table(name: str, found: FoundTable) -> TableDefinition:
    definition = found.definition
    is_ours = name.startswith(PREFIX)
    columns = [
        _column(found, each)
        for each in sorted(found.columns.values(), key=lambda each: str(each["LogicalName"]))
        if each["IsCustomAttribute"]
        and each["AttributeType"] in TYPES
        and not each["LogicalName"].endswith("_base")
        and each["LogicalName"].startswith(PREFIX)
    ]
    added: dict[str, Any] = {
        "logical_name": name,
        "schema_name": definition["SchemaName"],
        "label": words(definition["DisplayName"]),
        "columns": tuple(columns),
        "keys": tuple(
            KeyDefinition(
                schema_name=key["SchemaName"],
                label=words(key["DisplayName"]),
                columns=tuple(key["KeyAttributes"]),
            )
            for key in found.keys
        ),
    }
    if not is_ours:
        return TableDefinition(**added)
    return TableDefinition(
        **added,
        plural_label=words(definition["DisplayCollectionName"]),
        description=words(definition["Description"]),
        entity_set=definition["EntitySetName"],
        primary_name=definition["PrimaryNameAttribute"],
        user_owned=definition["OwnershipType"] == "UserOwned",
        change_tracking=definition["ChangeTrackingEnabled"],
        currency_required=_is_required(found.columns.get(CURRENCY)),
        icon=definition["IconVectorName"],
    )


def _column(found: FoundTable, read: Json) -> ColumnDefinition:
    kind = TYPES[read["AttributeType"]]
    return ColumnDefinition(
        logical_name=read["LogicalName"],
        schema_name=read["SchemaName"],
        label=words(read["DisplayName"]),
        description=words(read["Description"]),
        type=kind,
        required=_is_required(read),
        max_length=read["MaxLength"] if kind in LENGTHS else None,
        autonumber=(read["AutoNumberFormat"] or None) if kind is ColumnType.TEXT else None,
        minimum=Decimal(read["MinValue"]) if kind in RANGES else None,
        maximum=Decimal(read["MaxValue"]) if kind in RANGES else None,
        precision=read["Precision"] if kind in PRECISIONS else None,
        date_only=(
            kind is ColumnType.DATE_TIME and read["DateTimeBehavior"]["Value"] == "DateOnly"
        ),
        choice=found.choices.get(read["LogicalName"]),
        default=_default(kind, read),
    )


def _is_required(read: Json | None) -> bool:
    return read is not None and read["RequiredLevel"]["Value"] == "ApplicationRequired"


def _default(kind: ColumnType, read: Json) -> int | None:
    if kind is ColumnType.YES_NO:
        return int(read["DefaultValue"])
    if kind is ColumnType.CHOICE and read["DefaultFormValue"] != -1:
        return int(read["DefaultFormValue"])
    return None


def _relationship(table: FoundTable, read: Json) -> OneToMany:
    cascades = read["CascadeConfiguration"]
    return OneToMany(
        schema_name=read["SchemaName"],
        referenced=read["ReferencedEntity"],
        referencing=read["ReferencingEntity"],
        lookup=read["ReferencingAttribute"],
        lookup_schema_name=read["ReferencingEntityNavigationPropertyName"],
        cascade=CascadeSettings(
            **{
                action: Cascade(cascades[action.capitalize()])
                for action in ("assign", "delete", "merge", "reparent", "share", "unshare")
            }
        ),
        required=_is_required(table.columns[read["ReferencingAttribute"]]),
    )
