from uuid import UUID

from work365.adapters.partner_center.entra_roles import entra_roles
from work365.domain.microsoft.admin_rights import GLOBAL_ADMINISTRATOR


def test_roles_have_ids_and_names_of_their_own() -> None:
    roles = entra_roles()

    assert len(roles) > 40
    assert len({role.id for role in roles}) == len({role.name for role in roles}) == len(roles)
    assert all(str(UUID(role.id)) == role.id for role in roles)


def test_the_highest_role_is_the_one_that_cannot_extend_itself() -> None:
    names = {role.id: role.name for role in entra_roles()}

    assert names[GLOBAL_ADMINISTRATOR] == "Global Administrator"
