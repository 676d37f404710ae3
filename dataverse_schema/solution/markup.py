"""Writing and reading XML as solution files have it."""

from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from dataverse_schema.labels import LANGUAGE

INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'
"""With double quotes, as in exports; Python's own has single ones."""

CODE = str(LANGUAGE)


def add(parent: Element, tag: str, value: str | int | bool | None = None) -> Element:
    """Add an element with `value` as its text; a yes or no is written as 1 or 0."""
    element = SubElement(parent, tag)
    if value is not None:
        element.text = str(int(value)) if isinstance(value, bool) else str(value)
    return element


def add_all(parent: Element, values: dict[str, str | int | bool | None]) -> None:
    """Add an element for each name, in their order."""
    for tag, value in values.items():
        add(parent, tag, value)


def add_text(parent: Element, holder: str, tag: str, text: str) -> None:
    """Add `text` in our language, as `holder` with one `tag` in it."""
    SubElement(SubElement(parent, holder), tag, description=text, languagecode=CODE)


def parse(text: str | bytes) -> Element:
    """Return the root of an XML document.

    Raises: ElementTree.ParseError: it is none.
    """
    return ElementTree.fromstring(text)  # noqa: S314 - our own files; expat 2.4.1 and later bound expansion


def document(root: Element) -> bytes:
    """Return the file that has `root`, indented so that versions can be compared by line."""
    ElementTree.indent(root)
    return DECLARATION + f"{ElementTree.tostring(root, encoding='unicode')}\n".encode()


def plain(root: Element) -> str:
    """Return `root` on one line, without the spaces that an indented file has between tags."""
    for element in root.iter():
        element.text = _kept(element.text, has_children=len(element) > 0)
        element.tail = None
    return ElementTree.tostring(root, encoding="unicode")


def _kept(text: str | None, *, has_children: bool) -> str | None:
    return None if has_children or not text else text


def text_of(parent: Element, tag: str) -> str:
    """Return the text of the child `tag`, or an empty one where it has none.

    Raises: ValueError: there is no such child.
    """
    return required(parent, tag).text or ""


def required(parent: Element, path: str) -> Element:
    """Return the descendant at `path`.

    Raises: ValueError: there is none.
    """
    found = parent.find(path)
    if found is None:
        raise ValueError(f"<{parent.tag}> has no <{path}>; it is not a solution file of ours")
    return found


def localized(parent: Element, path: str) -> str:
    """Return the text at `path` in our language; empty where there is none."""
    found = parent.find(f"{path}[@languagecode='{CODE}']")
    return "" if found is None else found.get("description", "")
