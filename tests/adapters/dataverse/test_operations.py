"""Requests as values: addresses, filters, bodies."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import IntEnum
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.adapters.dataverse.errors import KeyNotAddressable, RequestTooLarge
from work365.adapters.dataverse.operations import (
    NOT_IN_KEYS,
    Key,
    Literal,
    Operation,
    address,
    all_of,
    create,
    create_multiple,
    delete,
    equals,
    is_in,
    literal,
    query,
    update,
    update_multiple,
    upsert,
    upsert_multiple,
)

ROW = UUID("11111111-2222-3333-4444-555555555555")
ETAG = 'W/"72968"'


class Status(IntEnum):
    OPEN = 922680000


def options(operation: Operation) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(operation.path).query).items()}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("O'Brien & Söhne", "'O''Brien & Söhne'"),
        ("", "''"),
        (ROW, str(ROW)),
        (date(2026, 3, 1), "2026-03-01"),
        (datetime(2026, 3, 1, 12, 30, tzinfo=UTC), "2026-03-01T12:30:00Z"),
        (Decimal("12.40"), "12.40"),
        (Decimal("1E+3"), "1000"),
        (7, "7"),
        (Status.OPEN, "922680000"),
        (True, "true"),
        (False, "false"),
        (None, "null"),
    ],
)
def test_a_value_is_quoted_as_its_type_asks(value: Literal, text: str) -> None:
    assert literal(value) == text


@given(st.text())
def test_text_of_any_kind_stays_inside_its_quotes(text: str) -> None:
    quoted = literal(text)

    assert quoted[0] == quoted[-1] == "'"
    assert quoted[1:-1].replace("''", "") == text.replace("'", "")
    assert quoted[1:-1].replace("''", "'") == text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_condition_survives_the_journey_in_an_address(text: str) -> None:
    condition = equals("name", text)

    operation = query("accounts", select=["name"], filter=condition, order_by="name asc")

    assert options(operation) == {
        "$select": "name",
        "$filter": condition,
        "$orderby": "name asc",
    }


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_members_of_a_set_are_json_without_what_the_address_parser_counts(
    texts: list[str],
) -> None:
    array = is_in("name", texts).removeprefix(
        "Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues="
    )

    assert array.endswith("])")
    assert not {"'", "[", "]"}.intersection(array[1:-2])
    assert json.loads(array[:-1]) == texts


def test_numbers_and_ids_of_a_set_are_texts() -> None:
    condition = is_in("w365_x", [5, Status.OPEN, ROW, Decimal("1.50"), date(2026, 3, 1)])

    assert condition == (
        "Microsoft.Dynamics.CRM.In(PropertyName='w365_x',PropertyValues="
        f'["5","922680000","{ROW}","1.50","2026-03-01"])'
    )


def test_an_empty_set_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(AssertionError, match="w365_x"):
        is_in("w365_x", [])


def test_conditions_are_joined_without_changing_what_they_mean() -> None:
    assert all_of("a eq 1", "b eq 2 or c eq 3") == "(a eq 1) and (b eq 2 or c eq 3)"


def test_a_query_states_only_what_was_asked() -> None:
    operation = query("accounts", select=["name", "revenue"], expand="a($select=b;$top=1)", top=3)

    assert operation == Operation(
        "GET", "accounts?$select=name,revenue&$expand=a($select=b;$top=1)&$top=3"
    )


def test_more_rows_than_a_page_cannot_be_asked_for_with_top() -> None:
    with pytest.raises(AssertionError, match="5001"):
        query("accounts", select=["name"], top=5001)


def test_an_address_longer_than_dataverse_reads_is_refused() -> None:
    with pytest.raises(RequestTooLarge, match="GET accounts: an address of"):
        query("accounts", select=["name"], filter=is_in("id", [ROW] * 1_000))


def test_a_row_is_found_by_id_or_by_every_column_of_its_key() -> None:
    key: Key = {"name": "O'Brien #7 ä", "number": 3, "day": date(2026, 3, 1), "_to_value": ROW}

    assert address("accounts", ROW) == f"accounts({ROW})"
    assert unquote(address("accounts", key)) == (
        f"accounts(name='O''Brien #7 ä',number=3,day=2026-03-01,_to_value={ROW})"
    )
    assert "#" not in address("accounts", key)


@pytest.mark.parametrize("character", sorted(NOT_IN_KEYS))
def test_a_key_that_no_address_can_hold_is_refused_by_name(character: str) -> None:
    with pytest.raises(KeyNotAddressable, match="accountnumber") as caught:
        upsert("accounts", {"accountnumber": f"A{character}B"}, {})

    assert character in str(caught.value)


@pytest.mark.parametrize("value", [None, ""])
def test_an_empty_key_is_refused_because_it_is_not_unique(value: str | None) -> None:
    with pytest.raises(KeyNotAddressable, match="accountnumber is empty"):
        upsert("accounts", {"accountnumber": value}, {})


def test_an_update_never_creates() -> None:
    assert update("accounts", ROW, {"name": "x"}).headers == {"If-Match": "*"}
    assert update("accounts", ROW, {"name": "x"}, etag=ETAG).headers == {"If-Match": ETAG}


def test_an_upsert_can_be_held_to_one_of_its_halves() -> None:
    key = {"accountnumber": "A1"}

    assert upsert("accounts", key, {}).headers == {}
    assert upsert("accounts", key, {}, create_only=True).headers == {"If-None-Match": "*"}
    assert upsert("accounts", key, {}, update_only=True).headers == {"If-Match": "*"}


def test_a_deletion_can_be_bound_to_a_version() -> None:
    assert delete("accounts", ROW) == Operation("DELETE", f"accounts({ROW})")
    assert delete("accounts", ROW, etag=ETAG).headers == {"If-Match": ETAG}


def test_rows_sent_together_name_their_table() -> None:
    operation = create_multiple("accounts", "account", [{"name": "x"}, {"name": "y"}])

    assert operation.path == "accounts/Microsoft.Dynamics.CRM.CreateMultiple"
    assert operation.body == {
        "Targets": [
            {"@odata.type": "Microsoft.Dynamics.CRM.account", "name": "x"},
            {"@odata.type": "Microsoft.Dynamics.CRM.account", "name": "y"},
        ]
    }


def test_an_upsert_of_many_states_each_key_once() -> None:
    rows = [({"accountnumber": "A1"}, {"accountnumber": "A1", "name": "x"})]

    operation = upsert_multiple("accounts", "account", rows)

    assert operation.path == "accounts/Microsoft.Dynamics.CRM.UpsertMultiple"
    assert operation.body == {
        "Targets": [
            {
                "@odata.type": "Microsoft.Dynamics.CRM.account",
                "@odata.id": "accounts(accountnumber='A1')",
                "name": "x",
            }
        ]
    }


def test_an_upsert_cannot_move_a_row_to_another_key() -> None:
    with pytest.raises(AssertionError, match="A1"):
        upsert_multiple("accounts", "account", [({"number": "A1"}, {"number": "A2"})])


@pytest.mark.parametrize(
    ("operation", "may_be_repeated"),
    [
        (query("accounts", select=["name"]), True),
        (update("accounts", ROW, {}), True),
        (upsert("accounts", {"accountnumber": "A1"}, {}), True),
        (delete("accounts", ROW), True),
        (update_multiple("accounts", "account", []), True),
        (upsert_multiple("accounts", "account", []), True),
        (create("accounts", {}), False),
        (create("accounts", {}, repeatable=True), True),
        (create_multiple("accounts", "account", []), False),
        (create_multiple("accounts", "account", [], repeatable=True), True),
        (Operation("POST", "WinOpportunity"), False),
    ],
    ids=str,
)
def test_only_what_would_double_a_row_may_not_be_repeated(
    operation: Operation, may_be_repeated: bool
) -> None:
    assert operation.may_be_repeated is may_be_repeated


def test_a_tag_marks_writes_and_nothing_else() -> None:
    assert create("accounts", {}).tagged("work365").path == "accounts?tag=work365"
    assert Operation("POST", "x?a=1").tagged("a b&c").path == "x?a=1&tag=a%20b%26c"
    assert query("accounts", select=["name"]).tagged("work365").path == "accounts?$select=name"
    assert Operation("PATCH", "$1").tagged("work365").path == "$1"
    assert create("accounts", {}).tagged(None).path == "accounts"


def test_preferences_share_one_header() -> None:
    operation = create("accounts", {}).preferring("return=representation").preferring("a", "b")

    assert operation.headers == {"Prefer": "return=representation,a,b"}


def test_an_operation_is_named_without_its_query() -> None:
    operation = query("accounts", select=["name"], filter=equals("name", "Ada Lovelace"))

    assert str(operation) == "GET accounts"
