"""Roles of Microsoft's directory that a customer can be asked for, from a data file."""

import tomllib
from functools import cache
from importlib.resources import files

from work365.domain.microsoft.admin_rights import EntraRole

FILE = "entra_roles.toml"


@cache
def entra_roles() -> tuple[EntraRole, ...]:
    """Return the roles, by name."""
    content = tomllib.loads((files(__package__) / FILE).read_text(encoding="utf-8"))
    roles = [EntraRole(id=id_, name=name) for name, id_ in content["roles"].items()]
    return tuple(sorted(roles, key=lambda role: role.name))
