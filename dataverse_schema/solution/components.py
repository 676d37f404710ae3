"""Roles, choices, web resources, steps and endpoints, as elements of a solution file."""

import re
from xml.etree.ElementTree import Element, SubElement

from dataverse_schema.choices import GlobalChoice
from dataverse_schema.solution.contents import Contents, StepDefinition
from dataverse_schema.solution.markup import add, add_all, add_text
from dataverse_schema.web_resources import WebResource

SERVICE_ENDPOINT_CODE = 4618
"""Object type code of the table serviceendpoint."""


def roles(contents: Contents) -> Element:
    """Return the element with all roles."""
    holder = Element("Roles")
    for role in contents.roles:
        element = SubElement(holder, "Role", id=f"{{{role.id}}}", name=role.name)
        add(element, "IsCustomizable", value=True)
        privileges = add(element, "RolePrivileges")
        for name, depth in role.privileges.items():
            SubElement(privileges, "RolePrivilege", name=name, level=depth)
    return holder


def choices(contents: Contents) -> Element:
    """Return the element with all global choices."""
    holder = Element("optionsets")
    for choice in contents.choices:
        holder.append(_choice(choice))
    return holder


def _choice(choice: GlobalChoice) -> Element:
    element = Element("optionset", Name=choice.name, localizedName=choice.display_name)
    add_all(
        element,
        {
            "OptionSetType": "picklist",
            "IsGlobal": True,
            "IntroducedVersion": "1.0.0.0",
            "IsCustomizable": True,
        },
    )
    add_text(element, "displaynames", "displayname", choice.display_name)
    add_text(element, "Descriptions", "Description", choice.description)
    options = add(element, "options")
    for option in choice.options:
        add_text(
            SubElement(options, "option", value=str(option.value)),
            "labels",
            "label",
            option.label,
        )
    return element


def file_name(resource: WebResource) -> str:
    """Return the path of the web resource's content inside the zip file."""
    letters = re.sub(r"\W", "", resource.name)
    return f"WebResources/{letters}{str(resource.id).upper()}"


def web_resources(contents: Contents) -> Element:
    """Return the element with all web resources; their contents are files of their own."""
    holder = Element("WebResources")
    for resource in contents.web_resources:
        holder.append(web_resource(resource))
    return holder


def web_resource(resource: WebResource) -> Element:
    """Return the element of one web resource."""
    element = Element("WebResource")
    add_all(
        element,
        {
            "WebResourceId": f"{{{resource.id}}}",
            "Name": resource.name,
            "DisplayName": resource.display_name,
            "WebResourceType": int(resource.type),
            "IntroducedVersion": "1.0.0.0",
            "IsEnabledForMobileClient": False,
            "IsAvailableForMobileOffline": False,
            "IsCustomizable": True,
            "CanBeDeleted": True,
            "IsHidden": False,
            "FileName": f"/{file_name(resource)}",
        },
    )
    return element


def steps(contents: Contents) -> Element:
    """Return the element with all steps and their images."""
    holder = Element("SdkMessageProcessingSteps")
    for step in contents.steps:
        holder.append(_step(step))
    return holder


def _step(step: StepDefinition) -> Element:
    element = Element(
        "SdkMessageProcessingStep", Name=step.name, SdkMessageProcessingStepId=f"{{{step.id}}}"
    )
    add_all(element, {"PrimaryEntity": step.table, "AsyncAutoDelete": True})
    if step.filtering_attributes:
        add(element, "FilteringAttributes", ",".join(step.filtering_attributes))
    add_all(
        element,
        {
            "InvocationSource": 0,
            "Mode": step.mode,
            "Rank": step.rank,
            "SdkMessageId": f"{{{step.message_id}}}",
            "EventHandler": f"{{{step.endpoint}}}",
            "EventHandlerTypeCode": SERVICE_ENDPOINT_CODE,
            "Stage": step.stage,
            "IsCustomizable": True,
            "IsHidden": False,
            "SupportedDeployment": 0,
            "IntroducedVersion": "1.0.0.0",
        },
    )
    images = add(element, "SdkMessageProcessingStepImages")
    for image in step.images:
        add_all(
            SubElement(images, "SdkMessageProcessingStepImage", Name=image.name),
            {
                "SdkMessageProcessingStepImageId": f"{{{image.id}}}",
                "Attributes": ",".join(image.attributes),
                "EntityAlias": image.name,
                "ImageType": image.image_type,
                "MessagePropertyName": image.message_property,
                "IsCustomizable": True,
                "IntroducedVersion": "1.0.0.0",
            },
        )
    return element


def endpoints(contents: Contents) -> Element:
    """Return the element with all service endpoints. A file has no place for their keys."""
    holder = Element("ServiceEndpoints")
    for endpoint in contents.endpoints:
        element = SubElement(
            holder, "ServiceEndpoint", Name=endpoint.name, ServiceEndpointId=f"{{{endpoint.id}}}"
        )
        add_all(
            element,
            {
                "ConnectionMode": endpoint.connection_mode,
                "Contract": endpoint.contract,
                "Description": endpoint.description,
                "Path": "",
                "SolutionNamespace": "",
                "UserClaim": endpoint.user_claim,
                "IsCustomizable": True,
                "AuthType": endpoint.authentication_type,
                "MessageFormat": endpoint.message_format,
                "Url": endpoint.url,
            },
        )
    return holder
