"""What stands behind a row in an address: properties, references, collections and counts."""

import pytest

from tests.emulators.dataverse.conftest import Api, refusal

CONTRACTS = "w365_account_billingcontract_Customer"
NOWHERE = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def account(api: Api) -> str:
    """A customer with two contracts, beside a contract of nobody."""
    row_id = api.account("Customer", accountnumber="7")
    for name in ("a", "b"):
        api.contract(name, **{"w365_Customer@odata.bind": f"/accounts({row_id})"})
    api.contract("other")
    return row_id


def test_a_collection_is_read_like_a_set(api: Api, account: str) -> None:
    path = f"accounts({account})/{CONTRACTS}"

    found = api.json(f"{path}?$select=w365_name&$orderby=w365_name desc&$count=true")
    chosen = api.value(f"{path}?$filter=w365_name eq 'a'")

    assert found["@odata.context"] == f"{api.root}$metadata#w365_billingcontracts(w365_name)"
    assert found["@odata.count"] == 2
    assert [row["w365_name"] for row in found["value"]] == ["b", "a"]
    assert [row["w365_name"] for row in chosen] == ["a"]


def test_a_collection_has_pages(api: Api, account: str) -> None:
    path = f"accounts({account})/{CONTRACTS}?$select=w365_name"

    first = api.json(path, prefer="odata.maxpagesize=1")
    second = api.json(first["@odata.nextLink"], prefer="odata.maxpagesize=1")

    assert {row["w365_name"] for row in first["value"] + second["value"]} == {"a", "b"}
    assert "@odata.nextLink" not in second


def test_a_collection_comes_as_addresses(api: Api, account: str) -> None:
    found = api.json(f"accounts({account})/{CONTRACTS}/$ref")

    assert found["@odata.context"] == f"{api.root}$metadata#Collection($ref)"
    rows = [api.json(each["@odata.id"]) for each in found["value"]]
    assert {row["w365_name"] for row in rows} == {"a", "b"}


def test_a_collection_is_counted_as_plain_text_with_a_byte_order_mark(
    api: Api, account: str
) -> None:
    answer = api.get(f"accounts({account})/{CONTRACTS}/$count")
    chosen = api.get(f"accounts({account})/{CONTRACTS}/$count?$filter=w365_name eq 'a'")

    assert answer.headers["Content-Type"] == "text/plain"
    assert (answer.content, chosen.content) == (b"\xef\xbb\xbf2", b"\xef\xbb\xbf1")


def test_a_many_to_many_collection_is_read(api: Api) -> None:
    user = api.json("WhoAmI")["UserId"]

    roles = api.value(f"systemusers({user})/systemuserroles_association?$select=name")

    assert [role["name"] for role in roles] == ["System Administrator"]


def test_a_lookup_leads_to_its_row_or_to_its_address(api: Api, account: str) -> None:
    (contract,) = api.value("w365_billingcontracts?$filter=w365_name eq 'a'")
    path = f"w365_billingcontracts({contract['w365_billingcontractid']})/w365_Customer"

    row = api.json(f"{path}?$select=name")
    reference = api.json(f"{path}/$ref")

    assert (row["name"], row["accountid"]) == ("Customer", account)
    assert reference == {
        "@odata.context": f"{api.root}$metadata#$ref",
        "@odata.id": f"{api.root}accounts({account})",
    }


def test_what_is_not_there_is_no_content(api: Api, account: str) -> None:
    (contract,) = api.value("w365_billingcontracts?$filter=w365_name eq 'other'")
    path = f"w365_billingcontracts({contract['w365_billingcontractid']})"

    answers = [api.get(f"{path}/{rest}") for rest in ("w365_Customer", "w365_Customer/$ref")]
    value = api.get(f"accounts({account})/emailaddress1")

    assert [answer.status_code for answer in (*answers, value)] == [204, 204, 204]


def test_a_single_property_comes_with_its_context_or_bare(api: Api, account: str) -> None:
    found = api.json(f"accounts({account})/name")
    bare = api.get(f"accounts({account})/name/$value")

    assert found == {
        "@odata.context": f"{api.root}$metadata#accounts({account})/name",
        "value": "Customer",
    }
    assert (bare.headers["Content-Type"], bare.text) == ("text/plain", "Customer")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("accounts({})/nothing", 404, "0x8006088a"),
        ("accounts({})/name/nothing", 404, "0x8006088a"),
        ("accounts({})/name?$select=name", 400, "0x80060888"),
        (f"accounts({NOWHERE})/name", 404, "0x80040217"),
        (f"accounts({NOWHERE})/{CONTRACTS}", 404, "0x80040217"),
        (f"accounts({{}})/{CONTRACTS}/$count/x", 501, "0x80040219"),
        (f"accounts({{}})/{CONTRACTS}({NOWHERE})", 404, "0x8006088a"),
        ("accounts({})/primarycontactid/fullname/x", 501, "0x80040219"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(
    api: Api, account: str, path: str, status: int, code: str
) -> None:
    answer = api.get(path.format(account))

    assert refusal(answer)[:2] == (status, code)
