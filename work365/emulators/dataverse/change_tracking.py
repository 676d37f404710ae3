"""Change tracking: what changed in a table since a token, rows and deletions alike.

A token is a version and the moment it was given. A first answer has every row, on as many pages
as it takes, and the token of when its first page was read; a change made meanwhile comes
again with the next delta. A delta is net: of a row made and deleted since, only the deletion
is seen.
"""

import re
from datetime import UTC, datetime, timedelta

from work365.emulators.dataverse.calls import MAXIMUM_PAGE_SIZE, Answer, Call
from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.errors import QUERY_ERROR, DataverseError, query_error
from work365.emulators.dataverse.joins import ROOT, Joins
from work365.emulators.dataverse.paging import (
    Cookie,
    bad_cookie,
    decode_cookie,
    encode_cookie,
    next_link,
)
from work365.emulators.dataverse.query_options import QueryOptions, read_options
from work365.emulators.dataverse.reading import (
    COUNT_MAX,
    Query,
    Reader,
    count_answer,
    rows_answer,
    shape_of,
)
from work365.emulators.dataverse.sql import select, sql
from work365.emulators.dataverse.statements import conjunction
from work365.emulators.dataverse.transactions import FIRST_VERSION, VERSION_COUNTER
from work365.emulators.dataverse.viewpoints import Viewpoint

TOKEN_LIFETIME = timedelta(days=7)
OPTIONS = frozenset(("$select", "$skiptoken", "$deltatoken"))
TOKEN = "deltatoken"  # noqa: S105 - the name of a query option, no secret
UNTIL = "until"
_TOKEN = re.compile(r"(\d+)!(\d{2}/\d{2}/\d{4} \d{2}:\d{2}:\d{2})")
_MOMENT = "%m/%d/%Y %H:%M:%S"


def changes_answer(reader: Reader, table: TableDefinition, call: Call) -> Answer:
    """Answer with every row and a token, or with what changed since a token."""
    options = _options(table, call)
    if options.delta_token is not None:
        return _delta(reader, table, call, options, _since(options.delta_token, reader))
    cookie = decode_cookie(options.skip_token) if options.skip_token else None
    if cookie is not None and cookie.position[0][0] == TOKEN:
        return _delta(reader, table, call, options, int(cookie.position[0][1] or 0), cookie)
    return _everything(reader, table, call, options, cookie)


def count_changes(reader: Reader, table: TableDefinition, call: Call) -> Answer:
    """Answer with the number of rows that changed since a token, deleted ones among them."""
    options = _options(table, call)
    window = (_since(options.delta_token or "", reader), _latest(reader), COUNT_MAX)
    _, found = _changed(reader, table, call, options, window)
    return count_answer(len(found))


def _options(table: TableDefinition, call: Call) -> QueryOptions:
    """Return the options of a request for changes; raises where it may have none of them."""
    if not table.change_tracking:
        raise DataverseError(
            400,
            QUERY_ERROR,
            f"Entity: {table.name} does not have change tracking enabled.",
        )
    options = read_options(call.parameters)
    for name in sorted(options.given - OPTIONS):
        raise query_error(
            f'The "{name}" query parameter isn\'t supported when Change Tracking is enabled.'
        )
    return options


def asks_for_changes(call: Call) -> bool:
    """Return whether a request is about changes: by preference, token or cookie."""
    options = dict(call.parameters)
    return (
        call.preferences.track_changes
        or "$deltatoken" in options
        or 'istracking="True"' in options.get("$skiptoken", "")
    )


def _latest(reader: Reader) -> int:
    found = reader.connection.execute(
        "SELECT value FROM _counter WHERE name = ?", (VERSION_COUNTER,)
    ).fetchone()
    return int(found[0]) if found else FIRST_VERSION


def _token(version: int, viewpoint: Viewpoint) -> str:
    return f"{version}!{viewpoint.now.astimezone(UTC).strftime(_MOMENT)}"


def _since(token: str, reader: Reader) -> int:
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise query_error(f"The delta token '{token}' is not valid.")
    try:
        given = datetime.strptime(found.group(2), _MOMENT).replace(tzinfo=UTC)
    except ValueError as error:
        raise query_error(f"The delta token '{token}' is not valid.") from error
    if reader.viewpoint.now - given > TOKEN_LIFETIME:
        raise DataverseError(
            400,
            "0x80044352",
            "Version stamp associated with the client has expired. Please perform a full sync.",
        )
    return int(found.group(1))


def _page_size(call: Call) -> int:
    return call.preferences.page_size or MAXIMUM_PAGE_SIZE


def _everything(
    reader: Reader,
    table: TableDefinition,
    call: Call,
    options: QueryOptions,
    cookie: Cookie | None,
) -> Answer:
    until = _latest(reader) if cookie is None else _until(cookie)
    after = None
    if cookie is not None:
        after = Cookie(page=cookie.page, position=cookie.position[1:])
    query = Query(reader, table, call, options)
    page = query.page(_page_size(call), after)
    if page.next_cookie is None:
        return _last_page(reader, call, query.shape.context, page.rows, until)
    following = Cookie(
        page=page.next_cookie.page,
        position=((UNTIL, str(until)), *page.next_cookie.position),
        is_tracking=True,
    )
    link = next_link(call.root, call.path, call.query, ("$skiptoken", encode_cookie(following)))
    return rows_answer(call, query.shape.context, page.rows, links={"nextLink": link})


def _until(cookie: Cookie) -> int:
    name, value = cookie.position[0]
    if not cookie.is_tracking or name != UNTIL or value is None or not value.isdigit():
        raise bad_cookie()
    return int(value)


def _last_page(reader: Reader, call: Call, context: str, rows: list[str], until: int) -> Answer:
    link = next_link(
        call.root, call.path, call.query, ("$deltatoken", _token(until, reader.viewpoint))
    )
    return rows_answer(call, context, rows, links={"deltaLink": link})


def _delta(
    reader: Reader,
    table: TableDefinition,
    call: Call,
    options: QueryOptions,
    since: int,
    cookie: Cookie | None = None,
) -> Answer:
    until = _latest(reader)
    if cookie is not None:
        position = dict(cookie.position)
        until = int(position.get(UNTIL) or bad_number())
    size = _page_size(call)
    context, found = _changed(reader, table, call, options, (since, until, size + 1))
    rows = [text for _, text in found[:size]]
    delta_context = f"{context}/$delta"
    if len(found) <= size:
        return _last_page(reader, call, delta_context, rows, until)
    following = Cookie(
        page=2 if cookie is None else cookie.page + 1,
        position=((TOKEN, str(found[size - 1][0])), (UNTIL, str(until))),
        is_tracking=True,
    )
    link = next_link(call.root, call.path, call.query, ("$skiptoken", encode_cookie(following)))
    return rows_answer(call, delta_context, rows, links={"nextLink": link})


def bad_number() -> int:
    """Raise the refusal of a cookie without the number that it must have."""
    raise bad_cookie()


def _changed(
    reader: Reader,
    table: TableDefinition,
    call: Call,
    options: QueryOptions,
    window: tuple[int, int, int],
) -> tuple[str, list[tuple[int, str]]]:
    """Return the context, and versions and texts of what changed, in the order of versions."""
    since, until, limit = window
    joins = Joins(reader.statement(), table)
    shape = shape_of(joins, options, call)
    bind = joins.statement.bind
    version = f'{ROOT}."versionnumber"'
    deleted = f'"@odata.context":"{call.root}$metadata#{table.set_name}/$deletedEntity","id":"'
    first, last = bind(since), bind(until)
    condition = conjunction(f"{version} > {first} AND {version} <= {last}", joins.sight)
    ending = '","reason":"deleted"}'
    statement = sql(
        f"SELECT {version} AS version, {shape.sql} {joins.clauses} WHERE {condition}",
        "UNION ALL",
        select(f"version, {bind(deleted)} || row_id || {bind(ending)}", "FROM _deleted"),
        f"WHERE table_name = {bind(table.name)} AND version > {first} AND version <= {last}",
        f"ORDER BY 1 LIMIT {bind(limit)}",
    )
    found = reader.rows(statement, joins.statement)
    return shape.context, [(int(row[0] or 0), str(row[1])) for row in found]
