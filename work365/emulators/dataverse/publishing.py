"""Publishes customizations. Here everything is seen as soon as it is written.

What a request to publish names is checked all the same, as a real environment would.
"""

from work365.emulators.dataverse.calls import Answer
from work365.emulators.dataverse.component_xml import parsed
from work365.emulators.dataverse.definition_writes import DefinitionRequest, changed
from work365.emulators.dataverse.errors import DataverseError
from work365.emulators.dataverse.values import GUID

LISTS = {
    "entities": "entity",
    "optionsets": "optionset",
    "webresources": "webresource",
}
ABSENT = "0x80040216"


def publish_all(request: DefinitionRequest) -> Answer:
    """Publish everything."""
    request.require("PublishCustomization")
    if request.call.body:
        request.body("PublishAllXml").expect_read({})
    return changed()


def publish(request: DefinitionRequest) -> Answer:
    """Publish what the parameter names.

    Raises: DataverseError, for XML that is wrong or names what is not there.
    """
    request.require("PublishCustomization")
    body = request.body("PublishXml")
    text = str(body.required("ParameterXml"))
    body.expect_read({})
    root = parsed(text, what="ParameterXml")
    if root.tag != "importexportxml":
        raise body.invalid(f"The root element is 'importexportxml', not '{root.tag}'.")
    for group in root:
        one = LISTS.get(group.tag)
        if one is None:
            raise body.invalid(f"'{group.tag}' in ParameterXml is none of {', '.join(LISTS)}.")
        for element in group:
            if element.tag != one:
                raise body.invalid(f"'{group.tag}' holds '{one}', not '{element.tag}'.")
            _check(request, one, (element.text or "").strip())
    return changed()


def _check(request: DefinitionRequest, kind: str, name: str) -> None:
    transaction = request.transaction
    if kind == "entity":
        is_there = name in transaction.schema.tables
    elif kind == "optionset":
        is_there = name in transaction.schema.choices
    else:
        resource = name.strip("{}").lower()
        is_there = bool(GUID.fullmatch(resource)) and bool(
            transaction.connection.execute(
                "SELECT 1 FROM webresource WHERE webresourceid = ?", (resource,)
            ).fetchone()
        )
    if not is_there:
        raise DataverseError(
            400, ABSENT, f"The {kind} '{name}' that is to be published does not exist."
        )
