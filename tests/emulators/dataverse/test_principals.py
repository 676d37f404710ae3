"""Users, teams and business units, and what comes with them."""

import pytest

from tests.emulators.dataverse.conftest import Api, refusal
from tests.emulators.dataverse.principals import CONTRACTS, READ, associate, role, unit, user
from work365.emulators.dataverse import seeds

APPLICATION = "22222222-2222-4222-8222-222222222222"
PERSON = f"systemusers({seeds.PERSON_ID})"


def memberships(api: Api, user_id: str) -> set[str]:
    rows = api.value(f"teammemberships?$filter=systemuserid eq {user_id}")
    return {str(row["teamid"]) for row in rows}


def default_team(api: Api, unit_id: str) -> str:
    (row,) = api.value(f"teams?$filter=_businessunitid_value eq {unit_id} and isdefault eq true")
    return str(row["teamid"])


def test_an_application_becomes_a_user_and_signs_in(api: Api) -> None:
    user_id = api.create(
        "systemusers",
        applicationid=APPLICATION,
        **{"businessunitid@odata.bind": f"/businessunits({seeds.BUSINESS_UNIT_ID})"},
    )
    associate(
        api,
        f"systemusers({user_id})",
        "systemuserroles_association",
        f"roles({role(api, {READ: 'Basic'})})",
    )

    row = api.json(f"systemusers({user_id})")
    assert row["fullname"] == f"# {APPLICATION}"
    assert row["azureactivedirectoryobjectid"]
    answer = api.get("WhoAmI", Authorization=f"Bearer app:{APPLICATION}")
    assert answer.json()["UserId"] == user_id


def test_an_application_has_one_user(api: Api) -> None:
    api.create("systemusers", applicationid=APPLICATION)

    answer = api.call("POST", "systemusers", {"applicationid": APPLICATION})

    assert refusal(answer)[:2] == (412, "0x80040237")


def test_a_user_is_of_the_callers_unit_and_of_its_team(api: Api) -> None:
    user_id = api.create("systemusers", fullname="New")

    assert api.json(f"systemusers({user_id})")["_businessunitid_value"] == seeds.BUSINESS_UNIT_ID
    assert memberships(api, user_id) == {seeds.DEFAULT_TEAM_ID}


def test_a_unit_has_a_team_with_its_name(api: Api) -> None:
    unit_id = unit(api, "Sales")

    row = api.json(f"teams({default_team(api, unit_id)})")

    assert (row["name"], row["isdefault"]) == ("Sales", True)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_unit_is_below_another_and_not_below_itself(api: Api, method: str) -> None:
    unit_id = unit(api, "Sales")
    below = unit(api, "North", unit_id)
    if method == "POST":
        answer = api.call("POST", "businessunits", {"name": "Nowhere"})
    else:
        body = {"parentbusinessunitid@odata.bind": f"/businessunits({below})"}
        answer = api.call("PATCH", f"businessunits({unit_id})", body)

    assert refusal(answer)[:2] == (400, "0x80040203")


def test_who_goes_to_another_unit_loses_roles_and_takes_rows_along(api: Api) -> None:
    unit_id = unit(api, "Sales")
    me = user(api, {READ: "Local"})
    row_id = api.contract("mine", **{"ownerid@odata.bind": me.bind})

    api.call(
        "PATCH",
        f"systemusers({me.user_id})",
        {"businessunitid@odata.bind": f"/businessunits({unit_id})"},
    )

    assert refusal(me.api.get("WhoAmI"))[:2] == (403, "0x80042f09")
    assert memberships(api, me.user_id) == {default_team(api, unit_id)}
    assert api.json(f"{CONTRACTS}({row_id})")["_owningbusinessunit_value"] == unit_id


def test_a_row_is_of_its_owners_unit(api: Api) -> None:
    unit_id = unit(api, "Sales")
    me = user(api, {READ: "Local"}, business_unit=unit_id)

    row_id = api.contract("mine", **{"ownerid@odata.bind": me.bind})

    assert api.json(f"{CONTRACTS}({row_id})")["_owningbusinessunit_value"] == unit_id


def test_a_user_sees_colleagues_as_far_as_the_privilege_goes(api: Api) -> None:
    unit_id = unit(api, "Sales")
    me = user(api, {"prvReadUser": "Local"}, business_unit=unit_id)
    colleague = user(api, business_unit=unit_id)

    found = {row["systemuserid"] for row in me.api.value("systemusers")}

    assert found == {me.user_id, colleague.user_id}
    assert refusal(me.api.get(PERSON))[:2] == (403, "0x80040220")
