"""Change tracking: everything once, then what changed."""

import pytest

from tests.emulators.dataverse.conftest import Api, Body, refusal

CONTRACTS = "w365_billingcontracts"
TRACKED = "odata.track-changes"


def token_of(page: Body) -> str:
    return str(page["@odata.deltaLink"])


def names(page: Body) -> list[str]:
    return [row["w365_name"] for row in page["value"] if "reason" not in row]


def deleted(page: Body) -> list[str]:
    return [row["id"] for row in page["value"] if "reason" in row]


def begin(api: Api) -> str:
    return token_of(api.json(f"{CONTRACTS}?$select=w365_name", prefer=TRACKED))


def test_the_first_answer_has_every_row_and_a_token(api: Api) -> None:
    api.contract("a")

    answer = api.get(f"{CONTRACTS}?$select=w365_name", prefer=TRACKED)

    page = answer.json()
    assert answer.headers["Preference-Applied"] == TRACKED
    assert names(page) == ["a"]
    assert page["@odata.context"] == f"{api.root}$metadata#{CONTRACTS}(w365_name)"
    assert f"{CONTRACTS}?$select=w365_name&$deltatoken=" in token_of(page)
    assert "%2101%2F01%2F2026%2000%3A00%3A00" in token_of(page)


def test_a_delta_has_what_changed_and_a_new_token(api: Api) -> None:
    kept, changed, gone = (api.contract(name) for name in "abc")
    link = begin(api)

    api.call("PATCH", f"{CONTRACTS}({changed})", {"w365_name": "new"})
    api.contract("d")
    api.call("DELETE", f"{CONTRACTS}({gone})")
    delta = api.json(link)

    assert delta["@odata.context"] == f"{api.root}$metadata#{CONTRACTS}(w365_name)/$delta"
    assert names(delta) == ["new", "d"]
    assert delta["value"][-1] == {
        "@odata.context": f"{api.root}$metadata#{CONTRACTS}/$deletedEntity",
        "id": gone,
        "reason": "deleted",
    }
    assert api.json(token_of(delta))["value"] == []
    assert kept not in str(delta)


def test_a_row_made_and_deleted_in_between_shows_its_deletion_only(api: Api) -> None:
    link = begin(api)

    row_id = api.contract("short")
    api.call("DELETE", f"{CONTRACTS}({row_id})")

    delta = api.json(link)
    assert (names(delta), deleted(delta)) == ([], [row_id])


def test_a_row_made_again_under_its_id_is_not_shown_as_deleted(api: Api) -> None:
    row_id = api.contract("first")
    link = begin(api)

    api.call("DELETE", f"{CONTRACTS}({row_id})")
    api.call("PATCH", f"{CONTRACTS}({row_id})", {"w365_name": "second"})

    delta = api.json(link)
    assert (names(delta), deleted(delta)) == (["second"], [])


def test_a_change_between_two_pages_comes_with_the_next_delta(api: Api) -> None:
    ids = [api.contract(name) for name in "abc"]
    prefer = f"{TRACKED},odata.maxpagesize=2"

    first = api.json(f"{CONTRACTS}?$select=w365_name", prefer=prefer)
    seen = first["value"][0]["w365_billingcontractid"]
    api.call("PATCH", f"{CONTRACTS}({seen})", {"w365_name": "changed"})
    last = api.json(first["@odata.nextLink"], prefer=prefer)
    delta = api.json(token_of(last))

    assert len(first["value"]) + len(last["value"]) == len(ids)
    assert "@odata.deltaLink" not in first
    assert names(delta) == ["changed"]


def test_a_delta_comes_in_pages_that_later_changes_do_not_disturb(api: Api) -> None:
    link = begin(api)
    ids = [api.contract(name) for name in "abcde"]
    prefer = "odata.maxpagesize=2"

    first = api.json(link, prefer=prefer)
    api.call("PATCH", f"{CONTRACTS}({ids[3]})", {"w365_name": "later"})
    second = api.json(first["@odata.nextLink"], prefer=prefer)
    third_link = second.get("@odata.nextLink")
    third = api.json(third_link, prefer=prefer) if third_link else second
    delta = api.json(token_of(third))

    pages = [first, second] + ([third] if third is not second else [])
    assert [name for page in pages for name in names(page)] == ["a", "b", "c", "e"]
    assert first["@odata.nextLink"] != second.get("@odata.nextLink")
    assert names(delta) == ["later"]


def test_a_token_lives_for_seven_days(api: Api) -> None:
    link = begin(api)

    api.at("2026-01-08T00:00:00Z")
    in_time = api.get(link)
    api.at("2026-01-08T00:00:01Z")
    too_late = api.get(link)

    assert in_time.status_code == 200
    assert refusal(too_late)[:2] == (400, "0x80044352")


@pytest.mark.parametrize("option", ["$filter=w365_name eq 'x'", "$orderby=w365_name", "$top=5"])
def test_a_tracked_query_has_no_filter_and_no_order(api: Api, option: str) -> None:
    answer = api.get(f"{CONTRACTS}?{option}", prefer=TRACKED)

    name = option.split("=", maxsplit=1)[0]
    assert refusal(answer) == (
        400,
        "0x80060888",
        f'The "{name}" query parameter isn\'t supported when Change Tracking is enabled.',
    )


def test_a_table_without_tracking_is_refused(api: Api) -> None:
    answer = api.get("accounts", prefer=TRACKED)

    assert answer.status_code == 400
    assert "does not have change tracking enabled" in refusal(answer)[2]


def test_a_token_or_cookie_that_was_not_given_is_refused(api: Api) -> None:
    for _ in range(2):
        api.contract()
    plain = api.json(CONTRACTS, prefer="odata.maxpagesize=1")["@odata.nextLink"]

    answers = [
        api.get(f"{CONTRACTS}?$deltatoken=nonsense"),
        api.get(f"{CONTRACTS}?$deltatoken=5!99/99/2026 00:00:00"),
        api.get(plain, prefer=TRACKED),
    ]

    assert [refusal(answer)[0] for answer in answers] == [400, 400, 400]


def test_annotations_come_with_a_delta_where_they_are_preferred(api: Api) -> None:
    link = begin(api)
    api.contract("a")

    link = link.replace("w365_name", "w365_status")
    (row,) = api.value(link, prefer='odata.include-annotations="*"')

    assert row["w365_status@OData.Community.Display.V1.FormattedValue"] == "Active"


def test_what_changed_can_be_counted(api: Api) -> None:
    gone = api.contract("gone")
    token = begin(api).split("$deltatoken=")[1]
    api.contract("new")
    api.call("DELETE", f"{CONTRACTS}({gone})")

    answer = api.get(f"{CONTRACTS}/$count?$deltatoken={token}")
    filtered = api.get(f"{CONTRACTS}/$count?$deltatoken={token}&$filter=statecode eq 0")

    assert (answer.headers["Content-Type"], answer.content) == ("text/plain", b"\xef\xbb\xbf2")
    assert refusal(filtered)[:2] == (400, "0x80060888")
