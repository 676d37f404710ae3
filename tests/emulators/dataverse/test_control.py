"""The endpoints that control the emulator."""

import httpx
import pytest

from tests.emulators.dataverse.conftest import Api, Body, refusal


def test_requests_and_rows_are_counted_by_kind(api: Api) -> None:
    api.control("POST", "requests/reset")

    api.account()
    api.value("accounts")
    api.get("accounts(w365_key='x')")

    counts = api.control("GET", "requests").json()
    assert counts["requests"] == {"total": 3, "by_kind": {"POST accounts": 1, "GET accounts": 2}}
    assert counts["rows_written"]["by_kind"] == {"Create account": 1}
    assert counts["rows_read"]["by_kind"] == {"account": 1}
    assert counts["batch_operations"]["total"] == 0


def test_what_is_rolled_back_is_not_counted(api: Api) -> None:
    api.control("POST", "requests/reset")
    kind = {"@odata.type": "Microsoft.Dynamics.CRM.account"}

    api.call(
        "POST",
        "accounts/Microsoft.Dynamics.CRM.CreateMultiple",
        {"Targets": [{**kind, "w365_key": "1"}, {**kind, "w365_key": "1"}]},
    )

    assert api.control("GET", "requests").json()["rows_written"]["total"] == 0


def test_a_reset_empties_everything(api: Api) -> None:
    api.at("2030-01-01T00:00:00Z")
    api.contract()
    api.control("POST", "faults", {"requests": [{"kind": "status", "status": 500, "count": 9}]})

    api.control("POST", "reset")

    assert api.value("w365_billingcontracts") == []
    assert api.control("GET", "clock").json()["now"] == "2026-01-01T00:00:00Z"
    assert api.json(f"w365_billingcontracts({api.contract()})")["w365_key"] == "CT-001000"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "clock", {}),
        ("PUT", "clock", {"now": "2026-01-01T00:00:00"}),
        ("POST", "faults", {"nothing": 1}),
        ("POST", "faults", {"requests": [{"kind": "nothing"}]}),
        ("POST", "faults", {"requests": [{"kind": "status", "status": 418}]}),
        ("POST", "faults", {"requests": [{"kind": "drop", "other": 1}]}),
        ("POST", "faults", {"webhooks": {"other": 1}}),
        ("POST", "limits", {"other": 1}),
    ],
)
def test_a_control_that_cannot_be_done_is_refused(
    api: Api, method: str, path: str, body: Body
) -> None:
    answer = api.control(method, path, body)

    assert answer.status_code == 400
    assert answer.json()["error"]


def planned(api: Api, **fault: object) -> None:
    assert api.control("POST", "faults", {"requests": [fault]}).json() == {"planned": 1}


@pytest.mark.parametrize(
    ("status", "code"), [(429, "0x80072322"), (500, "0x80040216"), (503, "0x80040216")]
)
def test_the_next_requests_that_match_get_the_status(api: Api, status: int, code: str) -> None:
    planned(
        api, kind="status", status=status, count=2, method="GET", path="accounts", retry_after=7
    )

    others = [api.get("WhoAmI"), api.call("POST", "accounts", {"name": "x"})]
    matching = [api.get("accounts") for _ in range(3)]

    assert [answer.status_code for answer in others] == [200, 204]
    assert [answer.status_code for answer in matching] == [status, status, 200]
    assert refusal(matching[0])[1] == code
    assert matching[0].headers["Retry-After"] == "7"


@pytest.mark.parametrize("after_work", [True, False])
@pytest.mark.parametrize("kind", ["drop", "status"])
def test_a_request_goes_wrong_before_or_after_its_work(
    api: Api, kind: str, after_work: bool
) -> None:
    more = {"status": 503} if kind == "status" else {}
    planned(api, kind=kind, method="POST", path="accounts", after_work=after_work, **more)

    if kind == "drop":
        with pytest.raises(httpx.RemoteProtocolError):
            api.call("POST", "accounts", {"name": "x"})
    else:
        assert api.call("POST", "accounts", {"name": "x"}).status_code == 503

    assert len(api.value("accounts")) == int(after_work)


def test_half_a_body_is_not_the_whole(api: Api) -> None:
    planned(api, kind="half_body", path="accounts")

    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        api.get("accounts")

    assert api.get("accounts").status_code == 200
