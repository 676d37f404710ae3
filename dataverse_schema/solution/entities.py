"""Tables, with their columns, keys, forms and views, as elements of a solution file."""

from xml.etree.ElementTree import Element, SubElement

from dataverse_schema.definitions import KeyDefinition, TableDefinition
from dataverse_schema.forms import Form
from dataverse_schema.solution.columns import column_element
from dataverse_schema.solution.contents import Contents
from dataverse_schema.solution.markup import add, add_all, add_text, parse
from dataverse_schema.solution.system_columns import system_columns
from dataverse_schema.views import QueryType, View


def entities(contents: Contents, *, numbering: bool) -> Element:
    """Return the element with all tables, those of Microsoft's that we extend among them."""
    holder = Element("Entities")
    for table in contents.tables:
        holder.append(_entity(table, contents, numbering=numbering))
    return holder


def _entity(table: TableDefinition, contents: Contents, *, numbering: bool) -> Element:
    entity = Element("Entity")
    name = SubElement(entity, "Name", LocalizedName=table.label, OriginalName=table.label)
    name.text = table.schema_name
    definition = SubElement(add(entity, "EntityInfo"), "entity", Name=table.schema_name)
    if not table.is_ours:
        definition.set("unmodified", "1")
        _attributes(definition, table, numbering=numbering)
        _keys(definition, table.keys)
        return entity
    add_text(definition, "LocalizedNames", "LocalizedName", table.label)
    add_text(definition, "LocalizedCollectionNames", "LocalizedCollectionName", table.plural_label)
    add_text(definition, "Descriptions", "Description", table.description)
    _attributes(definition, table, numbering=numbering)
    add(definition, "EntitySetName", table.entity_set)
    _keys(definition, table.keys)
    _properties(definition, table)
    _forms(entity, [form for form in contents.forms if form.table == table.logical_name])
    _views(entity, [view for view in contents.views if view.table == table.logical_name])
    return entity


def _attributes(definition: Element, table: TableDefinition, *, numbering: bool) -> None:
    found = [
        column_element(
            column,
            table=table.logical_name,
            is_primary_name=column.logical_name == table.primary_name,
            numbering=numbering,
        )
        for column in table.columns
    ]
    if table.is_ours:
        found += system_columns(table)
    found.sort(key=lambda element: element.get("PhysicalName", "").lower())
    add(definition, "attributes").extend(found)


def _keys(definition: Element, keys: tuple[KeyDefinition, ...]) -> None:
    holder = add(definition, "EntityKeys")
    for key in keys:
        element = add(holder, "EntityKey")
        add_all(
            element,
            {
                "Name": key.schema_name,
                "LogicalName": key.schema_name.lower(),
                "IntroducedVersion": "1.0.0.0",
                "IsCustomizable": True,
            },
        )
        columns = add(element, "EntityKeyAttributes")
        for column in key.columns:
            add(columns, "AttributeName", column)
        add_text(element, "displaynames", "displayname", key.label)


def _properties(definition: Element, table: TableDefinition) -> None:
    add_all(
        definition,
        {
            "IsDuplicateCheckSupported": False,
            "IsBusinessProcessEnabled": False,
            "IsRequiredOffline": False,
            "IsInteractionCentricEnabled": False,
            "IsCollaboration": False,
            "AutoRouteToOwnerQueue": False,
            "IsConnectionsEnabled": False,
            "IsDocumentManagementEnabled": False,
            "AutoCreateAccessTeams": False,
            "OwnershipTypeMask": "UserOwned" if table.user_owned else "OrgOwned",
            "IsAuditEnabled": True,
            "IsActivity": False,
            "IsActivityParty": False,
            "IsReplicated": False,
            "IsReplicationUserFiltered": False,
            "IsMailMergeEnabled": False,
            "IsVisibleInMobile": False,
            "IsVisibleInMobileClient": True,
            "IsReadOnlyInMobileClient": False,
            "IsOfflineInMobileClient": False,
            "IsMapiGridEnabled": True,
            "IsReadingPaneEnabled": True,
            "IsCustomizable": True,
            "IsRenameable": True,
            "IntroducedVersion": "1.0.0.0",
            "IsQuickCreateEnabled": False,
            "IconVectorName": table.icon,
            "ChangeTrackingEnabled": table.change_tracking,
        },
    )


def _forms(entity: Element, forms: list[Form]) -> None:
    holder = SubElement(add(entity, "FormXml"), "forms", type="main")
    for form in forms:
        element = add(holder, "systemform")
        add_all(
            element,
            {
                "formid": f"{{{form.id}}}",
                "IntroducedVersion": "1.0.0.0",
                "FormPresentation": 1,
                "FormActivationState": 1,
            },
        )
        element.append(parse(form.xml))
        add_all(element, {"IsCustomizable": True, "CanBeDeleted": True})
        add_text(element, "LocalizedNames", "LocalizedName", form.name)


def _views(entity: Element, views: list[View]) -> None:
    holder = add(add(entity, "SavedQueries"), "savedqueries")
    for view in views:
        element = add(holder, "savedquery")
        add_all(
            element,
            {
                "IsCustomizable": True,
                "CanBeDeleted": not view.is_default,
                "isquickfindquery": view.query_type is QueryType.QUICK_FIND,
                "isprivate": False,
                "isdefault": view.is_default,
                "savedqueryid": f"{{{view.id}}}",
            },
        )
        add(element, "layoutxml").append(parse(view.layout_xml))
        add(element, "querytype", int(view.query_type))
        add(element, "fetchxml").append(parse(view.fetch_xml))
        add(element, "IntroducedVersion", "1.0.0.0")
        add_text(element, "LocalizedNames", "LocalizedName", view.name)
