from xml.etree.ElementTree import Element

import pytest

from dataverse_schema.solution.markup import (
    add,
    add_text,
    document,
    localized,
    parse,
    plain,
    text_of,
)


def test_a_yes_or_no_is_a_digit() -> None:
    root = Element("root")

    add(root, "IsCustomizable", value=True)
    add(root, "IsHidden", value=False)

    assert [child.text for child in root] == ["1", "0"]


def test_a_document_names_its_encoding_in_double_quotes() -> None:
    root = Element("root")
    add(root, "name", "Größe <1>")

    text = document(root)

    assert text.startswith(b'<?xml version="1.0" encoding="utf-8"?>\n<root>\n')
    assert "Größe &lt;1&gt;".encode() in text


def test_a_file_that_was_indented_is_one_line_again() -> None:
    line = '<fetch><entity name="a"><order attribute="b" /></entity></fetch>'

    assert plain(parse(document(parse(line)))) == line


def test_a_text_in_our_language_is_found() -> None:
    root = Element("root")
    add_text(root, "labels", "label", "Invoice")

    assert localized(root, "labels/label") == "Invoice"
    assert localized(root, "Descriptions/Description") == ""


def test_a_child_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="<root> has no <Name>"):
        text_of(Element("root"), "Name")
