"""Writes `$metadata`: the CSDL document of the environment's tables.

It has every table with its columns, keys and navigation properties, and the functions that
are called without a table. Of the actions and functions of tables it says nothing.
"""

from xml.etree.ElementTree import Element, SubElement, tostring

from work365.emulators.dataverse.definitions import (
    ColumnDefinition,
    Kind,
    Schema,
    TableDefinition,
)
from work365.emulators.dataverse.values import edm_type

NAMESPACE = "Microsoft.Dynamics.CRM"
ALIAS = "mscrm"
EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
EDM = "http://docs.oasis-open.org/odata/ns/edm"
BASE_TYPE = "crmbaseentity"
OWNER_TYPE = "principal"
OWNERS = ("systemuser", "team")
"""Tables whose rows can own rows: they share a base type, and its key."""

COMPUTED = "Org.OData.Core.V1.Computed"
ALTERNATE_KEYS = "OData.Community.Keys.V1.AlternateKeys"
ALTERNATE_KEY = "OData.Community.Keys.V1.AlternateKey"
PROPERTY_REFERENCE = "OData.Community.Keys.V1.PropertyRef"
FUNCTIONS: dict[str, dict[str, str]] = {
    "WhoAmI": {
        "BusinessUnitId": "Edm.Guid",
        "UserId": "Edm.Guid",
        "OrganizationId": "Edm.Guid",
    },
    "RetrieveTotalRecordCount": {
        "EntityRecordCountCollection": f"{ALIAS}.EntityRecordCountCollection"
    },
}
"""Functions that are called without a table, and what their answers have."""

PARAMETERS = {"RetrieveTotalRecordCount": {"EntityNames": "Collection(Edm.String)"}}
COLLECTION_PARTS = {
    "Count": "Edm.Int32",
    "IsReadOnly": "Edm.Boolean",
    "Keys": "Collection(Edm.String)",
    "Values": "Collection(Edm.Int64)",
}


def csdl_document(schema: Schema, *, annotated: bool) -> bytes:
    """Return the document, in which `annotated` columns say more of themselves."""
    root = Element("edmx:Edmx", {"Version": "4.0", "xmlns:edmx": EDMX})
    services = SubElement(root, "edmx:DataServices")
    document = SubElement(
        services, "Schema", {"Namespace": NAMESPACE, "Alias": ALIAS, "xmlns": EDM}
    )
    SubElement(document, "EntityType", {"Name": BASE_TYPE, "Abstract": "true"})
    owner = SubElement(
        document,
        "EntityType",
        {"Name": OWNER_TYPE, "BaseType": f"{ALIAS}.{BASE_TYPE}"},
    )
    _key(owner, "ownerid")
    SubElement(owner, "Property", {"Name": "ownerid", "Type": "Edm.Guid"})
    for table in schema.tables.values():
        _entity_type(document, schema, table, annotated=annotated)
    _functions(document)
    _container(document, schema)
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _key(parent: Element, name: str) -> None:
    SubElement(SubElement(parent, "Key"), "PropertyRef", {"Name": name})


def _entity_type(
    document: Element, schema: Schema, table: TableDefinition, *, annotated: bool
) -> None:
    is_owner = table.name in OWNERS
    base = OWNER_TYPE if is_owner else BASE_TYPE
    found = SubElement(document, "EntityType", {"Name": table.name, "BaseType": f"{ALIAS}.{base}"})
    if not is_owner:
        _key(found, table.primary_id)
    for column in table.properties.values():
        _property(found, column, annotated=annotated)
    for column in table.lookups:
        _single(found, schema, column)
    for name, (many, column) in schema.collections[table.name].items():
        _many(found, name, many.name, column.schema_name)
    for name, link in schema.links[table.name].items():
        _many(found, name, link.target, name)
    if annotated and table.keys:
        _alternate_keys(found, table)


def _property(parent: Element, column: ColumnDefinition, *, annotated: bool) -> None:
    found = SubElement(parent, "Property", {"Name": column.read_name, "Type": edm_type(column)})
    if column.is_number:
        found.set("Scale", "Variable")
    if annotated and column.read_only:
        SubElement(found, "Annotation", {"Term": COMPUTED, "Bool": "true"})


def _single(parent: Element, schema: Schema, column: ColumnDefinition) -> None:
    found = SubElement(
        parent, "NavigationProperty", {"Name": column.schema_name, "Type": _type_of(column)}
    )
    if column.relationship and len(column.targets) == 1:
        found.set("Partner", column.relationship)
    if len(column.targets) == 1:
        SubElement(
            found,
            "ReferentialConstraint",
            {
                "Property": column.read_name,
                "ReferencedProperty": schema.tables[column.target].primary_id,
            },
        )


def _type_of(column: ColumnDefinition) -> str:
    """Return the type that a lookup leads to; what several tables have in common, if several."""
    if len(column.targets) == 1:
        return f"{ALIAS}.{column.target}"
    return f"{ALIAS}.{OWNER_TYPE if set(column.targets) <= set(OWNERS) else BASE_TYPE}"


def _many(parent: Element, name: str, table: str, partner: str) -> None:
    SubElement(
        parent,
        "NavigationProperty",
        {"Name": name, "Type": f"Collection({ALIAS}.{table})", "Partner": partner},
    )


def _alternate_keys(parent: Element, table: TableDefinition) -> None:
    annotation = SubElement(parent, "Annotation", {"Term": ALTERNATE_KEYS})
    keys = SubElement(annotation, "Collection")
    for key in table.keys:
        record = SubElement(keys, "Record", {"Type": ALTERNATE_KEY})
        value = SubElement(record, "PropertyValue", {"Property": "Key"})
        parts = SubElement(value, "Collection")
        for name in key.columns:
            part = SubElement(parts, "Record", {"Type": PROPERTY_REFERENCE})
            column = table.columns[name]
            read_name = column.read_name if column.kind is Kind.LOOKUP else name
            SubElement(part, "PropertyValue", {"Property": "Alias", "String": read_name})
            SubElement(part, "PropertyValue", {"Property": "Name", "PropertyPath": read_name})


def _functions(document: Element) -> None:
    _complex_type(document, "EntityRecordCountCollection", COLLECTION_PARTS)
    for name, parts in FUNCTIONS.items():
        _complex_type(document, f"{name}Response", parts)
        function = SubElement(document, "Function", {"Name": name})
        for parameter, kind in PARAMETERS.get(name, {}).items():
            SubElement(
                function, "Parameter", {"Name": parameter, "Type": kind, "Nullable": "false"}
            )
        SubElement(function, "ReturnType", {"Type": f"{ALIAS}.{name}Response", "Nullable": "false"})


def _complex_type(document: Element, name: str, parts: dict[str, str]) -> None:
    found = SubElement(document, "ComplexType", {"Name": name})
    for part, kind in parts.items():
        SubElement(found, "Property", {"Name": part, "Type": kind})


def _container(document: Element, schema: Schema) -> None:
    container = SubElement(document, "EntityContainer", {"Name": "System"})
    for table in schema.tables.values():
        found = SubElement(
            container,
            "EntitySet",
            {"Name": table.set_name, "EntityType": f"{NAMESPACE}.{table.name}"},
        )
        for column in table.lookups:
            if len(column.targets) == 1:
                _binding(found, column.schema_name, schema.tables[column.target])
        for name, (many, _) in schema.collections[table.name].items():
            _binding(found, name, many)
        for name, link in schema.links[table.name].items():
            _binding(found, name, schema.tables[link.target])
    for name in FUNCTIONS:
        SubElement(container, "FunctionImport", {"Name": name, "Function": f"{NAMESPACE}.{name}"})


def _binding(parent: Element, path: str, target: TableDefinition) -> None:
    SubElement(parent, "NavigationPropertyBinding", {"Path": path, "Target": target.set_name})
