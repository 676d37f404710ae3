"""What changes in audited tables is kept, and can be asked for."""

from decimal import Decimal

import pytest

from tests.emulators.dataverse.conftest import Api, Body, refusal
from tests.emulators.dataverse.principals import CONTRACTS, READ, user
from work365.emulators.dataverse import seeds

ORGANIZATION = f"organizations({seeds.ORGANIZATION_ID})"
KIND = "Microsoft.Dynamics.CRM."


@pytest.fixture
def audited(api: Api) -> Api:
    """An environment that keeps what changes."""
    answer = api.call("PATCH", ORGANIZATION, {"isauditenabled": True})
    assert answer.status_code == 204, answer.text
    return api


def entries(api: Api, row_id: str) -> list[Body]:
    """Return what is kept of a row, the earliest first."""
    return api.value(f"audits?$filter=_objectid_value eq {row_id}&$orderby=versionnumber")


def history(api: Api, path: str) -> list[Body]:
    found = api.json(f"RetrieveRecordChangeHistory(Target=@t)?@t={{'@odata.id':'{path}'}}")
    details: list[Body] = found["AuditDetailCollection"]["AuditDetails"]
    return details


def test_nothing_is_kept_unless_the_organization_wants_it(api: Api) -> None:
    row_id = api.contract()

    assert entries(api, row_id) == []


def test_what_happens_to_a_row_is_kept(audited: Api) -> None:
    row_id = audited.contract("first")
    path = f"{CONTRACTS}({row_id})"
    audited.call("PATCH", path, {"w365_name": "second"})
    audited.call("PATCH", path, {"w365_name": "second"})
    audited.call("PATCH", path, {"statecode": 1})
    audited.call("PATCH", path, {"statecode": 0})
    audited.call("PATCH", path, {"ownerid@odata.bind": f"/systemusers({seeds.PERSON_ID})"})
    audited.call("DELETE", path)

    found = entries(audited, row_id)

    assert [(row["operation"], row["action"]) for row in found] == [
        (1, 1), (2, 2), (2, 5), (2, 4), (2, 13), (3, 3),
    ]  # fmt: skip
    assert {row["objecttypecode"] for row in found} == {"w365_billingcontract"}
    assert {row["_userid_value"] for row in found} == {seeds.APPLICATION_USER_ID}


def test_a_history_has_old_and_new_values(audited: Api) -> None:
    account = audited.account()
    row_id = audited.create("w365_invoices", w365_name="first")
    path = f"w365_invoices({row_id})"
    body = {
        "w365_name": "second",
        "w365_netamount": 12345678901.23,
        "w365_Customer@odata.bind": f"/accounts({account})",
    }
    assert audited.call("PATCH", path, body).status_code == 204

    latest, first = history(audited, path)

    assert latest["@odata.type"] == f"#{KIND}AttributeAuditDetail"
    assert latest["OldValue"]["@odata.type"] == f"#{KIND}w365_invoice"
    assert latest["OldValue"]["w365_name"] == "first"
    assert latest["NewValue"]["w365_name"] == "second"
    assert latest["NewValue"]["w365_netamount"] == Decimal("12345678901.23")
    assert latest["NewValue"]["_w365_customer_value"] == account
    assert "modifiedon" not in latest["NewValue"]
    assert first["OldValue"] == {"@odata.type": f"#{KIND}w365_invoice"}
    assert (first["AuditRecord"]["operation"], latest["AuditRecord"]["operation"]) == (1, 2)


def test_an_entry_tells_its_details(audited: Api) -> None:
    row_id = audited.contract("x")
    (entry,) = entries(audited, row_id)

    found = audited.json(f"audits({entry['auditid']})/{KIND}RetrieveAuditDetails()")

    assert found["AuditDetail"]["NewValue"]["w365_name"] == "x"
    assert found["AuditDetail"]["AuditRecord"]["auditid"] == entry["auditid"]


def test_who_acted_for_another_is_named(audited: Api) -> None:
    answer = audited.call("POST", CONTRACTS, {"w365_name": "x"}, MSCRMCallerID=seeds.PERSON_ID)
    row_id = answer.headers["OData-EntityId"].split("(")[1].rstrip(")")

    (entry,) = entries(audited, row_id)

    assert entry["_userid_value"] == seeds.PERSON_ID
    assert entry["_callinguserid_value"] == seeds.APPLICATION_USER_ID


def test_changes_of_one_transaction_belong_together(audited: Api) -> None:
    kind = {"@odata.type": f"{KIND}w365_billingcontract"}
    audited.call(
        "POST",
        f"{CONTRACTS}/{KIND}CreateMultiple",
        {"Targets": [{**kind, "w365_name": name} for name in ("a", "b")]},
    )

    found = audited.value("audits")

    assert [row["operation"] for row in found] == [1, 1]
    assert len({row["transactionid"] for row in found}) == 1


def test_what_is_rolled_back_is_not_kept(audited: Api) -> None:
    kind = {"@odata.type": f"{KIND}w365_billingcontract", "w365_key": "same"}
    answer = audited.call("POST", f"{CONTRACTS}/{KIND}CreateMultiple", {"Targets": [kind, kind]})

    assert answer.status_code == 412
    assert audited.value("audits?$filter=objecttypecode eq 'w365_billingcontract'") == []


def test_a_share_is_kept(audited: Api) -> None:
    me = user(audited, {READ: "Basic"})
    row_id = audited.contract()
    audited.call(
        "POST",
        "GrantAccess",
        {
            "Target": {"@odata.id": f"{CONTRACTS}({row_id})"},
            "PrincipalAccess": {
                "Principal": {"@odata.id": f"systemusers({me.user_id})"},
                "AccessMask": "ReadAccess",
            },
        },
    )

    assert [row["action"] for row in entries(audited, row_id)] == [1, 14]


def test_a_history_needs_a_privilege(audited: Api) -> None:
    me = user(audited, {READ: "Global"})
    row_id = audited.contract()

    answer = me.api.get(
        f"RetrieveRecordChangeHistory(Target=@t)?@t={{'@odata.id':'{CONTRACTS}({row_id})'}}"
    )

    assert "is missing prvReadRecordAuditHistory privilege" in refusal(answer)[2]


@pytest.mark.parametrize(
    "call", ["(Target=@t)", "(Target=@t)?@t=x", "(Other=1)", "()", "(Target=@t)?@t={}"]
)
def test_a_history_is_that_of_a_row(audited: Api, call: str) -> None:
    answer = audited.get(f"RetrieveRecordChangeHistory{call}")

    assert refusal(answer)[:2] == (400, "0x80060888")


def test_a_history_of_no_row_is_not_found(audited: Api) -> None:
    answer = audited.get(
        "RetrieveRecordChangeHistory(Target=@t)"
        f"?@t={{'@odata.id':'{CONTRACTS}({seeds.PERSON_ID})'}}"
    )

    assert refusal(answer)[:2] == (404, "0x80040217")
