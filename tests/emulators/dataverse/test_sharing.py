"""Rows are shared with users and teams, and say what they may do."""

import httpx
import pytest

from tests.emulators.dataverse.conftest import Api, Body, refusal
from tests.emulators.dataverse.principals import (
    CONTRACTS,
    DELETE,
    READ,
    SHARE,
    WRITE,
    Person,
    names,
    team,
    user,
)
from work365.emulators.dataverse import seeds

KIND = "Microsoft.Dynamics.CRM."
ALL = (
    "ReadAccess,WriteAccess,AppendAccess,AppendToAccess,CreateAccess,DeleteAccess,"
    "ShareAccess,AssignAccess"
)


def contract(row_id: str) -> Body:
    return {"@odata.type": f"{KIND}w365_billingcontract", "w365_billingcontractid": row_id}


def person(user_id: str) -> Body:
    return {"@odata.type": f"#{KIND}systemuser", "systemuserid": user_id}


def share(
    api: Api, row_id: str, principal: Body, rights: str, action: str = "GrantAccess"
) -> httpx.Response:
    body = {
        "Target": contract(row_id),
        "PrincipalAccess": {"Principal": principal, "AccessMask": rights},
    }
    return api.call("POST", action, body)


def revoke(api: Api, row_id: str, principal: Body) -> httpx.Response:
    return api.call("POST", "RevokeAccess", {"Target": contract(row_id), "Revokee": principal})


def rights_of(api: Api, principal: str, row_id: str) -> str:
    function = f"{principal}/{KIND}RetrievePrincipalAccess(Target=@t)"
    target = f"{{'@odata.id':'{CONTRACTS}({row_id})'}}"
    return str(api.json(f"{function}?@t={target}")["AccessRights"])


@pytest.fixture
def me(api: Api) -> Person:
    """Somebody who reads and writes what is their own."""
    return user(api, {READ: "Basic", WRITE: "Basic"})


def test_a_shared_row_is_in_sight(api: Api, me: Person) -> None:
    row_id = api.contract("shared")
    path = f"{CONTRACTS}({row_id})"

    answer = share(api, row_id, person(me.user_id), "ReadAccess")

    assert (answer.status_code, answer.content) == (204, b"")
    assert names(me.api) == ["shared"]
    assert me.api.get(path).status_code == 200
    assert refusal(me.api.call("PATCH", path, {"w365_name": "x"}))[1] == "0x80040220"


def test_a_row_is_named_by_address_too(api: Api, me: Person) -> None:
    row_id = api.contract("shared")
    body = {
        "Target": {"@odata.id": f"{CONTRACTS}({row_id})"},
        "PrincipalAccess": {
            "Principal": {"@odata.id": f"{api.root}systemusers({me.user_id})"},
            "AccessMask": "ReadAccess, WriteAccess",
        },
    }

    assert api.call("POST", "GrantAccess", body).status_code == 204

    answer = me.api.call("PATCH", f"{CONTRACTS}({row_id})", {"w365_name": "mine now"})
    assert (answer.status_code, names(me.api)) == (204, ["mine now"])


def test_sharing_again_adds_and_modifying_replaces(api: Api, me: Person) -> None:
    row_id = api.contract()
    principal = person(me.user_id)

    share(api, row_id, principal, "ReadAccess")
    share(api, row_id, principal, "WriteAccess")
    added = rights_of(api, f"systemusers({me.user_id})", row_id)
    share(api, row_id, principal, "ReadAccess", "ModifyAccess")
    replaced = rights_of(api, f"systemusers({me.user_id})", row_id)
    revoke(api, row_id, principal)
    revoked = rights_of(api, f"systemusers({me.user_id})", row_id)

    assert (added, replaced, revoked) == ("ReadAccess,WriteAccess", "ReadAccess", "None")
    assert names(me.api) == []


def test_a_share_gives_nothing_without_the_privilege(api: Api, me: Person) -> None:
    row_id = api.contract()

    share(api, row_id, person(me.user_id), "ReadAccess,DeleteAccess")

    answer = me.api.call("DELETE", f"{CONTRACTS}({row_id})")
    assert f"is missing {DELETE} privilege" in refusal(answer)[2]
    assert rights_of(api, f"systemusers({me.user_id})", row_id) == "ReadAccess"


def test_what_is_shared_with_a_team_its_members_see(api: Api, me: Person) -> None:
    team_id = team(api, {READ: "Basic"}, me)
    row_id = api.contract("team's")

    share(api, row_id, {"@odata.type": f"{KIND}team", "teamid": team_id}, "ReadAccess")

    assert names(me.api) == ["team's"]
    assert rights_of(api, f"teams({team_id})", row_id) == "ReadAccess"


def test_with_whom_a_row_is_shared_is_told(api: Api, me: Person) -> None:
    row_id = api.contract()
    share(api, row_id, person(me.user_id), "ReadAccess,WriteAccess")

    found = api.json(
        f"RetrieveSharedPrincipalsAndAccess(Target=@t)?@t={{'@odata.id':'{CONTRACTS}({row_id})'}}"
    )

    assert found["PrincipalAccesses"] == [
        {
            "AccessMask": "ReadAccess,WriteAccess",
            "Principal": {"@odata.type": f"#{KIND}systemuser", "ownerid": me.user_id},
        }
    ]


def test_nobody_gives_what_they_do_not_have(api: Api) -> None:
    other = user(api, {READ: "Basic"})
    sharing = user(api, {READ: "Global", SHARE: "Global"})
    reading = user(api, {READ: "Global"})
    row_id = api.contract()

    answers = [
        share(sharing.api, row_id, person(other.user_id), "ReadAccess"),
        share(sharing.api, row_id, person(other.user_id), "WriteAccess"),
        share(reading.api, row_id, person(other.user_id), "ReadAccess"),
    ]

    assert answers[0].status_code == 204
    assert f"is missing {WRITE} privilege" in refusal(answers[1])[2]
    assert f"is missing {SHARE} privilege" in refusal(answers[2])[2]


def test_rows_of_the_organization_are_not_shared(api: Api) -> None:
    product = api.create("products", name="x", productnumber="1")
    body = {
        "Target": {"@odata.type": f"{KIND}product", "productid": product},
        "PrincipalAccess": {"Principal": person(seeds.PERSON_ID), "AccessMask": "ReadAccess"},
    }

    status, code, message = refusal(api.call("POST", "GrantAccess", body))

    assert (status, code) == (400, "0x80040800")
    assert "does not support entities of type 'product'" in message


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"Target": "x"},
        {"Target": {"@odata.type": "nothing"}},
        {"Target": contract("x")},
        {"Target": contract(seeds.PERSON_ID)},
        {"Target": contract(seeds.PERSON_ID), "Other": 1},
    ],
)
def test_what_cannot_be_shared_is_refused(api: Api, body: Body) -> None:
    assert api.call("POST", "GrantAccess", body).status_code in (400, 404)


@pytest.mark.parametrize(
    "principal_access",
    [None, {}, {"Principal": person(seeds.PERSON_ID)}, {"Principal": {}, "AccessMask": "None"},
     {"Principal": person(seeds.PERSON_ID), "AccessMask": "EveryAccess"},
     {"Principal": {"@odata.type": f"{KIND}role", "roleid": seeds.ADMINISTRATOR_ROLE_ID},
      "AccessMask": "ReadAccess"}],
)  # fmt: skip
def test_with_whom_and_what_has_to_be_said(api: Api, principal_access: Body | None) -> None:
    body = {"Target": contract(api.contract()), "PrincipalAccess": principal_access}

    assert refusal(api.call("POST", "GrantAccess", body))[:2] == (400, "0x80060888")


def test_an_administrator_may_do_everything_with_a_row(api: Api) -> None:
    row_id = api.contract()

    assert rights_of(api, f"systemusers({seeds.PERSON_ID})", row_id) == ALL


def test_a_user_has_the_privileges_of_their_roles(api: Api) -> None:
    me = user(api, {READ: "Local", WRITE: "Basic"})
    team(api, {DELETE: "Global", READ: "Global"}, me)

    found = api.json(f"systemusers({me.user_id})/{KIND}RetrieveUserPrivileges()")

    held = {each["PrivilegeName"]: each["Depth"] for each in found["RolePrivileges"]}
    assert held == {READ: "Local", WRITE: "Basic", DELETE: "Basic"}
    assert {each["BusinessUnitId"] for each in found["RolePrivileges"]} == {seeds.BUSINESS_UNIT_ID}


def test_an_administrator_has_every_privilege(api: Api) -> None:
    every = {row["name"] for row in api.value("privileges")}

    found = api.json(f"systemusers({seeds.PERSON_ID})/{KIND}RetrieveUserPrivileges()")

    held = {each["PrivilegeName"]: each["Depth"] for each in found["RolePrivileges"]}
    assert held.keys() == every
    assert set(held.values()) == {"Global"}


def test_a_function_with_a_parameter_too_many_is_refused(api: Api) -> None:
    answer = api.get(f"systemusers({seeds.PERSON_ID})/{KIND}RetrieveUserPrivileges(Other=1)")

    assert refusal(answer)[:2] == (400, "0x80060888")
