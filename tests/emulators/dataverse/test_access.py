"""Who may do what, with which rows."""

import pytest

from tests.emulators.dataverse.conftest import Api, refusal
from tests.emulators.dataverse.principals import (
    APPEND,
    ASSIGN,
    CONTRACTS,
    CREATE,
    DELETE,
    READ,
    WRITE,
    Person,
    hold,
    names,
    role,
    team,
    unit,
    user,
)
from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.privileges import privilege_id

DENIED = (403, "0x80040220")
EVERY_DEPTH = ["Basic", "Local", "Deep", "Global"]


class Tree:
    """Contracts of people in a unit, in the unit below it, and beside both."""

    def __init__(self, api: Api, depth: str) -> None:
        sales = unit(api, "Sales")
        below = unit(api, "Sales North", sales)
        beside = unit(api, "Service")
        every = {READ: depth, CREATE: "Global"}
        self.me = user(api, every, business_unit=sales)
        colleague = user(api, every, business_unit=sales)
        north = user(api, every, business_unit=below)
        service = user(api, every, business_unit=beside)
        owners = {"mine": self.me, "unit": colleague, "below": north, "beside": service}
        self.ids = {name: owned(api, name, owner) for name, owner in owners.items()}


def owned(api: Api, name: str, owner: Person) -> str:
    return api.contract(name, **{"ownerid@odata.bind": owner.bind})


@pytest.mark.parametrize(
    ("depth", "seen"),
    [
        ("Basic", ["mine"]),
        ("Local", ["mine", "unit"]),
        ("Deep", ["below", "mine", "unit"]),
        ("Global", ["below", "beside", "mine", "unit"]),
    ],
)
def test_a_depth_says_whose_rows_are_seen(api: Api, depth: str, seen: list[str]) -> None:
    tree = Tree(api, depth)

    assert names(tree.me.api) == seen
    assert names(tree.me.api, "?$filter=contains(w365_name,'e')&$orderby=w365_name") == [
        name for name in seen if "e" in name
    ]
    count = tree.me.api.get(f"{CONTRACTS}/$count").content.removeprefix(b"\xef\xbb\xbf")
    assert int(count) == len(seen)
    for name, row_id in tree.ids.items():
        status = tree.me.api.get(f"{CONTRACTS}({row_id})").status_code
        assert status == (200 if name in seen else 403), name


def test_a_row_out_of_sight_is_denied_in_dataverses_words(api: Api) -> None:
    tree = Tree(api, "Basic")
    row = api.json(f"{CONTRACTS}({tree.ids['unit']})")

    status, code, message = refusal(tree.me.api.get(f"{CONTRACTS}({tree.ids['unit']})"))

    assert (status, code) == DENIED
    assert message.startswith("SecLib::AccessCheckEx failed. Returned hr = -2147187962, ObjectID")
    assert f"OwnerId: {row['_ownerid_value']},  OwnerIdType: 8" in message
    assert f"CallingUser: {tree.me.user_id}" in message
    assert message.endswith("AccessRights: ReadAccess")


def test_who_may_not_read_a_table_at_all_is_told_of_the_privilege(api: Api) -> None:
    me = user(api, {CREATE: "Basic"})

    answers = [
        me.api.get(CONTRACTS),
        me.api.get(f"{CONTRACTS}({api.contract()})"),
        me.api.get(f"{CONTRACTS}/$count"),
    ]

    for answer in answers:
        status, code, message = refusal(answer)
        assert (status, code) == DENIED
        assert message.startswith(f"Principal user (Id={me.user_id}, type=8, roleCount=1, ")
        assert f"is missing {READ} privilege (Id={privilege_id(READ)})" in message
        assert "for entity 'w365_billingcontract'" in message


@pytest.mark.parametrize(
    ("held", "method", "missing"),
    [
        ({READ: "Global"}, "POST", CREATE),
        ({READ: "Global", CREATE: "Global"}, "PATCH", WRITE),
        ({READ: "Global", WRITE: "Global"}, "DELETE", DELETE),
    ],
)
def test_each_way_of_writing_has_a_privilege_of_its_own(
    api: Api, held: dict[str, str], method: str, missing: str
) -> None:
    me = user(api, held)
    path = CONTRACTS if method == "POST" else f"{CONTRACTS}({api.contract('kept')})"

    answer = me.api.call(method, path, None if method == "DELETE" else {"w365_name": "changed"})

    assert refusal(answer)[:2] == DENIED
    assert f"is missing {missing} privilege" in refusal(answer)[2]
    assert "changed" not in names(api)


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_write_reaches_as_far_as_its_depth(api: Api, method: str) -> None:
    me = user(api, {READ: "Global", WRITE: "Basic", DELETE: "Basic"})
    body = {"w365_name": "changed"} if method == "PATCH" else None
    mine, other = owned(api, "mine", me), api.contract("other")

    answers = [me.api.call(method, f"{CONTRACTS}({row_id})", body) for row_id in (mine, other)]

    assert answers[0].status_code == 204
    assert refusal(answers[1])[:2] == DENIED
    assert "other" in names(api)


def test_a_bulk_action_is_denied_as_a_whole(api: Api) -> None:
    me = user(api, {READ: "Global", WRITE: "Basic"})
    kind = {"@odata.type": "Microsoft.Dynamics.CRM.w365_billingcontract"}
    ids = [owned(api, "mine", me), api.contract("other")]

    answer = me.api.call(
        "POST",
        f"{CONTRACTS}/Microsoft.Dynamics.CRM.UpdateMultiple",
        {"Targets": [
            {**kind, "w365_billingcontractid": row_id, "w365_name": "new"} for row_id in ids
        ]},
    )  # fmt: skip

    assert refusal(answer)[:2] == DENIED
    assert names(api) == ["mine", "other"]


def test_a_new_row_of_another_needs_a_depth_that_reaches_them(api: Api) -> None:
    me = user(api, {READ: "Global", CREATE: "Basic"})
    other = user(api, {READ: "Basic"})

    answers = [
        me.api.call("POST", CONTRACTS, {"w365_name": "x", "ownerid@odata.bind": owner.bind})
        for owner in (me, other)
    ]

    assert answers[0].status_code == 204
    assert refusal(answers[1])[:2] == DENIED
    assert "AccessRights: CreateAccess" in refusal(answers[1])[2]


def test_to_refer_to_a_row_both_ends_have_to_allow_it(api: Api) -> None:
    account = api.account()
    body = {"w365_name": "x", "w365_Customer@odata.bind": f"/accounts({account})"}
    privileges = {READ: "Global", CREATE: "Global"}
    me = user(api, privileges)
    appending = user(api, {**privileges, APPEND: "Global"})
    both = user(api, {**privileges, APPEND: "Global", "prvAppendToAccount": "Global"})

    answers = [each.api.call("POST", CONTRACTS, body) for each in (me, appending, both)]

    assert f"is missing {APPEND} privilege" in refusal(answers[0])[2]
    assert "is missing prvAppendToAccount privilege" in refusal(answers[1])[2]
    assert answers[2].status_code == 204


def test_to_give_a_row_to_another_is_a_right_of_its_own(api: Api) -> None:
    writing = user(api, {READ: "Global", WRITE: "Global"})
    assigning = user(api, {READ: "Global", ASSIGN: "Global"})
    row_id = api.contract()

    answers = [
        each.api.call("PATCH", f"{CONTRACTS}({row_id})", {"ownerid@odata.bind": each.bind})
        for each in (writing, assigning)
    ]

    assert f"is missing {ASSIGN} privilege" in refusal(answers[0])[2]
    assert answers[1].status_code == 204
    row = api.json(f"{CONTRACTS}({row_id})")
    assert row["_ownerid_value"] == row["_owninguser_value"] == assigning.user_id


def test_an_owner_has_to_be_able_to_read(api: Api) -> None:
    nobody = user(api)

    answer = api.call("POST", CONTRACTS, {"w365_name": "x", "ownerid@odata.bind": nobody.bind})

    assert refusal(answer)[:2] == DENIED
    assert f"Principal user (Id={nobody.user_id}" in refusal(answer)[2]


def test_rows_of_a_team_are_those_of_its_members(api: Api) -> None:
    member, other = user(api, {READ: "Basic"}), user(api, {READ: "Basic"})
    team_id = team(api, {READ: "Basic"}, member)

    row_id = api.contract("team's", **{"ownerid@odata.bind": f"/teams({team_id})"})

    row = api.json(f"{CONTRACTS}({row_id})", prefer='odata.include-annotations="*"')
    assert (row["_ownerid_value"], row["_owningteam_value"]) == (team_id, team_id)
    assert row["_owninguser_value"] is None
    assert row["_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "team"
    assert (names(member.api), names(other.api)) == (["team's"], [])


def test_a_role_of_a_team_is_its_members(api: Api) -> None:
    member = user(api, {CREATE: "Basic"})
    team(api, {READ: "Global"}, member)
    api.contract("anybody's")

    assert names(member.api) == ["anybody's"]


@pytest.mark.parametrize("depth", EVERY_DEPTH)
def test_who_has_the_administrators_role_may_do_everything(api: Api, depth: str) -> None:
    me = user(api, {READ: depth})
    hold(api, me.user_id, seeds.ADMINISTRATOR_ROLE_ID)

    row_id = me.api.contract("x")

    assert me.api.call("DELETE", f"{CONTRACTS}({row_id})").status_code == 204


def test_who_has_no_role_gets_nothing(api: Api) -> None:
    me = user(api)

    status, code, message = refusal(me.api.get("WhoAmI"))

    assert (status, code) == (403, "0x80042f09")
    assert message.startswith(f"The user with id {me.user_id} has not been assigned any roles.")


def test_a_role_counts_at_once_and_no_longer_than_it_is_held(api: Api) -> None:
    me = user(api, {CREATE: "Basic"})
    role_id = role(api, {READ: "Global"})
    link = f"systemusers({me.user_id})/systemuserroles_association({role_id})/$ref"
    statuses = [me.api.get(CONTRACTS).status_code]

    hold(api, me.user_id, role_id)
    statuses.append(me.api.get(CONTRACTS).status_code)
    assert api.call("DELETE", link).status_code == 204
    statuses.append(me.api.get(CONTRACTS).status_code)

    assert statuses == [403, 200, 403]


def test_a_row_of_nobody_knows_no_depth(api: Api) -> None:
    me = user(api, {"prvReadProduct": "Global"})

    assert me.api.get("products").status_code == 200
    assert refusal(me.api.get("w365_watermarks"))[:2] == DENIED


@pytest.fixture
def acting(api: Api) -> Person:
    """Somebody who may act for others and read what is their own."""
    return user(api, {"prvActOnBehalfOfAnotherUser": "Global", READ: "Basic", CREATE: "Basic"})


def test_who_acts_for_another_needs_a_privilege_for_it(api: Api) -> None:
    me = user(api, {READ: "Global"})

    answer = me.api.get(CONTRACTS, MSCRMCallerID=seeds.PERSON_ID)

    assert refusal(answer)[:2] == DENIED
    assert "is missing prvActOnBehalfOfAnotherUser privilege" in refusal(answer)[2]


def test_who_acts_for_another_may_do_what_both_may(api: Api, acting: Person) -> None:
    other = user(api, {READ: "Global", WRITE: "Global"})
    owned(api, "other's", other)
    owned(api, "acting's", acting)
    owned(api, "both's", acting)
    header = {"MSCRMCallerID": other.user_id}

    found = acting.api.value(CONTRACTS, **header)
    created = acting.api.call("POST", CONTRACTS, {"w365_name": "x"}, **header)

    assert sorted(row["w365_name"] for row in found) == ["acting's", "both's"]
    assert f"is missing {CREATE} privilege" in refusal(created)[2]
    assert f"Id={other.user_id}" in refusal(created)[2]


@pytest.mark.parametrize(
    ("header", "privilege"),
    [
        ({"MSCRM.BypassCustomPluginExecution": "true"}, "prvBypassCustomPlugins"),
        ({"MSCRM.BypassBusinessLogicExecution": "CustomSync"}, "prvBypassCustomBusinessLogic"),
        (
            {"MSCRM.BypassBusinessLogicExecutionStepIds": seeds.PERSON_ID},
            "prvBypassCustomBusinessLogic",
        ),
    ],
)
def test_to_pass_over_webhooks_needs_a_privilege(
    api: Api, header: dict[str, str], privilege: str
) -> None:
    me, privileged = user(api, {READ: "Basic"}), user(api, {READ: "Basic", privilege: "Global"})

    answers = [each.api.call("GET", CONTRACTS, **header) for each in (me, privileged)]

    assert f"is missing {privilege} privilege" in refusal(answers[0])[2]
    assert answers[1].status_code == 200


@pytest.mark.parametrize(
    ("method", "key", "verb"),
    [("POST", "", "Create"), ("DELETE", "(LogicalName='w365_job')", "Delete")],
)
def test_definitions_are_changed_with_a_privilege_only(
    api: Api, method: str, key: str, verb: str
) -> None:
    me = user(api, {READ: "Global"})

    answer = me.api.call(method, f"EntityDefinitions{key}", {})

    assert refusal(answer)[:2] == DENIED
    assert f"is missing prv{verb}Entity privilege" in refusal(answer)[2]


FETCH = "<fetch><entity name='w365_billingcontract'><attribute name='w365_name'/></entity></fetch>"
SELECT = "SELECT w365_name FROM w365_billingcontract"
LINKED = (
    "<fetch><entity name='account'><attribute name='name'/><link-entity "
    "name='w365_billingcontract' from='w365_customer' to='accountid' alias='c'>"
    "<attribute name='w365_name'/></link-entity></entity></fetch>"
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"{CONTRACTS}?fetchXml={FETCH}", 1),
        (f"accounts?fetchXml={LINKED}", 1),
        (f"{CONTRACTS}?sql={SELECT}", 1),
        (f"{CONTRACTS}?$apply=groupby((w365_name))", 1),
        ("accounts?$filter=w365_account_billingcontract_Customer/any(c:c/w365_name eq 'x')", 0),
    ],
)
def test_no_way_of_reading_shows_what_is_out_of_sight(api: Api, query: str, expected: int) -> None:
    me = user(api, {READ: "Basic", "prvReadAccount": "Global"})
    customer = {"w365_Customer@odata.bind": f"/accounts({api.account()})"}
    api.contract("mine", **{"ownerid@odata.bind": me.bind}, **customer)
    api.contract("x", **customer)

    assert len(me.api.value(query)) == expected


def test_rows_that_come_along_are_those_in_sight(api: Api) -> None:
    me = user(api, {READ: "Basic", "prvReadAccount": "Global"})
    account = api.account()
    customer = {"w365_Customer@odata.bind": f"/accounts({account})"}
    api.contract("mine", **{"ownerid@odata.bind": me.bind}, **customer)
    api.contract("x", **customer)
    collection = "w365_account_billingcontract_Customer"

    found = me.api.json(f"accounts({account})?$select=name&$expand={collection}")

    assert [row["w365_name"] for row in found[collection]] == ["mine"]
    followed = me.api.value(f"accounts({account})/{collection}")
    assert [row["w365_name"] for row in followed] == ["mine"]


def test_a_table_that_may_not_be_read_does_not_come_along(api: Api) -> None:
    me = user(api, {READ: "Global"})
    api.contract("x", **{"w365_Customer@odata.bind": f"/accounts({api.account()})"})

    answer = me.api.get(f"{CONTRACTS}?$expand=w365_Customer($select=name)")

    assert refusal(answer)[:2] == DENIED
    assert "is missing prvReadAccount privilege" in refusal(answer)[2]


def test_changes_are_tracked_of_what_is_in_sight(api: Api) -> None:
    me = user(api, {READ: "Basic"})
    first = me.api.json(CONTRACTS, prefer="odata.track-changes")
    api.contract("x")
    owned(api, "mine", me)

    found = me.api.value(first["@odata.deltaLink"])

    assert [row["w365_name"] for row in found] == ["mine"]
