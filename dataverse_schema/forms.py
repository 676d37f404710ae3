"""Main forms, as FormXml.

Source: the published FormXml.xsd, and docs of the table systemform. The class ids name the
controls of Dynamics 365 for each kind of column.
"""

from dataclasses import dataclass
from functools import cache
from uuid import UUID
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from dataverse_schema import columns as kinds
from dataverse_schema.form_layouts import Layout, RelatedRows, Section, layouts
from dataverse_schema.identifiers import identifier
from dataverse_schema.labels import LANGUAGE, column_label, table_label, table_plural_label
from dataverse_schema.relationships import relationships
from dataverse_schema.table import Table
from dataverse_schema.views import active_view_name, view_id

TEXT_CONTROL = "{4273EDBD-AC1D-40d3-9FB2-095C621B552D}"
MEMO_CONTROL = "{E0DECE4B-6FC8-4a8f-A065-082708572369}"
MONEY_CONTROL = "{533B9E00-756B-4312-95A0-DC888637AC78}"
DECIMAL_CONTROL = "{C3EFE0C3-0EC6-42be-8349-CBD9079DFD8E}"
WHOLE_CONTROL = "{C6D124CA-7EDA-4a60-AEA9-7FB8D318B68F}"
YES_NO_CONTROL = "{67FAC785-CD58-4f9f-ABB3-4B7DDC6ED5ED}"
DATE_CONTROL = "{5B773807-9FB2-42db-97C3-7A91EFF8ADFF}"
CHOICE_CONTROL = "{3EF39988-22BB-4f0b-BBBE-64B5A3748AEE}"
STATUS_REASON_CONTROL = "{5D68B988-0661-4db2-BC3E-17598AD3BE6C}"
LOOKUP_CONTROL = "{270BD3DB-D9AF-4782-9025-509E298DEC0A}"
LIST_CONTROL = "{E7A81278-8635-4d9e-8D4D-59480B391C5B}"

ROWS_OF_A_LIST = 10
HEIGHT_OF_A_LIST = 8
"""Rows of the form that a list takes."""

FORM_TYPE_MAIN = 2
"""Source: docs of the table systemform, column type."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """A main form."""

    id: UUID
    table: str
    """Logical name."""

    name: str
    xml: str
    """The element `form`."""


@cache
def forms() -> tuple[Form, ...]:
    """Return the main form of each table of ours."""
    return tuple(_form(layout) for layout in layouts())


def _form(layout: Layout) -> Form:
    table = layout.table.table_name()
    form = Element("form")
    tabs = SubElement(form, "tabs")
    _tab(tabs, layout, "general", table_label(layout.table), layout.sections)
    if layout.related:
        _related_tab(tabs, layout)
    _header(form, layout)
    return Form(
        id=identifier("form", table),
        table=table,
        name=table_label(layout.table),
        xml=ElementTree.tostring(form, encoding="unicode"),
    )


def _braced(table: type[Table], part: str) -> str:
    return f"{{{identifier('form part', f'{table.table_name()}:{part}')}}}"


def _labels(parent: Element, text: str) -> None:
    SubElement(SubElement(parent, "labels"), "label", description=text, languagecode=str(LANGUAGE))


def _new_tab(tabs: Element, table: type[Table], name: str, label: str) -> Element:
    """Add a tab with one column; return the element that its sections go in."""
    tab = SubElement(
        tabs,
        "tab",
        name=name,
        id=_braced(table, f"tab:{name}"),
        verticallayout="true",
        IsUserDefined="0",
    )
    _labels(tab, label)
    column = SubElement(SubElement(tab, "columns"), "column", width="100%")
    return SubElement(column, "sections")


def _tab(
    tabs: Element, layout: Layout, name: str, label: str, sections: tuple[Section, ...]
) -> None:
    parent = _new_tab(tabs, layout.table, name, label)
    for section in sections:
        rows = _section(parent, layout.table, section.title)
        for field in section.fields:
            _field(rows, layout.table, field, read_only=section.read_only)


def _related_tab(tabs: Element, layout: Layout) -> None:
    parent = _new_tab(tabs, layout.table, "related_rows", "Related")
    for related in layout.related:
        rows = _section(parent, layout.table, table_plural_label(related.table))
        _list(rows, layout.table, related)


def _section(parent: Element, table: type[Table], title: str) -> Element:
    name = title.lower().replace(" ", "_").replace("-", "_")
    section = SubElement(
        parent,
        "section",
        name=name,
        id=_braced(table, f"section:{name}"),
        showlabel="true",
        showbar="false",
        IsUserDefined="0",
    )
    _labels(section, title)
    return SubElement(section, "rows")


def _field(rows: Element, table: type[Table], field: str, *, read_only: bool) -> None:
    cell = SubElement(SubElement(rows, "row"), "cell", id=_braced(table, f"cell:{field}"))
    _labels(cell, column_label(table, field))
    column = table.column_name(field)
    SubElement(
        cell,
        "control",
        id=column,
        classid=control_of(table.columns()[field]),
        datafieldname=column,
        disabled="true" if read_only else "false",
    )


def control_of(kind: kinds.Column) -> str:
    """Return the class id of the control that shows a column of `kind`.

    Raises: TypeError: no control is known for it.
    """
    by_kind: dict[type[kinds.Column], str] = {
        kinds.Text: TEXT_CONTROL,
        kinds.Memo: MEMO_CONTROL,
        kinds.Currency: MONEY_CONTROL,
        kinds.Number: DECIMAL_CONTROL,
        kinds.Whole: WHOLE_CONTROL,
        kinds.YesNo: YES_NO_CONTROL,
        kinds.Day: DATE_CONTROL,
        kinds.Moment: DATE_CONTROL,
        kinds.Choice: CHOICE_CONTROL,
        kinds.Lookup: LOOKUP_CONTROL,
    }
    found = by_kind.get(type(kind))
    if found is None:
        message = f"no control for a column of the kind {type(kind).__name__}; name one in forms.py"
        raise TypeError(message)
    return found


def _list(rows: Element, table: type[Table], related: RelatedRows) -> None:
    relationship = next(
        each
        for each in relationships()
        if each.referencing == related.table.table_name() and each.field == related.field
    )
    name = f"list_{related.table.table_name()}"
    cell = SubElement(
        SubElement(rows, "row"),
        "cell",
        id=_braced(table, f"cell:{name}"),
        showlabel="false",
        rowspan=str(HEIGHT_OF_A_LIST),
        colspan="1",
        auto="false",
    )
    _labels(cell, table_plural_label(related.table))
    control = SubElement(cell, "control", id=name, classid=LIST_CONTROL)
    parameters = {
        "ViewId": f"{{{view_id(related.table, active_view_name(related.table))}}}",
        "IsUserView": "false",
        "RelationshipName": relationship.schema_name,
        "TargetEntityType": related.table.table_name(),
        "AutoExpand": "Fixed",
        "RecordsPerPage": str(ROWS_OF_A_LIST),
        "EnableQuickFind": "false",
        "EnableViewPicker": "true",
    }
    holder = SubElement(control, "parameters")
    for parameter, value in parameters.items():
        SubElement(holder, parameter).text = value
    for _ in range(HEIGHT_OF_A_LIST - 1):
        SubElement(rows, "row")


def _header(form: Element, layout: Layout) -> None:
    header = SubElement(form, "header", id=_braced(layout.table, "header"))
    row = SubElement(SubElement(header, "rows"), "row")
    shown = {"statuscode": ("Status reason", STATUS_REASON_CONTROL)}
    if layout.table.user_owned:
        shown["ownerid"] = ("Owner", LOOKUP_CONTROL)
    for column, (label, control) in shown.items():
        cell = SubElement(row, "cell", id=_braced(layout.table, f"header:{column}"))
        _labels(cell, label)
        SubElement(cell, "control", id=f"header_{column}", classid=control, datafieldname=column)
