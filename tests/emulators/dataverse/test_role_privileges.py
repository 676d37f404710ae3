"""Privileges are given to roles by actions."""

import pytest

from tests.emulators.dataverse.conftest import Api, Body, refusal
from tests.emulators.dataverse.principals import READ, WRITE, give, role, user
from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.privileges import privilege_id

KIND = "Microsoft.Dynamics.CRM."


def depths(api: Api, role_id: str) -> dict[str, str]:
    found = api.json(f"RetrieveRolePrivilegesRole(RoleId={role_id})")
    return {each["PrivilegeName"]: each["Depth"] for each in found["RolePrivileges"]}


def test_a_privilege_is_added_to_those_that_there_are(api: Api) -> None:
    role_id = role(api, {READ: "Basic"})

    give(api, role_id, {WRITE: "Deep"})
    give(api, role_id, {READ: "Local"})

    assert depths(api, role_id) == {READ: "Local", WRITE: "Deep"}
    rows = api.value(f"roleprivilegescollection?$filter=roleid eq {role_id}")
    assert sorted(row["privilegedepthmask"] for row in rows) == [2, 4]


def test_privileges_are_replaced(api: Api) -> None:
    role_id = role(api, {READ: "Basic"})
    privilege = {"PrivilegeId": privilege_id(WRITE), "Depth": 3}

    answer = api.call(
        "POST", f"roles({role_id})/{KIND}ReplacePrivilegesRole", {"Privileges": [privilege]}
    )

    assert (answer.status_code, depths(api, role_id)) == (204, {WRITE: "Global"})


def test_the_administrators_role_has_everything_and_stays(api: Api) -> None:
    answer = give(api, seeds.ADMINISTRATOR_ROLE_ID, {READ: "Basic"})

    assert refusal(answer)[:2] == (400, "0x80041401")
    assert set(depths(api, seeds.ADMINISTRATOR_ROLE_ID).values()) == {"Global"}


@pytest.mark.parametrize(
    ("privilege", "code"),
    [
        ({"Depth": "Basic"}, "0x80041408"),
        ({"PrivilegeId": "x", "Depth": "Basic"}, "0x80041408"),
        ({"PrivilegeId": privilege_id(READ)}, "0x8004140b"),
        ({"PrivilegeId": privilege_id(READ), "Depth": "Everywhere"}, "0x8004140b"),
        ({"PrivilegeId": privilege_id(READ), "Depth": []}, "0x8004140b"),
        ({"PrivilegeId": privilege_id("prvReadProduct"), "Depth": "Basic"}, "0x8004140b"),
        ({"PrivilegeId": seeds.PERSON_ID, "Depth": "Basic"}, "0x80040217"),
        ({"PrivilegeId": privilege_id(READ), "Depth": "Basic", "Other": 1}, "0x80060888"),
    ],
)
def test_a_privilege_that_cannot_be_given_is_refused(api: Api, privilege: Body, code: str) -> None:
    role_id = role(api, {WRITE: "Basic"})

    answer = api.call(
        "POST", f"roles({role_id})/{KIND}ReplacePrivilegesRole", {"Privileges": [privilege]}
    )

    assert refusal(answer)[1] == code
    assert depths(api, role_id) == {WRITE: "Basic"}


def test_privileges_are_a_collection(api: Api) -> None:
    answer = api.call(
        "POST", f"roles({role(api, {})})/{KIND}AddPrivilegesRole", {"Privileges": READ}
    )

    assert refusal(answer)[:2] == (400, "0x80060888")


def test_a_role_that_is_not_there_has_no_privileges(api: Api) -> None:
    assert give(api, seeds.PERSON_ID, {}).status_code == 404
    assert api.get(f"RetrieveRolePrivilegesRole(RoleId={seeds.PERSON_ID})").status_code == 404
    assert api.get("RetrieveRolePrivilegesRole(RoleId=x)").status_code == 400


def test_to_change_a_role_needs_a_privilege(api: Api) -> None:
    me = user(api, {"prvReadRole": "Global"})

    answer = give(me.api, role(api, {}), {READ: "Global"})

    assert "is missing prvWriteRole privilege" in refusal(answer)[2]


def test_a_unit_has_a_role_of_a_name_once(api: Api) -> None:
    role(api, {}, "Clerk")

    answer = api.call("POST", "roles", {"name": "Clerk"})

    assert refusal(answer)[:2] == (400, "0x80041403")
