"""Rows are brought together and parted by `$ref`."""

import pytest

from tests.emulators.dataverse.conftest import Api, refusal
from tests.emulators.dataverse.principals import READ, associate, role, user
from work365.emulators.dataverse import seeds

ROLES = "systemuserroles_association"
SUBSCRIPTIONS = "w365_billingcontract_subscription_Contract"
NOWHERE = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def holder(api: Api) -> str:
    """The address of a user."""
    return f"systemusers({user(api).user_id})"


def roles_of(api: Api, holder: str) -> list[str]:
    user_id = holder.partition("(")[2].rstrip(")")
    rows = api.value(f"systemuserrolescollection?$filter=systemuserid eq {user_id}")
    return [str(row["roleid"]) for row in rows]


@pytest.mark.parametrize("form", ["absolute", "relative", "with a slash"])
def test_a_role_is_given_by_reference(api: Api, holder: str, form: str) -> None:
    role_id = role(api, {READ: "Global"})
    prefix = {"absolute": api.root, "relative": "", "with a slash": "/"}[form]
    body = {"@odata.id": f"{prefix}roles({role_id})"}

    answer = api.call("POST", f"{holder}/{ROLES}/$ref", body)

    assert (answer.status_code, answer.content) == (204, b"")
    assert roles_of(api, holder) == [role_id]


def test_a_relationship_is_the_same_from_its_other_end(api: Api, holder: str) -> None:
    role_id = role(api, {READ: "Global"})

    assert associate(api, f"roles({role_id})", ROLES, holder).status_code == 204

    assert roles_of(api, holder) == [role_id]


@pytest.mark.parametrize("form", ["key", "address", "relative"])
def test_what_is_together_is_parted(api: Api, holder: str, form: str) -> None:
    role_id = role(api, {READ: "Global"})
    associate(api, holder, ROLES, f"roles({role_id})")
    path = {
        "key": f"{ROLES}({role_id})/$ref",
        "address": f"{ROLES}/$ref?$id={api.root}roles({role_id})",
        "relative": f"{ROLES}/$ref?$id=roles({role_id})",
    }[form]

    assert api.call("DELETE", f"{holder}/{path}").status_code == 204

    assert roles_of(api, holder) == []


def test_what_is_together_already_is_a_duplicate(api: Api, holder: str) -> None:
    role_id = role(api, {READ: "Global"})
    associate(api, holder, ROLES, f"roles({role_id})")

    answer = associate(api, holder, ROLES, f"roles({role_id})")

    assert refusal(answer) == (412, "0x80040237", "Cannot insert duplicate key.")


def test_what_is_not_together_cannot_be_parted(api: Api, holder: str) -> None:
    answer = api.call("DELETE", f"{holder}/{ROLES}({role(api, {})})/$ref")

    assert refusal(answer)[:2] == (404, "0x80040217")


@pytest.mark.parametrize(
    ("near", "far", "expected"),
    [
        (f"systemusers({NOWHERE})", f"roles({seeds.ADMINISTRATOR_ROLE_ID})", 404),
        (f"systemusers({seeds.PERSON_ID})", f"roles({NOWHERE})", 404),
        (f"systemusers({seeds.PERSON_ID})", f"systemusers({seeds.PERSON_ID})", 400),
    ],
)
def test_both_ends_have_to_be_there(api: Api, near: str, far: str, expected: int) -> None:
    answer = associate(api, near, ROLES, far)

    assert answer.status_code == expected


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_collection_takes_no_other_method(api: Api, holder: str, method: str) -> None:
    answer = api.call(method, f"{holder}/{ROLES}/$ref", {"@odata.id": "roles(1)"})

    assert refusal(answer)[:2] == (405, "0x80060888")


def test_a_reference_needs_an_address(api: Api, holder: str) -> None:
    answers = [
        api.call("POST", f"{holder}/{ROLES}/$ref", {}),
        api.call("DELETE", f"{holder}/{ROLES}/$ref"),
    ]

    assert [refusal(answer)[:2] for answer in answers] == [(400, "0x80060888")] * 2


def test_privileges_of_a_role_have_actions_of_their_own(api: Api) -> None:
    (privilege, *_) = api.value("privileges?$top=1")
    role_id = role(api, {})

    answer = associate(
        api,
        f"roles({role_id})",
        "roleprivileges_association",
        f"privileges({privilege['privilegeid']})",
    )

    assert refusal(answer)[:2] == (501, "0x80040219")


def test_one_of_many_is_given_to_a_row_and_taken_away(api: Api) -> None:
    contract = api.contract()
    subscription = api.create("w365_subscriptions", w365_name="x")
    near, far = f"w365_billingcontracts({contract})", f"w365_subscriptions({subscription})"

    added = associate(api, near, SUBSCRIPTIONS, far)
    referred = api.json(far)["_w365_contract_value"]
    removed = api.call("DELETE", f"{near}/{SUBSCRIPTIONS}({subscription})/$ref")

    assert (added.status_code, referred) == (204, contract)
    assert removed.status_code == 204
    assert api.json(far)["_w365_contract_value"] is None


def test_a_row_of_another_is_not_taken_away(api: Api) -> None:
    contract = api.contract()
    subscription = api.create("w365_subscriptions", w365_name="x")

    answer = api.call(
        "DELETE", f"w365_billingcontracts({contract})/{SUBSCRIPTIONS}({subscription})/$ref"
    )

    assert refusal(answer)[:2] == (404, "0x80040217")


def test_a_row_made_in_a_change_set_is_referred_to(api: Api, holder: str) -> None:
    operations = [
        ("POST", "roles", '{"name": "new"}'),
        ("POST", f"{holder}/{ROLES}/$ref", '{"@odata.id": "$1"}'),
    ]
    parts = "".join(
        f"--set\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
        f"Content-ID: {number}\r\n\r\n{method} {path} HTTP/1.1\r\n"
        f"Content-Type: application/json\r\n\r\n{body}\r\n"
        for number, (method, path, body) in enumerate(operations, start=1)
    )
    body = (
        f"--all\r\nContent-Type: multipart/mixed; boundary=set\r\n\r\n{parts}--set--\r\n--all--\r\n"
    )

    answer = api.call("POST", "$batch", body, **{"Content-Type": "multipart/mixed; boundary=all"})

    assert answer.status_code == 200
    (role_row,) = api.value("roles?$filter=name eq 'new'")
    assert roles_of(api, holder) == [role_row["roleid"]]


def test_a_row_that_goes_belongs_to_nothing_any_more(api: Api, holder: str) -> None:
    role_id = role(api, {READ: "Global"})
    associate(api, holder, ROLES, f"roles({role_id})")

    assert api.call("DELETE", f"roles({role_id})").status_code == 204

    assert roles_of(api, holder) == []


def test_to_give_a_role_needs_a_privilege(api: Api, holder: str) -> None:
    plain, giving = user(api, {READ: "Basic"}), user(api, {"prvAssignRole": "Global"})
    role_id = role(api, {READ: "Global"})

    answers = [associate(each.api, holder, ROLES, f"roles({role_id})") for each in (plain, giving)]

    assert "is missing prvAssignRole privilege" in refusal(answers[0])[2]
    assert answers[1].status_code == 204
