"""Environment variables: each a small file of its own beside customizations.xml."""

from xml.etree.ElementTree import Element, SubElement

from dataverse_schema.environment_variables import EnvironmentVariable
from dataverse_schema.solution.markup import CODE, add, add_all


def variable_path(variable: EnvironmentVariable) -> str:
    """Return the path of the variable's file."""
    return (
        f"environmentvariabledefinitions/{variable.schema_name}/environmentvariabledefinition.xml"
    )


def variable_element(variable: EnvironmentVariable) -> Element:
    """Return the variable's file. Values belong to an environment, and are in no file."""
    root = Element("environmentvariabledefinition", schemaname=variable.schema_name)
    if variable.default is not None:
        add(root, "defaultvalue", variable.default)
    _labelled(root, "description", variable.description)
    _labelled(root, "displayname", variable.display_name)
    add_all(
        root,
        {
            "environmentvariabledefinitionid": f"{{{variable.id}}}",
            "introducedversion": "1.0.0.0",
            "iscustomizable": True,
            "isrequired": False,
            "secretstore": 0,
            "type": int(variable.type),
        },
    )
    return root


def _labelled(root: Element, tag: str, text: str) -> None:
    holder = SubElement(root, tag, default=text)
    SubElement(holder, "label", description=text, languagecode=CODE)
