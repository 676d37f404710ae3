"""Reading a solution file back into the values that it was written from."""

from io import BytesIO
from uuid import UUID
from xml.etree.ElementTree import Element
from zipfile import ZipFile

from dataverse_schema.choices import GlobalChoice, Option
from dataverse_schema.environment_variables import EnvironmentVariable, VariableType
from dataverse_schema.publisher import Publisher, Solution
from dataverse_schema.roles import Depth
from dataverse_schema.solution.contents import (
    Contents,
    EndpointDefinition,
    RoleDefinition,
    StepDefinition,
)
from dataverse_schema.solution.entity_relationships import read_relationships
from dataverse_schema.solution.markup import localized, parse, required, text_of
from dataverse_schema.solution.reading_tables import read_forms, read_tables, read_views
from dataverse_schema.steps import Image
from dataverse_schema.web_resources import WebResource, WebResourceType

NO_ID = UUID(int=0)
"""A solution file has no ids of the publisher and of the solution itself."""


def read_solution(content: bytes) -> Contents:
    """Return what a zip file of ours says.

    Descriptions of roles and the key of an endpoint are in no file; numbering formats are in
    one that was built with them.

    Raises:
        zipfile.BadZipFile: it is no zip file.
        KeyError: a file is missing in it.
        ValueError: a part of a file is missing, or means nothing to us.
    """
    with ZipFile(BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    root = parse(files["customizations.xml"])
    tables = read_tables(root)
    lookups = {
        f"{table.logical_name}.{column.logical_name}"
        for table in tables
        for column in table.columns
        if column.required
    }
    return Contents(
        solution=_solution(parse(files["solution.xml"])),
        tables=tables,
        choices=tuple(_choice(each) for each in root.iterfind("optionsets/optionset")),
        relationships=read_relationships(root, lookups),
        views=read_views(root),
        forms=read_forms(root),
        roles=tuple(_role(each) for each in root.iterfind("Roles/Role")),
        environment_variables=tuple(
            _variable(parse(text))
            for path, text in files.items()
            if path.startswith("environmentvariabledefinitions/")
        ),
        endpoints=tuple(_endpoint(each) for each in root.iterfind("ServiceEndpoints/*")),
        steps=tuple(_step(each) for each in root.iterfind("SdkMessageProcessingSteps/*")),
        web_resources=tuple(
            _web_resource(each, files) for each in root.iterfind("WebResources/WebResource")
        ),
    )


def _solution(root: Element) -> Solution:
    element = required(root, "SolutionManifest")
    publisher = required(element, "Publisher")
    return Solution(
        id=NO_ID,
        unique_name=text_of(element, "UniqueName"),
        friendly_name=localized(element, "LocalizedNames/LocalizedName"),
        description=localized(element, "Descriptions/Description"),
        version=text_of(element, "Version"),
        publisher=Publisher(
            id=NO_ID,
            unique_name=text_of(publisher, "UniqueName"),
            friendly_name=localized(publisher, "LocalizedNames/LocalizedName"),
            description=localized(publisher, "Descriptions/Description"),
            prefix=text_of(publisher, "CustomizationPrefix"),
            option_value_prefix=int(text_of(publisher, "CustomizationOptionValuePrefix")),
        ),
    )


def _choice(element: Element) -> GlobalChoice:
    return GlobalChoice(
        name=element.get("Name", ""),
        display_name=localized(element, "displaynames/displayname"),
        description=localized(element, "Descriptions/Description"),
        options=tuple(
            Option(value=int(option.get("value", "")), label=localized(option, "labels/label"))
            for option in element.iterfind("options/option")
        ),
    )


def _role(element: Element) -> RoleDefinition:
    return RoleDefinition(
        id=UUID(element.get("id")),
        name=element.get("name", ""),
        privileges={
            privilege.get("name", ""): Depth(privilege.get("level", ""))
            for privilege in element.iterfind("RolePrivileges/RolePrivilege")
        },
    )


def _variable(root: Element) -> EnvironmentVariable:
    return EnvironmentVariable(
        id=UUID(text_of(root, "environmentvariabledefinitionid")),
        schema_name=root.get("schemaname", ""),
        display_name=required(root, "displayname").get("default", ""),
        description=required(root, "description").get("default", ""),
        type=VariableType(int(text_of(root, "type"))),
        default=root.findtext("defaultvalue"),
    )


def _endpoint(element: Element) -> EndpointDefinition:
    return EndpointDefinition(
        id=UUID(element.get("ServiceEndpointId")),
        name=element.get("Name", ""),
        description=text_of(element, "Description"),
        url=text_of(element, "Url"),
        contract=int(text_of(element, "Contract")),
        authentication_type=int(text_of(element, "AuthType")),
        connection_mode=int(text_of(element, "ConnectionMode")),
        message_format=int(text_of(element, "MessageFormat")),
        user_claim=int(text_of(element, "UserClaim")),
    )


def _step(element: Element) -> StepDefinition:
    attributes = element.findtext("FilteringAttributes")
    return StepDefinition(
        id=UUID(element.get("SdkMessageProcessingStepId")),
        name=element.get("Name", ""),
        message_id=UUID(text_of(element, "SdkMessageId")),
        table=text_of(element, "PrimaryEntity"),
        filtering_attributes=tuple(attributes.split(",")) if attributes else (),
        endpoint=UUID(text_of(element, "EventHandler")),
        stage=int(text_of(element, "Stage")),
        mode=int(text_of(element, "Mode")),
        rank=int(text_of(element, "Rank")),
        images=tuple(
            Image(
                id=UUID(text_of(image, "SdkMessageProcessingStepImageId")),
                name=text_of(image, "EntityAlias"),
                image_type=int(text_of(image, "ImageType")),
                attributes=tuple(text_of(image, "Attributes").split(",")),
                message_property=text_of(image, "MessagePropertyName"),
            )
            for image in element.iterfind("SdkMessageProcessingStepImages/*")
        ),
    )


def _web_resource(element: Element, files: dict[str, bytes]) -> WebResource:
    return WebResource(
        id=UUID(text_of(element, "WebResourceId")),
        name=text_of(element, "Name"),
        display_name=text_of(element, "DisplayName"),
        type=WebResourceType(int(text_of(element, "WebResourceType"))),
        content=files[text_of(element, "FileName").removeprefix("/")],
    )
