"""FetchXML: pages, totals, distinct rows and aggregates."""

from html import escape
from urllib.parse import quote, unquote
from xml.etree import ElementTree

import pytest

from tests.emulators.dataverse.conftest import Api, Body, refusal

CRM = "Microsoft.Dynamics.CRM"
SHOWN = "OData.Community.Display.V1.FormattedValue"
PAGED = f'odata.include-annotations="{CRM}.fetchxmlpagingcookie,{CRM}.morerecords"'
ALL = 'odata.include-annotations="*"'


def fetch(inside: str, **attributes: str) -> str:
    given = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f"accounts?fetchXml={quote(f'<fetch{given}>{entity(inside)}</fetch>')}"


def entity(inside: str) -> str:
    return f'<entity name="account">{inside}</entity>'


NAME = '<attribute name="name"/><order attribute="name"/>'


@pytest.fixture(scope="module")
def filled(running: Api) -> Api:
    """Accounts: a a b c c, and one without a name."""
    running.control("POST", "reset")
    for name in ("a", "a", "b", "c", "c", None):
        running.create("accounts", name=name)
    return running


def inner_cookie(found: Body) -> str:
    """Return what a client hands back: the cookie's inner part, decoded twice."""
    outer = ElementTree.fromstring(found[f"@{CRM}.fetchxmlpagingcookie"])  # noqa: S314 - our own
    return unquote(unquote(outer.attrib["pagingcookie"]))


def test_pages_have_every_row_once_and_a_cookie_of_their_own(filled: Api) -> None:
    names, cookies = [], []
    cookie = ""
    for page in range(1, 4):
        given = {"paging_cookie": escape(cookie)} if cookie else {}
        found = filled.json(fetch(NAME, count="2", page=str(page), **given), prefer=PAGED)
        names += [row.get("name") for row in found["value"]]
        if page < 3:
            assert found[f"@{CRM}.morerecords"] is True
            cookie = inner_cookie(found)
            cookies.append(cookie)

    assert names == [None, "a", "a", "b", "c", "c"]
    assert len(set(cookies)) == 2
    assert f"@{CRM}.morerecords" not in found
    assert f"@{CRM}.fetchxmlpagingcookie" not in found


def test_pages_can_be_counted_without_a_cookie(filled: Api) -> None:
    rows = filled.value(fetch(NAME, count="2", page="3"))

    assert [row["name"] for row in rows] == ["c", "c"]


def test_pages_of_joined_rows_have_every_pair_once(filled: Api) -> None:
    pairs = NAME + (
        '<link-entity name="account" from="name" to="name" alias="same" link-type="inner"/>'
    )
    count, cookie = 0, ""
    for page in range(1, 10):
        given = {"paging_cookie": escape(cookie)} if cookie else {}
        found = filled.json(fetch(pairs, count="2", page=str(page), **given), prefer=PAGED)
        count += len(found["value"])
        if f"@{CRM}.morerecords" not in found:
            break
        cookie = inner_cookie(found)

    assert (count, page) == (9, 5)


def test_simple_paging_ends_at_50000_rows(filled: Api) -> None:
    near = filled.get(fetch(NAME, count="5000", page="10"))
    beyond = filled.get(fetch(NAME, count="5000", page="11"))

    assert near.status_code == 200
    assert refusal(beyond)[:2] == (400, "0x80041129")


@pytest.mark.parametrize("cookie", ["nonsense", '<cookie page="1"><accountid last="x" /></cookie>'])
def test_a_cookie_that_was_not_given_is_refused(filled: Api, cookie: str) -> None:
    answer = filled.get(fetch(NAME, count="2", page="2", paging_cookie=escape(cookie)))

    assert refusal(answer)[:2] == (400, "0x8004112a")


def test_top_cuts(filled: Api) -> None:
    found = filled.json(fetch(NAME, top="2"), prefer=PAGED)

    assert len(found["value"]) == 2
    assert f"@{CRM}.morerecords" not in found


def test_the_page_size_can_be_preferred(filled: Api) -> None:
    found = filled.json(fetch(NAME), prefer=f"odata.maxpagesize=4,{PAGED}")

    assert (len(found["value"]), found[f"@{CRM}.morerecords"]) == (4, True)


@pytest.mark.parametrize("asked", ["attribute", "option"])
def test_rows_are_counted_on_all_pages(filled: Api, asked: str) -> None:
    counted = {"returntotalrecordcount": "true"} if asked == "attribute" else {}
    option = "" if asked == "attribute" else "&$count=true"

    found = filled.json(fetch(NAME, count="2", page="2", **counted) + option, prefer=ALL)

    assert found["@odata.count"] == 6
    assert found[f"@{CRM}.totalrecordcount"] == 6
    assert found[f"@{CRM}.totalrecordcountlimitexceeded"] is False


def test_distinct_rows_come_once_and_have_no_id_and_no_cookie(filled: Api) -> None:
    whole = filled.json(fetch(NAME, distinct="true", returntotalrecordcount="true"))
    first = filled.json(fetch(NAME, distinct="true", count="2"), prefer=PAGED)
    second = filled.json(fetch(NAME, distinct="true", count="2", page="2"), prefer=PAGED)

    assert whole["value"] == [{}, {"name": "a"}, {"name": "b"}, {"name": "c"}]
    assert whole["@odata.count"] == 4
    assert first[f"@{CRM}.morerecords"] is True
    assert f"@{CRM}.fetchxmlpagingcookie" not in first
    assert first["value"] + second["value"] == whole["value"]


def aggregate(column: str, function: str, alias: str, **more: str) -> str:
    given = "".join(f' {name}="{value}"' for name, value in more.items())
    return f'<attribute name="{column}" alias="{alias}" aggregate="{function}"{given}/>'


def group(column: str, alias: str, **more: str) -> str:
    given = "".join(f' {name}="{value}"' for name, value in more.items())
    return f'<attribute name="{column}" alias="{alias}" groupby="true"{given}/>'


def test_values_are_worked_out(filled: Api) -> None:
    inside = (
        aggregate("name", "count", "rows")
        + aggregate("name", "countcolumn", "names")
        + aggregate("name", "countcolumn", "kinds", distinct="true")
        + aggregate("createdon", "max", "last")
    )

    found = filled.json(fetch(inside, aggregate="true"))

    assert found["@odata.context"] == f"{filled.root}$metadata#accounts"
    assert found["value"] == [{"rows": 6, "names": 5, "kinds": 3, "last": "2026-01-01T00:00:00Z"}]


def test_groups_are_ordered_by_their_aliases(filled: Api) -> None:
    inside = group("name", "what") + aggregate("name", "count", "rows")

    by_name = filled.value(fetch(f'{inside}<order alias="what"/>', aggregate="true"))
    by_count = filled.value(
        fetch(f'{inside}<order alias="rows"/><order alias="what"/>', aggregate="true"),
        prefer=ALL,
    )

    assert [(row.get("what"), row["rows"]) for row in by_name] == [
        (None, 1), ("a", 2), ("b", 1), ("c", 2)
    ]  # fmt: skip
    assert [row.get("what") for row in by_count] == [None, "b", "a", "c"]
    assert by_count[1][f"rows@{SHOWN}"] == "1"


def test_groups_can_be_parts_of_a_date(running: Api) -> None:
    running.control("POST", "reset")
    for day in ("2023-03-25", "2023-08-27"):
        running.create("w365_subscriptionchanges", w365_name="x", w365_effectiveon=day)
    parts = ("day", "week", "month", "quarter", "year")
    inside = "".join(group("w365_effectiveon", part, dategrouping=part) for part in parts)
    table = f'<entity name="w365_subscriptionchange">{inside}<order alias="month"/></entity>'

    rows = running.value(
        "w365_subscriptionchanges?fetchXml=" + quote(f'<fetch aggregate="true">{table}</fetch>')
    )

    assert [[row[part] for part in parts] for row in rows] == [
        [25, 12, 3, 1, 2023],
        [27, 35, 8, 3, 2023],
    ]


def test_a_lower_limit_of_rows_can_be_set(running: Api) -> None:
    running.control("POST", "reset")
    for name in ("a", "b", "c"):
        running.account(name)
    counted = aggregate("name", "count", "rows")

    enough = running.get(fetch(counted, aggregate="true", aggregatelimit="3"))
    too_many = running.get(fetch(counted, aggregate="true", aggregatelimit="2"))

    assert enough.status_code == 200
    assert refusal(too_many)[:2] == (400, "0x8004e023")
