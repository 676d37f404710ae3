"""Reads relationships from bodies."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from work365.emulators.dataverse.definitions import (
    ColumnDefinition,
    Kind,
    ManyToManyDefinition,
    Schema,
    TableDefinition,
)
from work365.emulators.dataverse.errors import DataverseError, not_emulated
from work365.emulators.dataverse.metadata_bodies import Body
from work365.emulators.dataverse.metadata_documents import column_document
from work365.emulators.dataverse.relationship_documents import (
    CASCADES,
    MENU,
    ORDER,
    many_to_many_document,
    one_to_many_document,
)
from work365.emulators.dataverse.system_columns import table, unique
from work365.emulators.dataverse.table_bodies import refuse_second_column, with_column

CASCADE_TYPES = ("NoCascade", "Cascade", "Active", "UserOwned", "RemoveLink", "Restrict")
DELETE_TYPES = ("Cascade", "RemoveLink", "Restrict")
LEVELS = ("None", "Recommended", "ApplicationRequired")
ORDER_MAX = 2_147_483_647


@dataclass(frozen=True, kw_only=True)
class OneToMany:
    """A table with the lookup that its relationship makes."""

    referencing: TableDefinition
    lookup: ColumnDefinition


def read_one_to_many(schema: Schema, body: Body) -> OneToMany:
    """Return what a body for a one-to-many relationship makes.

    Raises: DataverseError, for a relationship that cannot be.
    """
    name = body.schema_name()
    referenced = _table(schema, body, "ReferencedEntity")
    referencing = _table(schema, body, "ReferencingEntity")
    key = body.text("ReferencedAttribute", referenced.primary_id)
    if key != referenced.primary_id:
        raise body.invalid(f"The relationship refers to '{key}', not to the primary key.")
    lookup = _lookup(Body(body.required("Lookup"), what=f"the lookup of {name}"), referenced.name)
    lookup = replace(
        lookup,
        relationship=name,
        cascade=read_cascade(body, {}),
        menu=read_menu(body, "AssociatedMenuConfiguration"),
    )
    refuse_second_column(referencing, lookup)
    extended = with_column(referencing, lookup)
    body.expect_read(one_to_many_document(schema, extended, lookup))
    return OneToMany(referencing=extended, lookup=lookup)


def _table(schema: Schema, body: Body, name: str) -> TableDefinition:
    given = str(body.required(name))
    found = schema.tables.get(given)
    if found is None:
        raise DataverseError(
            400,
            "0x80041102",
            f"The entity with a name = '{given}' with namemapping = 'Logical' was not found in "
            "the MetadataCache.",
        )
    return found


def _lookup(body: Body, target: str) -> ColumnDefinition:
    if body.type_name not in ("LookupAttributeMetadata", ""):
        raise body.invalid(f"A relationship makes a lookup, not a '{body.type_name}'.")
    lookup = read_lookup(body, target)
    holder = TableDefinition(
        name="",
        set_name="",
        schema_name="",
        primary_name="",
        columns={lookup.name: lookup},
    )
    document = column_document(holder, lookup)
    unknown = ("MetadataId", "EntityLogicalName", "IsPrimaryId", "ColumnNumber", "RequiredLevel")
    body.expect_read({name: document[name] for name in document if name not in unknown})
    return lookup


def read_lookup(body: Body, target: str) -> ColumnDefinition:
    """Return a lookup without what its relationship says."""
    schema_name = body.schema_name()
    level = body.one_of("RequiredLevel", body.valued("RequiredLevel", "None"), LEVELS)
    is_required = level == "ApplicationRequired"
    return ColumnDefinition(
        name=schema_name.lower(),
        schema_name=schema_name,
        kind=Kind.LOOKUP,
        target=target,
        label=body.label("DisplayName"),
        description=body.label("Description"),
        required=is_required,
        required_level="" if is_required or level == "None" else level,
        custom=True,
    )


def read_cascade(body: Body, known: Mapping[str, str]) -> dict[str, str]:
    """Return what actions do to the rows that refer; what is not said stays as known."""
    defaults = {action: "NoCascade" for action in CASCADES} | {"Delete": "RemoveLink"}
    found = defaults | dict(known)
    inside = Body(body.take("CascadeConfiguration", {}), what="CascadeConfiguration")
    for action in CASCADES:
        found[action] = inside.one_of(action, inside.text(action, found[action]), CASCADE_TYPES)
    if found["Delete"] not in DELETE_TYPES:
        raise body.invalid(
            f"The cascade '{found['Delete']}' is not possible for Delete: it is one of "
            f"{', '.join(DELETE_TYPES)}."
        )
    inside.expect_read({"RollupView": "NoCascade", "Archive": "NoCascade"})
    return found


def read_menu(body: Body, name: str) -> dict[str, str | int]:
    """Return how a form shows the rows that refer to its own."""
    inside = Body(body.take(name, {}), what=name)
    found: dict[str, str | int] = {
        "Behavior": inside.text("Behavior", str(MENU["Behavior"])),
        "Group": inside.text("Group", str(MENU["Group"])),
        "Order": inside.whole("Order", ORDER, 0, ORDER_MAX),
    }
    label = inside.label("Label")
    if label:
        found["Label"] = label
    inside.expect_read({"IsCustomizable": True, "AvailableOffline": True})
    return found


def read_many_to_many(schema: Schema, body: Body) -> ManyToManyDefinition:
    """Return the many-to-many relationship that a body defines.

    Raises: DataverseError, for a relationship that cannot be.
    """
    name = body.schema_name()
    first = _table(schema, body, "Entity1LogicalName")
    second = _table(schema, body, "Entity2LogicalName")
    intersect = body.checked_name(
        "IntersectEntityName", body.text("IntersectEntityName", name)
    ).lower()
    if first.name == second.name:
        raise not_emulated("a many-to-many relationship of a table with itself")
    relationship = ManyToManyDefinition(
        name=name,
        intersect=intersect,
        first=first.name,
        second=second.name,
        first_column=first.primary_id,
        second_column=second.primary_id,
        menus=(
            read_menu(body, "Entity1AssociatedMenuConfiguration"),
            read_menu(body, "Entity2AssociatedMenuConfiguration"),
        ),
        custom=True,
    )
    body.expect_read(many_to_many_document(relationship))
    return relationship


def intersect_table(relationship: ManyToManyDefinition) -> TableDefinition:
    """Return the table whose rows say what belongs together."""
    name = relationship.intersect
    return table(
        name,
        unique(relationship.first_column),
        unique(relationship.second_column),
        set_name=f"{name}set",
        schema_name=name,
        primary_name=f"{name}id",
        custom=True,
        is_intersect=True,
        read_only=True,
    )
