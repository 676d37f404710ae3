"""Reading tables, with their columns, keys, forms and views, from customizations.xml."""

from uuid import UUID
from xml.etree.ElementTree import Element

from dataverse_schema.definitions import CURRENCY, KeyDefinition, TableDefinition
from dataverse_schema.forms import Form
from dataverse_schema.solution.attributes import REQUIRED
from dataverse_schema.solution.columns import read_column
from dataverse_schema.solution.markup import localized, plain, required, text_of
from dataverse_schema.table import PREFIX
from dataverse_schema.views import QueryType, View

ENTITY = "Entities/Entity"
BASE_AMOUNT = "CalculationOf"
"""What a column has that Dataverse itself adds to an amount of ours."""

PRIMARY_NAME = "PrimaryName|"


def read_tables(root: Element) -> tuple[TableDefinition, ...]:
    """Return the tables in a file.

    Raises: ValueError: a part is missing, or a column's type is none of ours.
    """
    return tuple(_table(entity) for entity in root.iterfind(ENTITY))


def _table(entity: Element) -> TableDefinition:
    element = required(entity, "EntityInfo/entity")
    schema_name = text_of(entity, "Name")
    ours = [
        each for each in element.iterfind("attributes/attribute") if _is_ours(each, schema_name)
    ]
    return TableDefinition(
        logical_name=schema_name.lower(),
        schema_name=schema_name,
        label=required(entity, "Name").get("LocalizedName", ""),
        columns=tuple(
            sorted((read_column(each) for each in ours), key=lambda one: one.logical_name)
        ),
        keys=tuple(_key(each) for each in element.iterfind("EntityKeys/EntityKey")),
        plural_label=localized(element, "LocalizedCollectionNames/LocalizedCollectionName"),
        description=localized(element, "Descriptions/Description"),
        entity_set=element.findtext("EntitySetName") or "",
        primary_name=_primary_name(ours),
        user_owned=element.findtext("OwnershipTypeMask") == "UserOwned",
        change_tracking=element.findtext("ChangeTrackingEnabled") == "1",
        currency_required=_currency_required(element),
        icon=element.findtext("IconVectorName") or "",
    )


def _is_ours(attribute: Element, table: str) -> bool:
    name = text_of(attribute, "LogicalName")
    if name == f"{table.lower()}id" or attribute.find(BASE_AMOUNT) is not None:
        return False
    return name.startswith(PREFIX)


def _currency_required(element: Element) -> bool:
    return any(
        text_of(each, "RequiredLevel") == REQUIRED
        for each in element.iterfind("attributes/attribute")
        if text_of(each, "LogicalName") == CURRENCY
    )


def _primary_name(columns: list[Element]) -> str:
    for column in columns:
        if text_of(column, "DisplayMask").startswith(PRIMARY_NAME):
            return text_of(column, "LogicalName")
    return ""


def _key(element: Element) -> KeyDefinition:
    return KeyDefinition(
        schema_name=text_of(element, "Name"),
        label=localized(element, "displaynames/displayname"),
        columns=tuple(
            column.text or "" for column in element.iterfind("EntityKeyAttributes/AttributeName")
        ),
    )


def read_forms(root: Element) -> tuple[Form, ...]:
    """Return the main forms in a file.

    Raises: ValueError: a part is missing.
    """
    return tuple(
        Form(
            id=UUID(text_of(form, "formid")),
            table=text_of(entity, "Name").lower(),
            name=localized(form, "LocalizedNames/LocalizedName"),
            xml=plain(required(form, "form")),
        )
        for entity in root.iterfind(ENTITY)
        for form in entity.iterfind("FormXml/forms/systemform")
    )


def read_views(root: Element) -> tuple[View, ...]:
    """Return the views in a file.

    Raises: ValueError: a part is missing, or a view is for a purpose that is none of ours.
    """
    return tuple(
        View(
            id=UUID(text_of(view, "savedqueryid")),
            table=text_of(entity, "Name").lower(),
            name=localized(view, "LocalizedNames/LocalizedName"),
            query_type=QueryType(int(text_of(view, "querytype"))),
            fetch_xml=plain(required(view, "fetchxml/fetch")),
            layout_xml=plain(required(view, "layoutxml/grid")),
            is_default=text_of(view, "isdefault") == "1",
        )
        for entity in root.iterfind(ENTITY)
        for view in entity.iterfind("SavedQueries/savedqueries/savedquery")
    )
