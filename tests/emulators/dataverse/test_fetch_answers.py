"""FetchXML: what it finds, page by page."""

from urllib.parse import quote

import pytest

from tests.emulators.dataverse.conftest import Api, Body

SHOWN = "OData.Community.Display.V1.FormattedValue"
NAMED = "OData.Community.Display.V1.AttributeName"
CRM = "Microsoft.Dynamics.CRM"
ALL = 'odata.include-annotations="*"'


def path(xml: str, entity_set: str = "accounts") -> str:
    return f"{entity_set}?fetchXml={quote(xml)}"


def fetched(api: Api, xml: str, entity_set: str = "accounts") -> list[Body]:
    rows = api.value(path(xml, entity_set))
    for row in rows:
        row.pop("@odata.etag", None)
    return rows


def fetch(inside: str, **attributes: str) -> str:
    given = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<fetch{given}><entity name="account">{inside}</entity></fetch>'


@pytest.fixture(scope="module")
def ids(running: Api) -> dict[str, str]:
    """Accounts a to d: b and c are below a, a has a contact, d has no number."""
    running.control("POST", "reset")
    contact = running.create("contacts", fullname="Ann")
    numbers = {"a": "1", "b": "2", "c": "2"}
    found: dict[str, str] = {}
    for name in "abcd":
        bound = {}
        if name == "a":
            bound["primarycontactid@odata.bind"] = f"/contacts({contact})"
        if name in "bc":
            bound["parentaccountid@odata.bind"] = f"/accounts({found['a']})"
        found[name] = running.account(name, accountnumber=numbers.get(name), **bound)
    return found


def names(api: Api, inside: str, **attributes: str) -> str:
    ordered = f'<attribute name="name"/>{inside}<order attribute="name"/>'
    return "".join(row["name"] for row in fetched(api, fetch(ordered, **attributes)))


def condition(operator: str, *values: str, column: str = "name") -> str:
    inside = "".join(f"<value>{value}</value>" for value in values)
    return f'<condition attribute="{column}" operator="{operator}">{inside}</condition>'


def filtered(*conditions: str, kind: str = "and") -> str:
    return f'<filter type="{kind}">{"".join(conditions)}</filter>'


def test_named_columns_come_with_the_id_and_without_what_is_empty(
    running: Api, ids: dict[str, str]
) -> None:
    xml = fetch(
        '<attribute name="name"/><attribute name="accountnumber"/>'
        '<attribute name="primarycontactid"/><order attribute="name"/>'
    )

    found = running.json(path(xml))

    first, *_, last = found["value"]
    assert first.pop("@odata.etag").startswith('W/"')
    assert set(first) == {"name", "accountnumber", "_primarycontactid_value", "accountid"}
    assert (last["name"], "accountnumber" in last) == ("d", False)
    context = "accounts(name,accountnumber,_primarycontactid_value,accountid)"
    assert found["@odata.context"] == f"{running.root}$metadata#{context}"


@pytest.mark.parametrize("inside", ["", "<all-attributes/>"])
def test_all_columns_come_where_none_is_named(
    running: Api, ids: dict[str, str], inside: str
) -> None:
    first = fetched(running, fetch(inside))[0]

    assert {"name", "createdon", "_ownerid_value", "statuscode"} <= set(first)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (filtered(condition("eq", "A")), "a"),
        (filtered(condition("ne", "a")), "bcd"),
        (filtered(condition("ne", "1", column="accountnumber")), "bcd"),
        (filtered(condition("gt", "b")), "cd"),
        (filtered(condition("le", "b")), "ab"),
        (filtered(condition("like", "[ab]%")), "ab"),
        (filtered(condition("not-like", "[ab]%")), "cd"),
        (filtered(condition("begins-with", "a")), "a"),
        (filtered(condition("not-begin-with", "a")), "bcd"),
        (filtered(condition("ends-with", "d")), "d"),
        (filtered(condition("in", "a", "d")), "ad"),
        (filtered(condition("not-in", "2", column="accountnumber")), "ad"),
        (filtered(condition("between", "b", "c")), "bc"),
        (filtered(condition("null", column="accountnumber")), "d"),
        (filtered(condition("not-null", column="accountnumber")), "abc"),
        (filtered(condition("today", column="createdon")), "abcd"),
        (filtered(condition("next-x-days", "3", column="createdon")), "abcd"),
        (filtered(condition("olderthan-x-days", "3", column="createdon")), ""),
        (filtered(condition("this-fiscal-year", column="createdon")), "abcd"),
        (filtered(condition("in-fiscal-period-and-year", "1", "2026", column="createdon")),
         "abcd"),
        (filtered(condition("on-or-after", "2026-01-01", column="createdon")), "abcd"),
        (filtered(condition("eq-userid", column="ownerid")), "abcd"),
        (filtered(condition("eq", "0", column="statecode")), "abcd"),
        (filtered(condition("eq", "a"), condition("eq", "d"), kind="or"), "ad"),
        (filtered(condition("ne", "a"), filtered(condition("eq", "b"), condition("eq", "d"),
                                                 kind="or")), "bd"),
        ('<filter><condition attribute="name" operator="eq" valueof="accountnumber"/></filter>',
         ""),
        ("<filter/>", "abcd"),
    ],
)  # fmt: skip
def test_a_filter_finds_its_rows(
    running: Api, ids: dict[str, str], conditions: str, expected: str
) -> None:
    assert names(running, conditions) == expected


def test_rows_below_another_are_found(running: Api, ids: dict[str, str]) -> None:
    below = filtered(condition("under", f"{{{ids['a'].upper()}}}", column="accountid"))

    assert names(running, below) == "bc"


def link(kind: str, inside: str = "", alias: str = "child") -> str:
    return (
        f'<link-entity name="account" from="parentaccountid" to="accountid" alias="{alias}" '
        f'link-type="{kind}">{inside}</link-entity>'
    )


CHILD_B = filtered(condition("eq", "b"))


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (link("inner"), "aa"),
        (link("outer"), "aabcd"),
        (link("outer", CHILD_B), "abcd"),
        (link("exists"), "a"),
        (link("in", CHILD_B), "a"),
        (filtered(link("any", CHILD_B)), "a"),
        (filtered(link("not any", CHILD_B)), "bcd"),
        (filtered(link("all", filtered(condition("eq", "x")))), "a"),
        (filtered(link("all", CHILD_B)), ""),
        (filtered(link("not all", CHILD_B)), "a"),
        (filtered(link("any", CHILD_B), condition("eq", "d"), kind="or"), "ad"),
        (link("outer") + '<filter><condition entityname="child" attribute="name" operator="null"/>'
         "</filter>", "bcd"),
        (link("inner") + '<filter><condition attribute="name" operator="lt" '
         'valueof="child.name"/></filter>', "aa"),
        (link("outer", link("inner", alias="grandchild")), "abcd"),
    ],
)  # fmt: skip
def test_a_link_finds_its_rows(
    running: Api, ids: dict[str, str], inside: str, expected: str
) -> None:
    assert names(running, inside) == expected


def test_the_columns_of_a_link_have_its_alias_before_them(
    running: Api, ids: dict[str, str]
) -> None:
    contact = (
        '<link-entity name="contact" from="contactid" to="primarycontactid" alias="person">'
        '<attribute name="fullname"/><attribute name="createdby"/></link-entity>'
    )
    unnamed = contact.replace(' alias="person"', "")

    (row,) = running.value(path(fetch(f'<attribute name="name"/>{contact}')), prefer=ALL)
    (default,) = fetched(running, fetch(f'<attribute name="name"/>{unnamed}'))

    assert row["person.fullname"] == "Ann"
    assert row[f"person.fullname@{NAMED}"] == "fullname"
    assert row[f"person.createdby@{CRM}.lookuplogicalname"] == "systemuser"
    assert row[f"person.createdby@{SHOWN}"]
    assert default["contact1.fullname"] == "Ann"


def test_a_column_can_have_another_name(running: Api, ids: dict[str, str]) -> None:
    xml = fetch(
        '<attribute name="name" alias="company"/><attribute name="createdby" alias="who"/>'
        f"{filtered(condition('eq', 'a'))}"
    )

    (row,) = running.value(path(xml), prefer=ALL)

    assert (row["company"], row[f"company@{NAMED}"]) == ("a", "name")
    assert row[f"who@{CRM}.lookuplogicalname"] == "systemuser"
    assert f"who@{CRM}.associatednavigationproperty" not in row
    assert row["accountid"] == ids["a"]


def test_orders_of_links_come_after_those_of_the_table(running: Api, ids: dict[str, str]) -> None:
    down = '<attribute name="name"/><order attribute="name" descending="true"/>'
    first = '<order entityname="child" attribute="name" descending="true"/>'

    rows = fetched(running, fetch(link("outer", down) + '<order attribute="name"/>'))
    moved = fetched(running, fetch(first + link("inner", '<attribute name="name"/>')))

    assert [row.get("child.name") for row in rows] == ["c", "b", None, None, None]
    assert [row["child.name"] for row in moved] == ["c", "b"]


def test_choices_are_ordered_by_label_unless_by_number(running: Api) -> None:
    running.control("POST", "reset")
    for name, status in (("x", 365000000), ("y", 365000001), ("z", 365000002)):
        running.contract(name, w365_status=status)
    columns = '<attribute name="w365_name"/><attribute name="w365_status"/>'
    xml = f'<entity name="w365_billingcontract">{columns}<order attribute="w365_status"/></entity>'

    labelled = running.value(path(f"<fetch>{xml}</fetch>", "w365_billingcontracts"), prefer=ALL)
    numbered = fetched(
        running, f'<fetch useraworderby="true">{xml}</fetch>', "w365_billingcontracts"
    )

    labels = [row[f"w365_status@{SHOWN}"] for row in labelled]
    assert labels == sorted(labels)
    assert [row["w365_status"] for row in numbered] == [365000000, 365000001, 365000002]
