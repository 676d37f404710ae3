"""Webhook registrations: which steps there are, and whether an event is theirs.

A real environment posts to ports 80 and 443 only. Here any port will do, because the receiver
is on the same machine, unless the emulator is told to mind.
"""

import html
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from sqlite3 import Connection, Row
from urllib.parse import SplitResult, quote, urlsplit

from work365.emulators.dataverse.calls import Caller
from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.errors import DataverseError, not_emulated
from work365.emulators.dataverse.seeds import RINGING
from work365.emulators.dataverse.system_tables import WEBHOOK_CONTRACT
from work365.emulators.dataverse.transactions import RowEvent, Transaction
from work365.emulators.dataverse.values import SqlValue

SYNCHRONOUS, ASYNCHRONOUS = 0, 1
POST_OPERATION = 40
WEBHOOK_KEY, HEADER_KEY, QUERY_KEY = 4, 5, 6
DEFAULT_PORTS = {"http": 80, "https": 443}
WEBHOOK_PORTS = frozenset(DEFAULT_PORTS.values())
"""Source: the only ports that Dataverse posts to."""

PRE_IMAGE, POST_IMAGE = 0, 1
TABLES = frozenset(("serviceendpoint", "sdkmessageprocessingstep", "sdkmessageprocessingstepimage"))
"""Tables whose rows are registrations."""

_SETTING = re.compile(r'<setting\s+name="([^"]*)"\s+value="([^"]*)"\s*/>')

STEPS = """
    SELECT s.sdkmessageprocessingstepid AS step_id, s.name AS name, m.name AS message,
           f.primaryobjecttypecode AS table_name, s.stage, s.mode, s.rank, s.filteringattributes,
           s.asyncautodelete, s.impersonatinguserid, e.url, e.authtype, e.authvalue
    FROM sdkmessageprocessingstep s
    JOIN sdkmessage m ON m.sdkmessageid = s.sdkmessageid
    JOIN serviceendpoint e ON e.serviceendpointid = s.eventhandler
    LEFT JOIN sdkmessagefilter f ON f.sdkmessagefilterid = s.sdkmessagefilterid
    WHERE s.statecode = 0 ORDER BY coalesce(s.rank, 1), s.createdon, step_id
"""
IMAGES = """
    SELECT sdkmessageprocessingstepid AS step_id, coalesce(entityalias, name) AS alias,
           imagetype, attributes FROM sdkmessageprocessingstepimage
"""


@dataclass(frozen=True, kw_only=True)
class Image:
    """The row as it was or is, sent along with an event."""

    alias: str
    is_before: bool
    is_after: bool
    attributes: frozenset[str]
    """Nothing means every column."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One registration of a webhook for a message."""

    step_id: str
    name: str
    message: str
    table_name: str | None
    """Nothing where the step is for every table."""

    stage: int
    is_asynchronous: bool
    filtering: frozenset[str]
    deletes_outcome: bool
    impersonated_user_id: str | None
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    images: tuple[Image, ...] = ()

    def wants(self, event: RowEvent, caller: Caller) -> bool:
        """Return whether the step is to be told of this event."""
        bypassed = (
            caller.bypasses_asynchronous if self.is_asynchronous else caller.bypasses_synchronous
        )
        if bypassed or self.step_id in caller.bypassed_steps or event.message != self.message:
            return False
        if self.table_name not in (None, event.table.name):
            return False
        if self.message == "Update" and self.filtering:
            return not self.filtering.isdisjoint(event.given)
        return True


def load_steps(connection: Connection) -> tuple[Step, ...]:
    """Return the enabled steps in the order of their ranks."""
    cursor = connection.cursor()
    cursor.row_factory = Row
    images: defaultdict[str, list[Image]] = defaultdict(list)
    for row in cursor.execute(IMAGES).fetchall():
        images[row["step_id"]].append(_image(row))
    return tuple(_step(row, tuple(images[row["step_id"]])) for row in cursor.execute(STEPS))


def _names(text: str | None) -> frozenset[str]:
    return frozenset(name.strip() for name in (text or "").split(",") if name.strip())


def _image(row: Row) -> Image:
    return Image(
        alias=row["alias"],
        is_before=row["imagetype"] != POST_IMAGE,
        is_after=row["imagetype"] != PRE_IMAGE,
        attributes=_names(row["attributes"]),
    )


def _step(row: Row, images: tuple[Image, ...]) -> Step:
    url, headers = _addressed(row["url"], row["authtype"], row["authvalue"] or "")
    return Step(
        step_id=row["step_id"],
        name=row["name"] or "",
        message=row["message"],
        table_name=row["table_name"],
        stage=row["stage"],
        is_asynchronous=row["mode"] == ASYNCHRONOUS,
        filtering=_names(row["filteringattributes"]),
        deletes_outcome=bool(row["asyncautodelete"]),
        impersonated_user_id=row["impersonatinguserid"],
        url=url,
        headers=headers,
        images=images,
    )


def _addressed(url: str, authentication: int, value: str) -> tuple[str, dict[str, str]]:
    """Return the address and the headers that carry the endpoint's key."""
    settings = [
        (html.unescape(name), html.unescape(text)) for name, text in _SETTING.findall(value)
    ]
    if authentication == HEADER_KEY:
        return url, dict(settings)
    if authentication == WEBHOOK_KEY:
        settings = [("code", value)]
    query = "&".join(f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in settings)
    if not query:
        return url, {}
    return f"{url}{'&' if urlsplit(url).query else '?'}{query}", {}


def check_registration(
    transaction: Transaction, table: TableDefinition, row: dict[str, SqlValue]
) -> None:
    """Complete a row that is a registration; raises if Dataverse or the emulator would."""
    if table.name == "serviceendpoint":
        _check_endpoint(transaction.webhook_ports, row)
    check = _CHECKS.get(table.name)
    if check is not None:
        check(transaction.connection, row)


def _check_endpoint(ports: frozenset[int] | None, row: dict[str, SqlValue]) -> None:
    row["isauthvalueset"] = int(row["authvalue"] is not None)
    if row["contract"] != WEBHOOK_CONTRACT:
        raise not_emulated("service endpoints other than webhooks (contract 8)")
    if row["authtype"] not in (WEBHOOK_KEY, HEADER_KEY, QUERY_KEY):
        raise not_emulated("webhooks with another authtype than 4, 5 and 6")
    address = urlsplit(str(row["url"] or ""))
    if address.scheme not in ("http", "https") or not address.hostname:
        raise _invalid(f"The url '{row['url']}' of the webhook is not valid.")
    if ports is not None and _port_of(address) not in ports:
        allowed = " and ".join(map(str, sorted(ports)))
        raise _invalid(f"The url '{row['url']}' of the webhook is not at the ports {allowed}.")


def _port_of(address: SplitResult) -> int | None:
    try:
        return address.port or DEFAULT_PORTS[address.scheme]
    except ValueError:
        return None


def _check_step(connection: Connection, row: dict[str, SqlValue]) -> None:
    if row["eventhandler"] is None or row["sdkmessageid"] is None:
        raise _invalid("A step needs 'eventhandler_serviceendpoint' and 'sdkmessageid'.")
    message = _message_of(connection, row["sdkmessageid"])
    if message not in RINGING:
        raise not_emulated(f"steps on the message '{message}'")
    if row["mode"] == ASYNCHRONOUS and row["stage"] != POST_OPERATION:
        raise _invalid("Only steps of the stage PostOperation can be asynchronous.")
    if row["filteringattributes"] is not None and message != "Update":
        raise _invalid("Filtering attributes can be registered for Update only.")


def _message_of(connection: Connection, message_id: SqlValue) -> str:
    found = connection.execute(
        "SELECT name FROM sdkmessage WHERE sdkmessageid = ?", (message_id,)
    ).fetchone()
    return str(found[0]) if found else ""


def _check_image(connection: Connection, row: dict[str, SqlValue]) -> None:
    found = connection.execute(
        "SELECT m.name, s.stage FROM sdkmessageprocessingstep s "
        "JOIN sdkmessage m ON m.sdkmessageid = s.sdkmessageid "
        "WHERE s.sdkmessageprocessingstepid = ?",
        (row["sdkmessageprocessingstepid"],),
    ).fetchone()
    if found is None:
        raise _invalid("An image needs 'sdkmessageprocessingstepid'.")
    message, stage = found
    expected = "Id" if message == "Create" else "Target"
    if row["messagepropertyname"] != expected:
        raise DataverseError(
            400,
            "0x8004416b",
            f"Message property name '{row['messagepropertyname']}' is not valid on message "
            f"{message}.",
        )
    has_before = row["imagetype"] != POST_IMAGE
    has_after = row["imagetype"] != PRE_IMAGE
    impossible = (message == "Create" and has_before) or (message == "Delete" and has_after)
    if impossible or (has_after and stage != POST_OPERATION):
        raise DataverseError(
            400,
            "0x8004416d",
            f"The image type is not valid for message {message} in this stage.",
        )


def _invalid(message: str) -> DataverseError:
    return DataverseError(400, "0x80040203", message)


_CHECKS: dict[str, Callable[[Connection, dict[str, SqlValue]], None]] = {
    "sdkmessageprocessingstep": _check_step,
    "sdkmessageprocessingstepimage": _check_image,
}
