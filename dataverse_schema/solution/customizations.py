"""customizations.xml, which has everything but the manifest, in the order of its schema."""

from xml.etree.ElementTree import Element

from dataverse_schema.solution.components import choices, endpoints, roles, steps, web_resources
from dataverse_schema.solution.contents import Contents
from dataverse_schema.solution.entities import entities
from dataverse_schema.solution.entity_relationships import entity_relationships
from dataverse_schema.solution.markup import CODE, add


def customizations(contents: Contents, *, numbering: bool = False) -> Element:
    """Return customizations.xml; with `numbering`, the published schema does not allow it."""
    root = Element("ImportExportXml")
    root.append(entities(contents, numbering=numbering))
    root.append(roles(contents))
    for empty in ("Workflows", "FieldSecurityProfiles", "Templates", "EntityMaps"):
        add(root, empty)
    root.append(entity_relationships(contents))
    add(root, "OrganizationSettings")
    root.append(choices(contents))
    root.append(web_resources(contents))
    add(root, "CustomControls")
    root.append(steps(contents))
    root.append(endpoints(contents))
    add(root, "EntityDataProviders")
    add(add(root, "Languages"), "Language", CODE)
    return root
