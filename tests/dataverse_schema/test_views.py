from collections import Counter

import pytest

from dataverse_schema.columns import Lookup, Memo
from dataverse_schema.solution.markup import parse
from dataverse_schema.table import Table
from dataverse_schema.tables import TABLES
from dataverse_schema.tables.providers import ProviderAccount
from dataverse_schema.views import LISTINGS, QueryType, View, searched_columns, view_id, views

OURS = [declared for declared in TABLES if declared.is_ours()]


def of(declared: type[Table]) -> list[View]:
    return [view for view in views() if view.table == declared.table_name()]


def view(declared: type[Table], name: str) -> View:
    (found,) = [one for one in of(declared) if one.name == name]
    return found


@pytest.mark.parametrize("declared", OURS, ids=lambda declared: declared.__name__)
def test_a_table_has_a_default_view_for_each_purpose(declared: type[Table]) -> None:
    purposes = Counter(one.query_type for one in of(declared) if one.is_default)

    assert purposes == dict.fromkeys(QueryType, 1)


@pytest.mark.parametrize("declared", OURS, ids=lambda declared: declared.__name__)
def test_a_view_asks_for_columns_of_its_table_only(declared: type[Table]) -> None:
    known = {declared.column_name(field) for field in declared.columns()}
    known |= {declared.primary_id(), "statecode"}

    for one in of(declared):
        fetch = parse(one.fetch_xml)
        asked = {element.get("name") for element in fetch.iter("attribute")}
        asked |= {element.get("attribute") for element in fetch.iter("condition")}
        asked |= {element.get("attribute") for element in fetch.iter("order")}
        shown = {element.get("name") for element in parse(one.layout_xml).iter("cell")}

        assert asked <= known
        assert shown <= asked


def test_ids_are_those_of_the_names_and_unique() -> None:
    ids = [one.id for one in views()]

    assert len(set(ids)) == len(ids)
    assert view(ProviderAccount, "Active provider accounts").id == view_id(
        ProviderAccount, "Active provider accounts"
    )


def test_a_quick_find_looks_in_texts() -> None:
    for listing in LISTINGS:
        kinds = {
            listing.table.column_name(field): kind
            for field, kind in listing.table.columns().items()
        }

        assert not any(
            isinstance(kinds[column], Lookup | Memo) for column in searched_columns(listing)
        )


def test_a_quick_find_looks_for_what_was_typed() -> None:
    fetch = parse(view(ProviderAccount, "Quick find: active provider accounts").fetch_xml)

    search = fetch.findall(".//filter[@isquickfindfields='1']/condition")

    assert [one.get("attribute") for one in search] == [
        "w365_name",
        "w365_key",
        "w365_tenant",
        "w365_domain",
    ]
    assert {(one.get("operator"), one.get("value")) for one in search} == {("like", "{0}")}


def test_a_list_of_what_is_missing_asks_for_nothing() -> None:
    fetch = parse(view(ProviderAccount, "Provider accounts without a customer").fetch_xml)

    condition = fetch.find(".//condition[@attribute='w365_account']")

    assert condition is not None
    assert (condition.get("operator"), condition.get("value")) == ("null", None)
