"""Microsoft's tables of what a solution is made of: publishers, views, forms, web resources...

What is written into them is there at once: that views, forms and web resources are seen only
when they have been published is not emulated.
"""

from dataclasses import replace

from work365.emulators.dataverse.added_columns import Columns, add_owner
from work365.emulators.dataverse.definitions import (
    ACTIVE_AND_INACTIVE,
    TableDefinition,
)
from work365.emulators.dataverse.system_columns import (
    choice,
    lookup,
    moment,
    of_system,
    table,
    text,
    unique,
    whole,
    yes_no,
)

XML_LENGTH = 1_073_741_823
COMPONENT_TYPES = {
    1: "Entity",
    2: "Attribute",
    9: "Option Set",
    10: "Entity Relationship",
    14: "Entity Key",
    20: "Role",
    26: "Saved Query",
    60: "System Form",
    61: "Web Resource",
    92: "SDK Message Processing Step",
    93: "SDK Message Processing Step Image",
    95: "Service Endpoint",
    380: "Environment Variable Definition",
    381: "Environment Variable Value",
}
"""Source: documented options of `solutioncomponent.componenttype`, as far as there are any here."""

FORM_TYPES = {
    0: "Dashboard",
    1: "AppointmentBook",
    2: "Main",
    5: "Mobile - Express",
    6: "Quick View Form",
    7: "Quick Create",
    8: "Dialog",
    10: "InteractionCentricDashboard",
    11: "Card",
    12: "Main - Interactive experience",
}
WEB_RESOURCE_TYPES = {
    1: "Webpage (HTML)",
    2: "Style Sheet (CSS)",
    3: "Script (JScript)",
    4: "Data (XML)",
    5: "PNG format",
    6: "JPG format",
    7: "GIF format",
    8: "Silverlight (XAP)",
    9: "Style Sheet (XSL)",
    10: "ICO format",
    11: "Vector format (SVG)",
    12: "String (RESX)",
}
VARIABLE_TYPES = {
    100_000_000: "String",
    100_000_001: "Number",
    100_000_002: "Boolean",
    100_000_003: "JSON",
    100_000_004: "Data Source",
    100_000_005: "Secret",
}


def _owned(definition: TableDefinition) -> TableDefinition:
    """Return the table as one whose rows belong to users or teams."""
    columns: Columns = dict(definition.columns)
    add_owner(columns, table=definition.name)
    return replace(definition, columns=columns, user_owned=True)


def _behavior() -> dict[int, str]:
    return {0: "Include Subcomponents", 1: "Do not include subcomponents", 2: "Include As Shell"}


SOLUTION_TABLES = (
    table(
        "publisher",
        text("friendlyname"),
        text("uniquename"),
        text("description", 2_000),
        text("customizationprefix", 8),
        whole("customizationoptionvalueprefix"),
        text("emailaddress", 100),
        text("supportingwebsiteurl", 500),
        yes_no("isreadonly", read_only=True),
        schema_name="Publisher",
        primary_name="friendlyname",
    ),
    table(
        "solution",
        text("friendlyname"),
        text("uniquename", 65),
        text("description", 2_000),
        text("version"),
        yes_no("ismanaged", read_only=True),
        yes_no("isvisible", read_only=True),
        of_system(moment("installedon")),
        lookup("publisherid", "publisher", relationship="publisher_solution"),
        schema_name="Solution",
        primary_name="friendlyname",
    ),
    table(
        "solutioncomponent",
        choice("componenttype", COMPONENT_TYPES),
        unique("objectid"),
        choice("rootcomponentbehavior", _behavior()),
        yes_no("ismetadata"),
        lookup("solutionid", "solution", relationship="solution_solutioncomponent", cascades=True),
        schema_name="SolutionComponent",
        primary_name="solutioncomponentid",
        read_only=True,
    ),
    table(
        "savedquery",
        text("name", 200),
        text("description", 2_000),
        text("fetchxml", XML_LENGTH),
        text("layoutxml", XML_LENGTH),
        whole("querytype"),
        text("returnedtypecode", 64),
        yes_no("isdefault"),
        yes_no("isquickfindquery"),
        set_name="savedqueries",
        schema_name="SavedQuery",
        states=ACTIVE_AND_INACTIVE,
    ),
    table(
        "systemform",
        text("name", 100),
        text("description", 2_000),
        text("formxml", XML_LENGTH),
        text("objecttypecode", 64),
        choice("type", FORM_TYPES),
        yes_no("isdefault"),
        choice("formactivationstate", {0: "Inactive", 1: "Active"}, default=1),
        choice("formpresentation", {0: "ClassicForm", 1: "AirForm", 2: "ConvertedICForm"}),
        schema_name="SystemForm",
        primary_id="formid",
    ),
    table(
        "webresource",
        text("name"),
        text("displayname", 200),
        text("description", 2_000),
        text("content", XML_LENGTH),
        choice("webresourcetype", WEB_RESOURCE_TYPES),
        whole("languagecode"),
        set_name="webresourceset",
        schema_name="WebResource",
    ),
    _owned(
        table(
            "environmentvariabledefinition",
            text("schemaname", 100),
            text("displayname", 100),
            text("description", 2_000),
            text("defaultvalue", 2_000),
            text("hint", 2_000),
            choice("type", VARIABLE_TYPES, default=100_000_000),
            yes_no("isrequired"),
            schema_name="EnvironmentVariableDefinition",
            primary_name="schemaname",
            states=ACTIVE_AND_INACTIVE,
        )
    ),
    _owned(
        table(
            "environmentvariablevalue",
            text("schemaname", 100),
            text("value", 2_000),
            lookup(
                "environmentvariabledefinitionid",
                "environmentvariabledefinition",
                navigation="EnvironmentVariableDefinitionId",
                relationship="environmentvariabledefinition_environmentvariablevalue",
                cascades=True,
            ),
            schema_name="EnvironmentVariableValue",
            primary_name="schemaname",
            states=ACTIVE_AND_INACTIVE,
        )
    ),
)
