"""What a body may have, and in which words it is refused."""

import pytest

from tests.emulators.dataverse.conftest import Api, refusal

ABSENT = "11111111-1111-4111-8111-111111111111"
CONTRACTS = "w365_billingcontracts"


@pytest.mark.parametrize("form", ["/accounts({})", "accounts({})", "{root}accounts({})"])
def test_a_lookup_is_bound_by_id(api: Api, form: str) -> None:
    account = api.account()
    url = form.replace("{root}", api.root).format(account)

    contract = api.contract(**{"w365_Customer@odata.bind": url})

    row = api.json(f"{CONTRACTS}({contract})")
    assert row["_w365_customer_value"] == account


def test_a_lookup_is_bound_by_alternate_key(api: Api) -> None:
    account = api.account(w365_key="O'Neill")

    contract = api.contract(**{"w365_Customer@odata.bind": "/accounts(w365_key='o''neill')"})

    assert api.json(f"{CONTRACTS}({contract})")["_w365_customer_value"] == account


@pytest.mark.parametrize("cleared", ["w365_Customer@odata.bind", "w365_Customer"])
def test_a_lookup_is_cleared(api: Api, cleared: str) -> None:
    account = api.account()
    contract = api.contract(**{"w365_Customer@odata.bind": f"/accounts({account})"})

    answer = api.call("PATCH", f"{CONTRACTS}({contract})", {cleared: None})

    assert answer.status_code == 204
    assert api.json(f"{CONTRACTS}({contract})")["_w365_customer_value"] is None


def test_an_owner_is_bound(api: Api) -> None:
    people = api.value("systemusers?$select=systemuserid&$filter=applicationid eq null")
    person = people[0]["systemuserid"]

    contract = api.contract(**{"ownerid@odata.bind": f"/systemusers({person})"})

    row = api.json(f"{CONTRACTS}({contract})")
    assert (row["_ownerid_value"], row["_owninguser_value"]) == (person, person)


@pytest.mark.parametrize(
    ("body", "status", "code", "text"),
    [
        (
            {"w365_customer@odata.bind": f"/accounts({ABSENT})"},
            400,
            "0x80048d19",
            "Error identified in Payload provided by the user for Entity :"
            "'w365_billingcontracts', For more information on this error please follow this help "
            "link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : "
            "Microsoft.OData.ODataException: An undeclared property 'w365_customer' which only "
            "has property annotations in the payload but no property value was found in the "
            "payload.",
        ),
        ({"W365_Name": "x"}, 400, "0x80048d19", "Invalid property 'W365_Name' was found in entity"),
        ({"_w365_customer_value": ABSENT}, 400, "0x80060888", "CRM do not support direct update"),
        ({"w365_Customer": ABSENT}, 400, "0x80048d19", "A 'PrimitiveValue' node with non-null"),
        ({"w365_Customer": {"name": "x"}}, 501, "0x80040219", "deep insert"),
        ({"createdon": "2026-01-01T00:00:00Z"}, 501, "0x80040219", "'createdon'"),
        ({"_createdby_value": ABSENT}, 400, "0x80060888", "CRM do not support direct update"),
        ({"createdby@odata.bind": f"/systemusers({ABSENT})"}, 501, "0x80040219", "'createdby'"),
        (
            {"w365_Customer@odata.bind": f"/accounts({ABSENT})"},
            404,
            "0x80040217",
            f"account With Id = {ABSENT} Does Not Exist",
        ),
        (
            {"w365_Customer@odata.bind": "/accounts(w365_key='none')"},
            404,
            "0x80060891",
            "A record with the specified key values does not exist in account entity",
        ),
        ({"w365_Customer@odata.bind": f"/contacts({ABSENT})"}, 400, "0x80048d19", "'contact'"),
        ({"w365_Customer@odata.bind": "/nothings(1)"}, 404, "0x8006088a", "segment 'nothings'"),
        ({"w365_Customer@odata.bind": "/accounts"}, 400, "0x80060888", "a single row"),
        ({"w365_Customer@odata.bind": 5}, 400, "0x80048d19", "not the address of a row"),
        ({"w365_Customer@odata.bind": "$1"}, 400, "0x80060888", "Content-ID Reference: '$1'"),
        ({"w365_Customer@odata.bind": "/accounts(w365_key='a:b')"}, 400, "0x80060888", "(:)"),
        (
            {"w365_Customer@odata.bind": "/accounts(w365_key='\ud800')"},
            400,
            "0x80040278",
            "hexadecimal value 0xD800",
        ),
        ({"@odata.type": "Microsoft.Dynamics.CRM.account"}, 400, "0x80048d19", "A type named"),
        ({"@odata.id": "accounts(w365_key='x')"}, 501, "0x80040219", "'@odata.id'"),
        ({"@odata.unheard": 1}, 501, "0x80040219", "'@odata.unheard'"),
    ],
)
def test_a_body_that_does_not_fit_is_refused(
    api: Api, body: dict[str, object], status: int, code: str, text: str
) -> None:
    answer = api.call("POST", CONTRACTS, body)

    assert refusal(answer)[:2] == (status, code)
    assert text in refusal(answer)[2]
    assert api.value(CONTRACTS) == []


def test_annotations_that_came_with_a_row_may_go_back_with_it(api: Api) -> None:
    contract = api.contract()
    row = api.json(f"{CONTRACTS}({contract})", prefer='odata.include-annotations="*"')
    names = ("w365_name", "w365_status")
    body = {name: value for name, value in row.items() if name.split("@")[0] in ("", *names)}

    answer = api.call("PATCH", f"{CONTRACTS}({contract})", body)

    assert answer.status_code == 204, answer.text


@pytest.mark.parametrize("text", ["{", "[]", '{"name": NaN}', '"x"', b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(api: Api, text: str | bytes) -> None:
    answer = api.call("POST", "accounts", text)

    assert refusal(answer)[:2] == (400, "0x80048d19")
