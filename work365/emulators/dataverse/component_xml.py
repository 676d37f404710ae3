"""Reads which columns the XML of views and forms names."""

from xml.etree import ElementTree
from xml.etree.ElementTree import Element, ParseError

from work365.emulators.dataverse.errors import DataverseError

INVALID_XML = "0x80048426"
NAMING = ("attribute", "condition", "order")
ENTITIES = ("entity", "link-entity")


def parsed(text: str, *, what: str) -> Element:
    """Return XML, read.

    Raises: DataverseError, for text that is no XML, or that declares entities of its own.
    """
    if "<!DOCTYPE" in text:
        raise DataverseError(400, INVALID_XML, f"{what} has a document type, which is not allowed.")
    try:
        return ElementTree.fromstring(text)  # noqa: S314 - entities need the refused DOCTYPE
    except ParseError as error:
        raise DataverseError(
            400, INVALID_XML, f"{what} is not well-formed XML: {error}."
        ) from error


def columns_in_fetch(fetch: Element) -> dict[str, set[str]]:
    """Return the columns that a query names, by table."""
    found: dict[str, set[str]] = {}
    try:
        for child in fetch.findall("entity"):
            _collect(child, found)
    except RecursionError as error:
        raise DataverseError(400, INVALID_XML, "fetchxml is nested too deeply.") from error
    return found


def _collect(element: Element, found: dict[str, set[str]]) -> None:
    table = element.get("name", "")
    names = found.setdefault(table, set())
    names.update(_named(element))
    for link in element.findall("link-entity"):
        found.setdefault(link.get("name", ""), set()).add(link.get("from", ""))
        names.add(link.get("to", ""))
        _collect(link, found)


def _named(element: Element) -> set[str]:
    """Return the columns of an entity that are named here, not inside a linked one."""
    found = set()
    for child in element:
        if child.tag in NAMING and not child.get("entityname"):
            found.add(child.get("name" if child.tag == "attribute" else "attribute", ""))
        elif child.tag == "filter":
            found |= _named(child)
    return found - {""}


def columns_in_view(fetch: str, layout: str, table: str) -> dict[str, set[str]]:
    """Return the columns that a view names, by table."""
    found = columns_in_fetch(parsed(fetch, what="fetchxml")) if fetch else {}
    if layout:
        cells = {cell.get("name", "") for cell in parsed(layout, what="layoutxml").iter("cell")}
        plain = {name for name in cells if "." not in name}
        found.setdefault(table, set()).update(plain - {""})
    return found


def columns_in_form(xml: str) -> set[str]:
    """Return the columns that a form shows."""
    if not xml:
        return set()
    controls = parsed(xml, what="formxml").iter("control")
    return {control.get("datafieldname", "") for control in controls} - {""}
