"""The application: who calls, what every answer has, many at once, crashes and restarts."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.emulators.dataverse.conftest import Api, refusal
from tests.emulators.dataverse.conftest import served as served_app
from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.app import create_app

THREADS = 20
ROWS_EACH = 10

CRASHING = """
import sys, uvicorn
from pathlib import Path
from work365.emulators.dataverse.app import create_app

class Told(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)

app = create_app(state=Path(sys.argv[1]))
Told(uvicorn.Config(app, port=0, log_config=None)).run()
"""


@contextmanager
def opened(state: Path | None) -> Iterator[Api]:
    with served_app(create_app(state=state)) as url:
        api = Api(url)
        yield api
        api.http.close()


@pytest.mark.parametrize("header", ["", "Bearer", "Basic x"])
def test_a_request_without_a_token_is_sent_to_sign_in(api: Api, header: str) -> None:
    answer = httpx.get(f"{api.root}WhoAmI", headers={"Authorization": header}, trust_env=False)

    assert answer.status_code == 401
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer authorization_uri=https://login.microsoftonline.com/")
    assert f"resource_id={api.url}/" in challenge


@pytest.mark.parametrize(
    ("token", "user"),
    [("opaque", seeds.APPLICATION_USER_ID), (f"user:{seeds.PERSON_ID}", seeds.PERSON_ID),
     (f"app:{seeds.APPLICATION_ID.upper()}", seeds.APPLICATION_USER_ID)],
)  # fmt: skip
def test_a_token_says_who_calls(api: Api, token: str, user: str) -> None:
    answer = api.get("WhoAmI", Authorization=f"Bearer {token}")

    assert answer.json()["UserId"] == user
    assert answer.json()["OrganizationId"] == seeds.ORGANIZATION_ID


@pytest.mark.parametrize("token", ["user:nobody", "app:11111111-1111-4111-8111-111111111111"])
def test_a_stranger_is_not_a_member(api: Api, token: str) -> None:
    answer = api.get("WhoAmI", Authorization=f"Bearer {token}")

    assert refusal(answer)[:2] == (403, "0x80072560")


def test_a_disabled_user_is_not_a_member(api: Api) -> None:
    api.call("PATCH", f"systemusers({seeds.PERSON_ID})", {"isdisabled": True})

    answer = api.get("WhoAmI", Authorization=f"Bearer user:{seeds.PERSON_ID}")

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "header", [{"CallerObjectId": seeds.PERSON_OBJECT_ID}, {"MSCRMCallerID": seeds.PERSON_ID}]
)
def test_one_who_acts_for_another_is_named_beside_them(api: Api, header: dict[str, str]) -> None:
    row = api.call(
        "POST", "accounts", {"name": "x"}, prefer="return=representation", **header
    ).json()

    assert row["_createdby_value"] == row["_ownerid_value"] == seeds.PERSON_ID
    assert row["_createdonbehalfby_value"] == seeds.APPLICATION_USER_ID
    assert row["_modifiedonbehalfby_value"] == seeds.APPLICATION_USER_ID


def test_every_answer_says_what_clients_look_for(api: Api) -> None:
    found = [api.get("WhoAmI"), api.get("nothing"), api.get("accounts")]

    ids = {answer.headers["x-ms-service-request-id"] for answer in found}
    assert len(ids) == 3
    assert {answer.headers["REQ_ID"] for answer in found} == ids
    assert {answer.headers["OData-Version"] for answer in found} == {"4.0"}
    assert {answer.headers["x-ms-dop-hint"] for answer in found} == {"4"}
    kind = "application/json; odata.metadata=minimal"
    assert {answer.headers["Content-Type"] for answer in found} == {kind}


def test_another_version_of_the_api_is_not_emulated(api: Api) -> None:
    answer = api.get(f"{api.url}/api/data/v9.1/accounts")

    assert refusal(answer)[:2] == (501, "0x80040219")


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "Account", (404, "0x8006088a", "Resource not found for the segment 'Account'.")),
        ("POST", "Accounts", (404, "0x8006088a", "Resource not found for the segment 'Accounts'.")),
        ("GET", "Nothing", (501, "0x80040219", "Not emulated: 'Nothing'")),
        ("POST", "Nothing", (501, "0x80040219", "Not emulated: the action 'Nothing'")),
        ("GET", "a%0Ab", (404, "0x8006088a", "Resource not found for the segment 'ab'.")),
        (
            "OPTIONS",
            "accounts",
            (405, "0x80060888", "The requested resource does not support http method 'OPTIONS'."),
        ),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_in_the_form_of_errors(
    api: Api, method: str, path: str, expected: tuple[int, str, str]
) -> None:
    assert refusal(api.call(method, path, {} if method == "POST" else None)) == expected


@pytest.mark.parametrize(("method", "path"), [("POST", "WhoAmI"), ("GET", "BulkDelete")])
def test_a_function_is_not_posted_to_and_an_action_is_not_got(
    api: Api, method: str, path: str
) -> None:
    answer = api.call(method, path, {} if method == "POST" else None)

    assert refusal(answer) == (
        404,
        "",
        f"No HTTP resource was found that matches the request URI '{api.root}{path}'.",
    )


@pytest.mark.parametrize("names", ["null", "7", "[7]", "['account", "[" * 3_000])
def test_the_names_of_tables_to_count_are_a_list(api: Api, names: str) -> None:
    answer = api.get(f"RetrieveTotalRecordCount(EntityNames=@p1)?@p1={names}")

    assert refusal(answer)[:2] == (400, "0x80060888")
    assert "'EntityNames'" in refusal(answer)[2]


def test_the_tables_that_have_bulk_actions_are_told(api: Api) -> None:
    rows = api.value(
        "sdkmessagefilters?$select=primaryobjecttypecode&$filter="
        "sdkmessageid/name eq 'CreateMultiple'"
    )

    names = {row["primaryobjecttypecode"] for row in rows}
    assert {"account", "w365_invoice"} <= names
    assert "productpricelevel" not in names


@pytest.mark.parametrize(
    "headers",
    [{"MSCRM.BypassBusinessLogicExecutionStepIds": "x"},
     {"MSCRM.BypassBusinessLogicExecution": "Everything"}],
)  # fmt: skip
def test_bypasses_that_are_unknown_are_refused(api: Api, headers: dict[str, str]) -> None:
    assert api.call("GET", "WhoAmI", **headers).status_code in (400, 501)


def test_twenty_at_once_lose_and_double_nothing(api: Api) -> None:
    def write(writer: int) -> list[int]:
        with httpx.Client(headers=api.http.headers, trust_env=False, timeout=60) as client:
            statuses = []
            for number in range(ROWS_EACH):
                body = {"w365_name": f"{writer}-{number}"}
                answer = client.post(f"{api.root}w365_billingcontracts", json=body)
                client.get(f"{api.root}w365_billingcontracts?$top=5").raise_for_status()
                key = "w365_billingcontracts(w365_key='shared')"
                client.patch(f"{api.root}{key}", json={"w365_name": f"{writer}"})
                statuses.append(answer.status_code)
            return statuses

    with ThreadPoolExecutor(THREADS) as pool:
        statuses = [status for found in pool.map(write, range(THREADS)) for status in found]

    rows = api.value("w365_billingcontracts?$select=w365_name,w365_key,versionnumber")
    assert statuses == [204] * (THREADS * ROWS_EACH)
    assert len(rows) == THREADS * ROWS_EACH + 1
    assert len({row["w365_key"] for row in rows}) == len(rows)
    assert len({row["versionnumber"] for row in rows}) == len(rows)


def test_an_environment_is_as_it_was_when_it_is_opened_again(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    with opened(state) as api:
        api.at("2027-05-05T00:00:00Z")
        row_id = api.contract("kept")
        before = api.json(f"w365_billingcontracts({row_id})")
    with opened(state) as api:
        after = api.json(f"w365_billingcontracts({row_id})")
        second = api.json(f"w365_billingcontracts({api.contract()})")

    after["@odata.context"] = before["@odata.context"]
    assert after == before
    assert second["createdon"] == "2027-05-05T00:00:00Z"
    assert second["w365_key"] == "CT-001001"
    assert second["versionnumber"] > before["versionnumber"]


def test_a_crash_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    arguments = [sys.executable, "-c", CRASHING, str(state)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as crashing:
        assert crashing.stdout is not None
        api = Api(f"http://127.0.0.1:{crashing.stdout.readline().strip()}")
        ids = {api.account(str(number)) for number in range(5)}
        crashing.kill()
        api.http.close()

    with opened(state) as api:
        found = {row["accountid"] for row in api.value("accounts")}

    assert found == ids


def test_the_clock_runs_until_it_is_told_to_stand() -> None:
    moments: Iterator[int] = iter(range(1, 1000))

    def clock() -> datetime:
        return datetime(2026, 6, 1, tzinfo=UTC).replace(microsecond=next(moments))

    with served_app(create_app(state=None, clock=clock)) as url:
        api = Api(url)
        running = [api.control("GET", "clock").json()["now"] for _ in range(2)]
        api.at("2030-01-01T00:00:00+01:00")
        standing = [api.control("GET", "clock").json()["now"] for _ in range(2)]
        api.http.close()

    assert running[0] < running[1]
    assert standing == ["2029-12-31T23:00:00Z"] * 2
