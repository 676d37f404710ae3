from collections import Counter

import pytest

from dataverse_schema.columns import Column
from dataverse_schema.form_layouts import WRITTEN_BY_BILLING, layouts
from dataverse_schema.forms import LIST_CONTROL, control_of, forms
from dataverse_schema.relationships import relationships
from dataverse_schema.solution.markup import parse
from dataverse_schema.table import Table
from dataverse_schema.tables import TABLES
from dataverse_schema.tables.billing import BillingContract
from dataverse_schema.views import views

OURS = [declared for declared in TABLES if declared.is_ours()]


def form(declared: type[Table]) -> str:
    (found,) = [one for one in forms() if one.table == declared.table_name()]
    return found.xml


@pytest.mark.parametrize("declared", OURS, ids=lambda declared: declared.__name__)
def test_every_column_is_on_the_form_once(declared: type[Table]) -> None:
    controls = parse(form(declared)).findall("tabs//control[@datafieldname]")

    shown = Counter(control.get("datafieldname") for control in controls)

    assert shown == {declared.column_name(field): 1 for field in declared.columns()}


@pytest.mark.parametrize("declared", OURS, ids=lambda declared: declared.__name__)
def test_no_two_parts_of_a_form_have_one_id(declared: type[Table]) -> None:
    parts = parse(form(declared)).iter()

    ids = Counter(part.get("id") for part in parts if part.tag != "control" and part.get("id"))

    assert [part for part, count in ids.items() if count > 1] == []


def test_what_billing_writes_is_locked() -> None:
    controls = parse(form(BillingContract)).findall("tabs//control[@disabled='true']")

    locked = [control.get("datafieldname") for control in controls]

    assert locked == [BillingContract.column_name(field) for field in WRITTEN_BY_BILLING]


def test_a_list_is_of_a_relationship_and_a_view_that_exist() -> None:
    names = {one.schema_name: one for one in relationships()}
    known = {f"{{{one.id}}}" for one in views()}

    lists = parse(form(BillingContract)).findall(f".//control[@classid='{LIST_CONTROL}']")

    assert len(lists) == 4
    for one in lists:
        relationship = names[one.findtext("parameters/RelationshipName", "")]
        assert relationship.referenced == "w365_billingcontract"
        assert relationship.referencing == one.findtext("parameters/TargetEntityType")
        assert one.findtext("parameters/ViewId") in known


def test_a_kind_without_a_control_is_refused() -> None:
    with pytest.raises(TypeError, match="no control for a column of the kind Column"):
        control_of(Column())


def test_every_layout_has_a_form() -> None:
    assert [one.table for one in forms()] == [layout.table.table_name() for layout in layouts()]
