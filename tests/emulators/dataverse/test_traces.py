"""The trace of the last requests."""

from tests.emulators.dataverse.conftest import Api, Body
from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.traces import REQUESTS_KEPT, Trace, TracedRequest


def trace(api: Api) -> list[Body]:
    found: list[Body] = api.control("GET", "trace").json()["requests"]
    return found


def test_requests_are_told_with_who_asked_and_what_came_of_it(api: Api) -> None:
    api.account()
    api.get("accounts?$filter=name eq 'private'", MSCRMCallerID=seeds.PERSON_ID)
    api.get("nothing", Authorization="")

    found = trace(api)

    shown = [(row["method"], row["path"], row["status"], row["caller"]) for row in found]
    assert shown == [
        ("POST", "/api/data/v9.2/accounts", 204, seeds.APPLICATION_USER_ID),
        ("GET", "/api/data/v9.2/accounts", 200, seeds.APPLICATION_USER_ID),
        ("GET", "/api/data/v9.2/nothing", 401, ""),
    ]
    assert [row["on_behalf_of"] for row in found] == ["", seeds.PERSON_ID, ""]
    assert all(row["milliseconds"] >= 0 for row in found)


def test_nothing_secret_is_told(api: Api) -> None:
    api.get("accounts?$filter=name eq 'private'", Authorization="Bearer secret-token")
    api.call("POST", "accounts", {"name": "private"}, Authorization="Bearer secret-token")

    text = api.control("GET", "trace").text

    assert "secret-token" not in text
    assert "private" not in text


def test_the_oldest_are_forgotten() -> None:
    kept = Trace()

    for number in range(REQUESTS_KEPT + 1):
        kept.add(
            TracedRequest(
                method="GET",
                path=str(number),
                status=200,
                caller="",
                on_behalf_of="",
                milliseconds=0,
            )
        )

    shown = kept.shown()
    assert (len(shown), shown[0]["path"]) == (REQUESTS_KEPT, "1")
