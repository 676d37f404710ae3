"""What the elements of all columns have in common, ours and Dataverse's own."""

from xml.etree.ElementTree import Element, SubElement

from dataverse_schema.solution.markup import add, add_all, add_text

FOR_PEOPLE = "ValidForAdvancedFind|ValidForForm|ValidForGrid"
"""Display mask of a column that is shown on forms and in lists."""

REQUIRED = "required"
"""Required level of a column that a form insists on."""

NO_ID = "00000000-0000-0000-0000-000000000000"


def attribute(schema_name: str, column_type: str, *, required_level: str) -> Element:
    """Return an element with a column's names and type."""
    element = Element("attribute", PhysicalName=schema_name)
    add_all(
        element,
        {
            "Type": column_type,
            "Name": schema_name.lower(),
            "LogicalName": schema_name.lower(),
            "RequiredLevel": required_level,
        },
    )
    return element


def add_common(element: Element, *, audited: bool = False) -> None:
    """Add what all columns say of themselves."""
    add_all(
        element,
        {
            "IsAuditEnabled": audited,
            "IsSecured": False,
            "IntroducedVersion": "1.0.0.0",
            "IsCustomizable": True,
            "IsRenameable": True,
            "CanModifySearchSettings": True,
            "CanModifyRequirementLevelSettings": True,
            "CanModifyAdditionalSettings": True,
            "SourceType": 0,
            "IsGlobalFilterEnabled": False,
            "IsSortableEnabled": False,
            "CanModifyGlobalFilterSettings": True,
            "CanModifyIsSortableSettings": True,
            "IsDataSourceSecret": False,
        },
    )


def add_lookup_style(element: Element, types: tuple[int, ...] = ()) -> None:
    """Add how a lookup is chosen, and of which tables where no relationship says it."""
    add(element, "LookupStyle", "single")
    holder = add(element, "LookupTypes")
    for code in types:
        SubElement(holder, "LookupType", id=NO_ID).text = str(code)


def add_words(element: Element, label: str, description: str) -> None:
    """Add a column's display name and description."""
    add_text(element, "displaynames", "displayname", label)
    add_text(element, "Descriptions", "Description", description)
