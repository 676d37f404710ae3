"""Users, teams, units and roles for the tests of who may do what."""

from dataclasses import dataclass
from uuid import uuid4

import httpx

from tests.emulators.dataverse.conftest import Api
from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.privileges import privilege_id

Privileges = dict[str, str]
"""Depths by privilege."""

CONTRACTS = "w365_billingcontracts"
NOUN = "w365_BillingContract"
READ = f"prvRead{NOUN}"
CREATE = f"prvCreate{NOUN}"
WRITE = f"prvWrite{NOUN}"
DELETE = f"prvDelete{NOUN}"
ASSIGN = f"prvAssign{NOUN}"
SHARE = f"prvShare{NOUN}"
APPEND = f"prvAppend{NOUN}"


class SignedIn(Api):
    """Sends requests as somebody else than the first user, over the same connections."""

    def __init__(self, api: Api, token: str) -> None:
        self.url, self.root, self.http = api.url, api.root, api.http
        self.token = token

    def call(
        self, method: str, path: str, body: object = None, *, prefer: str = "", **headers: str
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **headers}
        return super().call(method, path, body, prefer=prefer, **headers)


@dataclass(frozen=True)
class Person:
    """A user who signs in."""

    api: Api
    user_id: str

    @property
    def bind(self) -> str:
        return f"/systemusers({self.user_id})"


def unit(api: Api, name: str, parent: str = seeds.BUSINESS_UNIT_ID) -> str:
    return api.create(
        "businessunits",
        name=name,
        **{"parentbusinessunitid@odata.bind": f"/businessunits({parent})"},
    )


def role(api: Api, privileges: Privileges, name: str = "") -> str:
    role_id = api.create("roles", name=name or uuid4().hex)
    answer = give(api, role_id, privileges)
    assert answer.status_code == 204, answer.text
    return role_id


def give(api: Api, role_id: str, privileges: Privileges) -> httpx.Response:
    return api.call(
        "POST",
        f"roles({role_id})/Microsoft.Dynamics.CRM.AddPrivilegesRole",
        {
            "Privileges": [
                {"PrivilegeId": privilege_id(name), "Depth": depth}
                for name, depth in privileges.items()
            ]
        },
    )


def associate(api: Api, near: str, collection: str, far: str) -> httpx.Response:
    return api.call("POST", f"{near}/{collection}/$ref", {"@odata.id": api.root + far})


def user(
    api: Api, privileges: Privileges | None = None, *, business_unit: str = seeds.BUSINESS_UNIT_ID
) -> Person:
    """Create a user, with a role where there are privileges, and sign them in."""
    user_id = api.create(
        "systemusers",
        fullname="Somebody",
        **{"businessunitid@odata.bind": f"/businessunits({business_unit})"},
    )
    if privileges is not None:
        hold(api, user_id, role(api, privileges))
    return Person(SignedIn(api, f"user:{user_id}"), user_id)


def hold(api: Api, user_id: str, role_id: str) -> None:
    """Give a user a role."""
    answer = associate(
        api, f"systemusers({user_id})", "systemuserroles_association", f"roles({role_id})"
    )
    assert answer.status_code == 204, answer.text


def team(api: Api, privileges: Privileges, *members: Person) -> str:
    """Create a team with a role and members, and return its id."""
    team_id = api.create("teams", name="Team")
    answer = associate(
        api, f"teams({team_id})", "teamroles_association", f"roles({role(api, privileges)})"
    )
    assert answer.status_code == 204, answer.text
    for member in members:
        answer = associate(
            api,
            f"teams({team_id})",
            "teammembership_association",
            f"systemusers({member.user_id})",
        )
        assert answer.status_code == 204, answer.text
    return team_id


def names(api: Api, query: str = "") -> list[str]:
    """Return the names of the contracts in sight."""
    return sorted(row["w365_name"] for row in api.value(f"{CONTRACTS}{query}"))
