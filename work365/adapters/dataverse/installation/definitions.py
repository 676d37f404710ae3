"""Tables, keys, relationships and choices as the Web API defines them.

Source: Microsoft Learn, "Create and update table definitions using the Web API", "Define
alternate keys", "Create and retrieve table relationships", "Work with choices".
"""

from typing import Any

from dataverse_schema.choices import GlobalChoice, Option
from dataverse_schema.definitions import ColumnDefinition, KeyDefinition, TableDefinition
from dataverse_schema.relationships import OneToMany
from work365.adapters.dataverse.installation.column_definitions import column_as_created
from work365.adapters.dataverse.installation.labels import label
from work365.adapters.dataverse.installation.requests import NAMESPACE

MENU = {"Behavior": "UseCollectionName", "Group": "Details", "Order": 10_000}
AUDITED = {
    "Value": True,
    "CanBeChanged": True,
    "ManagedPropertyLogicalName": "canmodifyauditsettings",
}
"""As in the solution file. An administrator who switches it off later keeps it so."""

Definition = dict[str, Any]


def table_as_created(table: TableDefinition, language: int) -> Definition:
    """Return a table of ours as it is created: with the column of its name, and no other."""
    name = next(each for each in table.columns if each.logical_name == table.primary_name)
    return {
        "@odata.type": f"{NAMESPACE}.EntityMetadata",
        "SchemaName": table.schema_name,
        "EntitySetName": table.entity_set,
        "DisplayName": label(table.label, language),
        "DisplayCollectionName": label(table.plural_label, language),
        "Description": label(table.description, language),
        "OwnershipType": "UserOwned" if table.user_owned else "OrganizationOwned",
        "IsActivity": False,
        "HasActivities": False,
        "HasNotes": False,
        "ChangeTrackingEnabled": table.change_tracking,
        "IsAuditEnabled": AUDITED,
        "IconVectorName": table.icon,
        "Attributes": [{**column_as_created(name, language), "IsPrimaryName": True}],
    }


def key_as_created(key: KeyDefinition, language: int) -> Definition:
    """Return an alternate key."""
    return {
        "@odata.type": f"{NAMESPACE}.EntityKeyMetadata",
        "SchemaName": key.schema_name,
        "DisplayName": label(key.label, language),
        "KeyAttributes": list(key.columns),
    }


def relationship_as_created(
    relationship: OneToMany, lookup: ColumnDefinition, language: int
) -> Definition:
    """Return a relationship with the column that it creates."""
    return {
        "@odata.type": f"{NAMESPACE}.OneToManyRelationshipMetadata",
        "SchemaName": relationship.schema_name,
        "ReferencedEntity": relationship.referenced,
        "ReferencedAttribute": f"{relationship.referenced}id",
        "ReferencingEntity": relationship.referencing,
        "CascadeConfiguration": _cascades(relationship),
        "AssociatedMenuConfiguration": MENU,
        "Lookup": column_as_created(lookup, language),
    }


def _cascades(relationship: OneToMany) -> dict[str, str]:
    settings = relationship.cascade
    return {
        "Assign": settings.assign.value,
        "Delete": settings.delete.value,
        "Merge": settings.merge.value,
        "Reparent": settings.reparent.value,
        "Share": settings.share.value,
        "Unshare": settings.unshare.value,
    }


def choice_as_created(choice: GlobalChoice, language: int) -> Definition:
    """Return a global choice."""
    return {
        "@odata.type": f"{NAMESPACE}.OptionSetMetadata",
        "Name": choice.name,
        "DisplayName": label(choice.display_name, language),
        "Description": label(choice.description, language),
        "IsGlobal": True,
        "OptionSetType": "Picklist",
        "Options": [_option(option, language) for option in choice.options],
    }


def _option(option: Option, language: int) -> Definition:
    return {"Value": option.value, "Label": label(option.label, language)}
