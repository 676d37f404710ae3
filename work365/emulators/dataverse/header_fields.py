"""Header fields of a request, by lower-case name.

Source: RFC 9110, 5.3: fields of one name are one list, with commas between; a field that is no
list may be there once only.
"""

from collections.abc import Iterable

from work365.emulators.dataverse.errors import query_error

SINGLE = frozenset(
    ("authorization", "content-id", "content-type", "callerobjectid", "consistency", "host")
)
OF_DATAVERSE = "mscrm"


def header_fields(stated: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the fields; those of one name together.

    Raises: DataverseError: a field that is no list is there twice.
    """
    found: dict[str, str] = {}
    for written, value in stated:
        name = written.lower()
        if name in found and (name in SINGLE or name.startswith(OF_DATAVERSE)):
            raise query_error(f"The header '{written}' was specified more than once.")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found
