"""solution.xml, which says what is in the package and whose it is, and the list of types."""

from collections.abc import Iterable
from enum import IntEnum
from xml.etree.ElementTree import Element, SubElement

from dataverse_schema.solution.contents import Contents
from dataverse_schema.solution.markup import CODE, INSTANCE, add, add_all, add_text

PLATFORM_VERSION = "9.2.0.0"
PACKAGE_VERSION = "9.2"
CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
BINARY = "application/octet-stream"


class ComponentType(IntEnum):
    """Kinds of components. Source: docs of the table solutioncomponent."""

    ENTITY = 1
    OPTION_SET = 9
    ROLE = 20
    WEB_RESOURCE = 61
    STEP = 92
    SERVICE_ENDPOINT = 95
    ENVIRONMENT_VARIABLE = 380


WITH_ALL_PARTS = 0
AS_A_SHELL = 2
"""A table of Microsoft's: only the columns and keys that are in the file are ours."""


def manifest(contents: Contents) -> Element:
    """Return solution.xml."""
    solution = contents.solution
    root = Element(
        "ImportExportXml",
        version=PLATFORM_VERSION,
        SolutionPackageVersion=PACKAGE_VERSION,
        languagecode=CODE,
        generatedBy="CrmLive",
    )
    element = add(root, "SolutionManifest")
    _names(element, solution.unique_name, solution.friendly_name, solution.description)
    add_all(element, {"Version": solution.version, "Managed": False})
    publisher = add(element, "Publisher")
    whose = solution.publisher
    _names(publisher, whose.unique_name, whose.friendly_name, whose.description)
    for absent in ("EMailAddress", "SupportingWebsiteUrl"):
        SubElement(publisher, absent, {f"{{{INSTANCE}}}nil": "true"})
    add_all(
        publisher,
        {
            "CustomizationPrefix": whose.prefix,
            "CustomizationOptionValuePrefix": whose.option_value_prefix,
        },
    )
    add(publisher, "Addresses")
    _root_components(element, contents)
    add(element, "MissingDependencies")
    return root


def _names(element: Element, unique_name: str, friendly_name: str, description: str) -> None:
    add(element, "UniqueName", unique_name)
    add_text(element, "LocalizedNames", "LocalizedName", friendly_name)
    add_text(element, "Descriptions", "Description", description)


def _root_components(element: Element, contents: Contents) -> None:
    holder = add(element, "RootComponents")
    for table in contents.tables:
        behavior = WITH_ALL_PARTS if table.is_ours else AS_A_SHELL
        _named(holder, ComponentType.ENTITY, table.logical_name, behavior)
    for choice in contents.choices:
        _named(holder, ComponentType.OPTION_SET, choice.name)
    for role in contents.roles:
        _identified(holder, ComponentType.ROLE, str(role.id))
    for resource in contents.web_resources:
        _named(holder, ComponentType.WEB_RESOURCE, resource.name)
    for step in contents.steps:
        _identified(holder, ComponentType.STEP, str(step.id))
    for endpoint in contents.endpoints:
        _identified(holder, ComponentType.SERVICE_ENDPOINT, str(endpoint.id))
    for variable in contents.environment_variables:
        _named(holder, ComponentType.ENVIRONMENT_VARIABLE, variable.schema_name)


def _named(holder: Element, kind: ComponentType, name: str, behavior: int = WITH_ALL_PARTS) -> None:
    SubElement(
        holder, "RootComponent", type=str(int(kind)), schemaName=name, behavior=str(behavior)
    )


def _identified(holder: Element, kind: ComponentType, identifier: str) -> None:
    SubElement(
        holder,
        "RootComponent",
        type=str(int(kind)),
        id=f"{{{identifier}}}",
        behavior=str(WITH_ALL_PARTS),
    )


def content_types(paths: Iterable[str]) -> Element:
    """Return the list of what the files at `paths` are, which a package begins with."""
    root = Element("Types", xmlns=CONTENT_TYPES)
    SubElement(root, "Default", Extension="xml", ContentType=BINARY)
    for path in sorted(path for path in paths if not path.endswith(".xml")):
        SubElement(root, "Override", PartName=f"/{path}", ContentType=BINARY)
    return root
