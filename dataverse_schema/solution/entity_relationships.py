"""Relationships, as elements of a solution file and back."""

from xml.etree.ElementTree import Element, SubElement

from dataverse_schema.definitions import MICROSOFT_SCHEMA_NAMES
from dataverse_schema.relationships import Cascade, CascadeSettings, OneToMany
from dataverse_schema.solution.contents import Contents
from dataverse_schema.solution.markup import add, add_all, add_text, text_of
from dataverse_schema.table import PREFIX

LOOKUP_SIDE = 1
LIST_SIDE = 0
ORDER_IN_NAVIGATION = 10_000

SCHEMA_NAMES = {
    **MICROSOFT_SCHEMA_NAMES,
    "account": "Account",
    "businessunit": "BusinessUnit",
    "contact": "Contact",
    "organization": "Organization",
    "owner": "Owner",
    "product": "Product",
    "systemuser": "SystemUser",
    "team": "Team",
    "transactioncurrency": "TransactionCurrency",
}
"""Of Microsoft's tables that relationships of ours end at."""


def entity_relationships(contents: Contents) -> Element:
    """Return the element with all relationships."""
    ours = {table.logical_name: table.schema_name for table in contents.tables}
    holder = Element("EntityRelationships")
    for relationship in contents.relationships:
        holder.append(_element(relationship, SCHEMA_NAMES | ours))
    return holder


def _element(relationship: OneToMany, schema_names: dict[str, str]) -> Element:
    element = Element("EntityRelationship", Name=relationship.schema_name)
    cascade = relationship.cascade
    add_all(
        element,
        {
            "EntityRelationshipType": "OneToMany",
            "IsCustomizable": True,
            "IntroducedVersion": "1.0.0.0",
            "IsHierarchical": False,
            "ReferencingEntityName": schema_names[relationship.referencing],
            "ReferencedEntityName": schema_names[relationship.referenced],
            "CascadeAssign": cascade.assign,
            "CascadeDelete": cascade.delete,
            "CascadeReparent": cascade.reparent,
            "CascadeShare": cascade.share,
            "CascadeUnshare": cascade.unshare,
            "ReferencingAttributeName": relationship.lookup_schema_name,
        },
    )
    description = add(element, "RelationshipDescription")
    add_text(description, "Descriptions", "Description", "")
    if relationship.schema_name.startswith(PREFIX):
        add_all(element, {"CascadeRollupView": "NoCascade", "IsValidForAdvancedFind": True})
        _roles(element, relationship)
    return element


def _roles(element: Element, relationship: OneToMany) -> None:
    holder = add(element, "EntityRelationshipRoles")
    lookup = SubElement(holder, "EntityRelationshipRole")
    add_all(
        lookup,
        {
            "NavPaneDisplayOption": "UseCollectionName",
            "NavPaneArea": "Details",
            "NavPaneOrder": ORDER_IN_NAVIGATION,
            "NavigationPropertyName": relationship.lookup_schema_name,
            "RelationshipRoleType": LOOKUP_SIDE,
        },
    )
    listed = SubElement(holder, "EntityRelationshipRole")
    add_all(
        listed,
        {
            "NavigationPropertyName": relationship.schema_name,
            "RelationshipRoleType": LIST_SIDE,
        },
    )


def read_relationships(root: Element, required_lookups: set[str]) -> tuple[OneToMany, ...]:
    """Return the relationships in a file.

    `required_lookups` are the lookups that a form insists on, as `table.column`: the columns
    say it, and not the relationships.

    Raises: ValueError: a part is missing, or a cascade is none of ours.
    """
    return tuple(
        _read(element, required_lookups)
        for element in root.iterfind("EntityRelationships/EntityRelationship")
    )


def _read(element: Element, required_lookups: set[str]) -> OneToMany:
    referencing = text_of(element, "ReferencingEntityName").lower()
    lookup_schema_name = text_of(element, "ReferencingAttributeName")
    lookup = lookup_schema_name.lower()
    return OneToMany(
        schema_name=element.get("Name", ""),
        referenced=text_of(element, "ReferencedEntityName").lower(),
        referencing=referencing,
        lookup=lookup,
        lookup_schema_name=lookup_schema_name,
        cascade=CascadeSettings(
            assign=Cascade(text_of(element, "CascadeAssign")),
            delete=Cascade(text_of(element, "CascadeDelete")),
            reparent=Cascade(text_of(element, "CascadeReparent")),
            share=Cascade(text_of(element, "CascadeShare")),
            unshare=Cascade(text_of(element, "CascadeUnshare")),
        ),
        required=f"{referencing}.{lookup}" in required_lookups,
    )
