"""`?sql=`: what a SELECT finds, and which ones are refused."""

# ruff: noqa: S608 - these SELECTs are what is sent; the emulator reads them by itself

from urllib.parse import quote

import pytest

from tests.emulators.dataverse.conftest import Api, Body, refusal

SHOWN = "OData.Community.Display.V1"
CONTACT = "JOIN contact c ON a.primarycontactid = c.contactid"


def path(text: str) -> str:
    return f"accounts?sql={quote(text)}"


def selected(api: Api, text: str) -> list[Body]:
    rows = api.value(path(text))
    for row in rows:
        row.pop("@odata.etag", None)
        row.pop("accountid", None)
    return rows


@pytest.fixture(scope="module")
def filled(running: Api) -> Api:
    """Accounts a to d: a has a contact and number 1, b and c number 2, d none."""
    running.control("POST", "reset")
    contact = running.create("contacts", fullname="Ann")
    bound = {"primarycontactid@odata.bind": f"/contacts({contact})"}
    running.account("a", accountnumber="1", **bound)
    running.account("b", accountnumber="2")
    running.account("c", accountnumber="2")
    running.account("d")
    return running


def names(api: Api, where: str) -> str:
    rows = selected(api, f"SELECT name FROM account WHERE {where} ORDER BY name")
    return "".join(row["name"] for row in rows)


def test_columns_come_with_the_id(filled: Api) -> None:
    found = filled.json(path("select name, primarycontactid from account where name = 'a'"))

    (row,) = found["value"]
    assert row.pop("@odata.etag").startswith('W/"')
    assert set(row) == {"name", "_primarycontactid_value", "accountid"}
    context = f"{filled.root}$metadata#accounts(name,_primarycontactid_value,accountid)"
    assert found["@odata.context"] == context


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("name = 'A'", "a"),
        ("name <> 'a'", "bcd"),
        ("name != 'a'", "bcd"),
        ("accountnumber <> '2'", "a"),
        ("name > 'b'", "cd"),
        ("name <= 'b'", "ab"),
        ("name LIKE 'a%'", "a"),
        ("accountnumber NOT LIKE '1%'", "bc"),
        ("name IN ('a', 'd')", "ad"),
        ("accountnumber NOT IN ('1')", "bc"),
        ("name BETWEEN 'b' AND 'c'", "bc"),
        ("name NOT BETWEEN 'b' AND 'c'", "ad"),
        ("accountnumber IS NULL", "d"),
        ("accountnumber IS NOT NULL", "abc"),
        ("accountnumber = NULL", ""),
        ("statecode = 0", "abcd"),
        ("(name = 'a' OR name = 'd') AND statecode = 0", "ad"),
        ("name = 'a' OR name = 'b' AND accountnumber = '1'", "a"),
        ("name = 'O''Brian'", ""),
        ("name = N'a'", "a"),
        ("[name] = 'a' -- a remark", "a"),
        ("createdon >= '2026-01-01'", "abcd"),
    ],
)
def test_a_where_finds_its_rows(filled: Api, where: str, expected: str) -> None:
    assert names(filled, where) == expected


def test_yes_and_no_are_numbers(running: Api) -> None:
    text = "SELECT fullname FROM systemuser WHERE isdisabled = 0"

    assert len(running.value(f"systemusers?sql={quote(text)}")) == 2


def test_tables_are_joined(filled: Api) -> None:
    inner = selected(filled, f"SELECT a.name, c.fullname FROM account a INNER {CONTACT}")
    plain = selected(filled, f"SELECT a.name, c.fullname AS who FROM account AS a {CONTACT}")
    left = selected(
        filled, f"SELECT a.name, c.fullname FROM account a LEFT {CONTACT} ORDER BY a.name"
    )

    assert inner == [{"name": "a", "fullname": "Ann"}]
    assert plain == [{"name": "a", "who": "Ann"}]
    assert left == [{"name": "a", "fullname": "Ann"}, *({"name": name} for name in "bcd")]


def test_tables_can_be_joined_to_those_that_were_joined(filled: Api) -> None:
    user = "JOIN systemuser u ON c.createdby = u.systemuserid"

    rows = selected(
        filled,
        f"SELECT a.name, u.fullname FROM account a {CONTACT} {user} WHERE c.fullname = 'Ann'",
    )

    assert [row["name"] for row in rows] == ["a"]
    assert rows[0]["fullname"]


def test_a_column_with_another_name_says_which_it_is(filled: Api) -> None:
    text = "SELECT a.name AS company FROM account AS a WHERE a.name = 'a'"

    (row,) = filled.value(path(text), prefer='odata.include-annotations="*"')

    assert (row["company"], row[f"company@{SHOWN}.AttributeName"]) == ("a", "name")


def test_rows_are_ordered_and_cut(filled: Api) -> None:
    down = selected(filled, "SELECT TOP 2 name FROM account ORDER BY name DESC")
    named = selected(filled, "SELECT TOP (1) name AS x FROM account ORDER BY x ASC")
    part = selected(
        filled,
        "SELECT name FROM account ORDER BY name OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY",
    )
    rest = selected(filled, "SELECT name FROM account ORDER BY name OFFSET 3 ROWS")

    assert [row["name"] for row in down] == ["d", "c"]
    assert [row["x"] for row in named] == ["a"]
    assert [[row["name"] for row in rows] for rows in (part, rest)] == [["b", "c"], ["d"]]


def test_rows_come_once_if_they_are_to_be_distinct(filled: Api) -> None:
    rows = selected(filled, "SELECT DISTINCT accountnumber FROM account")
    cut = selected(filled, "SELECT DISTINCT TOP 2 accountnumber FROM account;")

    assert rows == [{}, {"accountnumber": "1"}, {"accountnumber": "2"}]
    assert len(cut) == 2


def test_values_are_worked_out(filled: Api) -> None:
    counted = selected(
        filled,
        "SELECT COUNT(*) AS every, COUNT(accountnumber) AS numbered, "
        "COUNT(DISTINCT accountnumber) AS kinds, MAX(createdon) AS last FROM account",
    )
    grouped = selected(
        filled,
        "SELECT accountnumber, COUNT(*) AS number FROM account GROUP BY accountnumber "
        "ORDER BY number DESC",
    )

    assert counted == [{"every": 4, "numbered": 3, "kinds": 2, "last": "2026-01-01T00:00:00Z"}]
    assert grouped[0] == {"accountnumber": "2", "number": 2}


def test_groups_reach_over_joins(filled: Api) -> None:
    rows = selected(
        filled,
        f"SELECT c.fullname, COUNT(*) AS number FROM account a LEFT {CONTACT} "
        "GROUP BY c.fullname ORDER BY c.fullname",
    )

    assert rows == [{"number": 3}, {"fullname": "Ann", "number": 1}]


@pytest.mark.parametrize("distinct", ["", "DISTINCT "])
def test_pages_follow_each_other_with_links_that_differ(filled: Api, distinct: str) -> None:
    link: str | None = path(f"SELECT {distinct}name FROM account ORDER BY name")
    found: list[str] = []
    links = set()
    while link:
        page = filled.json(link, prefer="odata.maxpagesize=2")
        found += [row["name"] for row in page["value"]]
        link = page.get("@odata.nextLink")
        links.add(link)

    assert found == ["a", "b", "c", "d"]
    assert len(links) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT * FROM account", "SELECT * is not supported"),
        ("SELECT a.* FROM account a", "a name was expected"),
        ("DELETE FROM account", "Only a single SELECT statement"),
        ("SELECT name", "'FROM' was expected"),
        ("SELECT name FROM contact", "they must be the same"),
        ("SELECT name FROM account; SELECT name FROM account", "nothing more was expected"),
        ("SELECT name FROM account a RIGHT JOIN contact c ON a.x = c.y", "'RIGHT'"),
        ("SELECT name FROM account CROSS JOIN contact", "'CROSS'"),
        ("SELECT name FROM account UNION SELECT name FROM account", "'UNION'"),
        ("SELECT COUNT(*) AS n FROM account GROUP BY name HAVING n > 1", "'HAVING'"),
        ("SELECT COUNT(*) FROM account", "needs an alias"),
        ("SELECT name, COUNT(*) AS n FROM account", "GROUP BY clause"),
        ("SELECT COUNT(*) AS n FROM account ORDER BY name", "ORDER BY clause"),
        ("SELECT LEN(name) FROM account", "The function 'len'"),
        ("SELECT name FROM account ORDER BY LEN(name)", "The function 'len'"),
        ("SELECT name FROM account WHERE LEN(name) = 1", "The function 'len'"),
        ("SELECT name FROM account WHERE 1 = 1", "a name was expected"),
        ("SELECT name FROM account WHERE name = accountnumber", "a text was expected"),
        ("SELECT name FROM account WHERE name IN (SELECT name FROM account)", "Subqueries"),
        ("SELECT name FROM account WHERE EXISTS (SELECT 1 FROM account)", "'EXISTS'"),
        ("SELECT name FROM account WHERE NOT name = 'a'", "'NOT'"),
        ("SELECT name FROM account WHERE name", "a comparison was expected"),
        ("SELECT name FROM account WHERE name NOT = 'a'", "a comparison was expected"),
        ("SELECT name FROM account WHERE x.name = 'a'", "'x.name' could not be bound"),
        ("SELECT name + 'x' FROM account", "Incorrect syntax near '+'"),
        ("SELECT name x y FROM account", "with or without an alias"),
        ("SELECT TOP 5001 name FROM account", "5001 rows are too many"),
        ("SELECT TOP 1.5 name FROM account", "no whole number"),
        ("SELECT a.name FROM account a JOIN contact a ON a.x = a.y", "more than once"),
        ("SELECT a.name FROM account a JOIN contact c ON c.x = c.y", "another's"),
    ],
)
def test_a_select_that_the_web_api_would_not_take_is_refused(
    filled: Api, text: str, message: str
) -> None:
    answer = filled.get(path(text))

    assert refusal(answer)[:2] == (400, "0x80060888")
    assert message in refusal(answer)[2]


def test_columns_that_would_have_the_same_name_are_refused(filled: Api) -> None:
    answer = filled.get(path(f"SELECT a.createdon, c.createdon FROM account a {CONTACT}"))
    doubled = filled.get(path("SELECT name, name FROM account"))

    assert answer.status_code == 400
    assert refusal(doubled)[:2] == (400, "0x80041130")


def test_a_column_that_is_not_there_is_refused(filled: Api) -> None:
    answer = filled.get(path("SELECT name FROM account WHERE nothing = 1"))

    assert refusal(answer)[:2] == (400, "0x80041103")


def test_nothing_stands_beside_a_select(filled: Api) -> None:
    answer = filled.get(path("SELECT name FROM account") + "&$top=1")

    assert refusal(answer)[:2] == (501, "0x80040219")
