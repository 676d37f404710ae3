"""The names of privileges, the rights that they give, and how far they reach.

Source: documented values of `AccessRights`, and the depth masks of `roleprivileges`.
"""

from enum import IntFlag
from zlib import crc32

from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.seeds import fixed_id


class Right(IntFlag):
    """What can be done with a row."""

    READ = 1
    WRITE = 2
    APPEND = 4
    APPEND_TO = 16
    CREATE = 32
    DELETE = 65_536
    SHARE = 262_144
    ASSIGN = 524_288

    @property
    def verb(self) -> str:
        """The right as privileges name it."""
        assert self.name is not None, "a privilege is about one right"
        return "".join(part.capitalize() for part in self.name.split("_"))


BASIC, LOCAL, DEEP, GLOBAL = 1, 2, 4, 8
"""Depth masks: one's own rows, those of the business unit, of the units below it, every row."""

DEPTH_NAMES = {BASIC: "Basic", LOCAL: "Local", DEEP: "Deep", GLOBAL: "Global"}

ACT_ON_BEHALF = "prvActOnBehalfOfAnotherUser"
ASSIGN_ROLE = "prvAssignRole"
BYPASS_SYNCHRONOUS = "prvBypassCustomPlugins"
BYPASS_LOGIC = "prvBypassCustomBusinessLogic"
READ_RECORD_HISTORY = "prvReadRecordAuditHistory"
READ_AUDIT = "prvReadAuditSummary"
PUBLISH = "prvPublishCustomization"
BULK_DELETE = "prvBulkDelete"

METADATA_RIGHTS = (Right.CREATE, Right.READ, Right.WRITE, Right.DELETE)
METADATA_NOUNS = ("Entity", "Attribute", "Relationship", "OptionSet", "Customization")
OTHER_PRIVILEGES = (
    ACT_ON_BEHALF,
    ASSIGN_ROLE,
    BYPASS_SYNCHRONOUS,
    BYPASS_LOGIC,
    READ_RECORD_HISTORY,
    READ_AUDIT,
    PUBLISH,
    BULK_DELETE,
    *(f"prv{right.verb}{noun}" for noun in METADATA_NOUNS for right in METADATA_RIGHTS),
)
"""Privileges that are about no table's rows, as far as the emulator asks for them."""

_NOUNS = {
    "systemuser": "User",
    "productpricelevel": "Product",
    "pricelevel": "Product",
    "uom": "Product",
    "uomschedule": "Product",
    "transactioncurrency": "TransactionCurrency",
    "systemuserroles": "Role",
    "teamroles": "Role",
    "roleprivileges": "Role",
    "teammembership": "Team",
}
"""How privileges call tables that have none of their own name.

Source: documented privileges by table; those of the intersect tables were not verified.
"""

_OBJECT_TYPE_CODES = {
    "account": 1,
    "contact": 2,
    "systemuser": 8,
    "team": 9,
    "businessunit": 10,
    "product": 1024,
    "organization": 1019,
    "role": 1036,
    "audit": 4567,
    "sdkmessageprocessingstep": 4608,
    "serviceendpoint": 4618,
    "asyncoperation": 4700,
    "transactioncurrency": 9105,
}
_FIRST_CUSTOM_CODE = 10_000
_CUSTOM_CODES = 10_000


def privilege_name(table: TableDefinition, right: Right) -> str:
    """Return the name of the privilege that gives a right to a table's rows."""
    if table.name == "audit":
        return READ_AUDIT
    return f"prv{right.verb}{_NOUNS.get(table.name, table.schema_name)}"


def privilege_id(name: str) -> str:
    """Return the id of a privilege, the same in every environment here."""
    return fixed_id(f"privilege {name.lower()}")


def object_type_code(table: TableDefinition) -> int:
    """Return the number of a table.

    A real environment numbers custom tables as they are made; here the number follows from
    the name, so that it is the same in each.
    """
    known = _OBJECT_TYPE_CODES.get(table.name)
    return known or _FIRST_CUSTOM_CODE + crc32(table.name.encode()) % _CUSTOM_CODES


def rights_text(mask: int) -> str:
    """Return a mask of rights as the Web API writes it."""
    names = [f"{right.verb}Access" for right in Right if right & mask]
    return ",".join(names) or "None"


def rights_mask(text: str) -> int:
    """Return the mask of rights that are written with commas between.

    Raises: KeyError, for a name that is no right.
    """
    by_name = {f"{right.verb}Access": right for right in Right}
    mask = 0
    for name in text.split(","):
        mask |= 0 if name.strip() == "None" else by_name[name.strip()]
    return mask
