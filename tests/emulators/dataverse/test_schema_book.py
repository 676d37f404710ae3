"""Definitions stay beside the rows: after closing, after a crash, and for whoever reads on."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from tests.emulators.dataverse.conftest import Api, served
from tests.emulators.dataverse.definition_bodies import (
    CRM,
    THING,
    choice,
    column,
    columns_of,
    idle,
    lookup_to,
    make,
    make_thing,
)
from work365.emulators.dataverse.app import create_app
from work365.emulators.dataverse.data_definition import alter
from work365.emulators.dataverse.definition_store import load, save
from work365.emulators.dataverse.environment import Environment
from work365.emulators.dataverse.schema import blank_schema, installed_schema
from work365.emulators.dataverse.schema_changes import change_schema, with_table, without_column

ADDED_COLUMNS = 25


@contextmanager
def opened(state: Path, *, is_blank: bool = True) -> Iterator[Api]:
    with served(create_app(state=state, is_blank=is_blank)) as url:
        api = Api(url)
        yield api
        api.http.close()


def test_definitions_are_as_they_were_when_the_file_is_opened_again(tmp_path: Path) -> None:
    state = tmp_path / "rows.db"
    with opened(state) as api:
        make(api, "GlobalOptionSetDefinitions", choice(Small=1, Large=2))
        bound = {"GlobalOptionSet@odata.bind": "/GlobalOptionSetDefinitions(Name='new_size')"}
        make_thing(
            api,
            column("Picklist", "new_Size", **bound),
            column("Money", "new_Price", PrecisionSource=0, Precision=4),
            column("String", "new_Gone"),
        )
        make(api, "RelationshipDefinitions", lookup_to("account"))
        make(api, f"{THING}/Keys", {"SchemaName": "new_ByName", "KeyAttributes": ["new_name"]})
        idle(api)
        api.call("DELETE", f"{THING}/Attributes(LogicalName='new_gone')")
        api.create("new_things", new_name="A lamp", new_size=2)
        before = [columns_of(api), api.value(f"{THING}/Keys"), api.value("RelationshipDefinitions")]

    with opened(state) as api:
        after = [columns_of(api), api.value(f"{THING}/Keys"), api.value("RelationshipDefinitions")]
        row = api.json("new_things(new_name='A lamp')")

    assert after == before
    assert row["new_size"] == 2


def test_what_was_deleted_from_an_installed_environment_does_not_come_back(
    tmp_path: Path,
) -> None:
    state = tmp_path / "rows.db"
    address = "EntityDefinitions(LogicalName='w365_watermark')"
    with opened(state, is_blank=False) as api:
        deleted = api.call("DELETE", address)

    with opened(state, is_blank=False) as api:
        found = api.get(address)

    assert (deleted.status_code, found.status_code) == (204, 404)


def test_an_emulator_that_has_learned_more_adds_it_to_an_older_file(tmp_path: Path) -> None:
    environment = Environment(tmp_path / "rows.db", None, is_blank=True)
    blank = blank_schema()
    older = without_column(blank, blank.tables["account"], "address1_city")
    older = with_table(older, blank.tables["contact"])
    with environment.database.writing() as connection:
        kept = load(connection)
        assert kept is not None
        alter(connection, kept, older)
        save(connection, kept, older)
        connection.execute("UPDATE _definition SET document = 'older' WHERE kind = 'first'")
    environment.close()

    again = Environment(tmp_path / "rows.db", None, is_blank=True)

    assert again.schema == blank
    with again.database.reading() as connection:
        connection.execute("SELECT address1_city FROM account")
    again.close()


def test_a_schema_is_kept_without_loss(tmp_path: Path) -> None:
    environment = Environment(tmp_path / "rows.db", None)

    with environment.database.reading() as connection:
        kept = load(connection)

    assert kept == installed_schema()
    environment.close()


CRASHING = """
import os, sys
from pathlib import Path
from work365.emulators.dataverse.environment import Environment
from work365.emulators.dataverse.schema_changes import change_schema, without_column

environment = Environment(Path(sys.argv[1]), None, is_blank=True)
with environment.transaction(environment.system) as transaction:
    schema = transaction.schema
    change_schema(transaction, without_column(schema, schema.tables["account"], "address1_city"))
    os._exit(1)
"""


def test_a_crash_leaves_tables_and_definitions_in_agreement(tmp_path: Path) -> None:
    state = tmp_path / "rows.db"

    crashed = subprocess.run([sys.executable, "-c", CRASHING, str(state)], timeout=60, check=False)

    assert crashed.returncode == 1
    with opened(state) as api:
        account = api.account("Contoso", address1_city="Oslo")
        assert api.json(f"accounts({account})")["address1_city"] == "Oslo"
        assert "address1_city" in columns_of(api, "EntityDefinitions(LogicalName='account')")


def test_a_change_that_fails_is_as_if_it_had_not_been(tmp_path: Path) -> None:
    environment = Environment(tmp_path / "rows.db", None, is_blank=True)
    schema = environment.schema

    def fail() -> None:
        with environment.transaction(environment.system) as transaction:
            account = schema.tables["account"]
            change_schema(transaction, without_column(schema, account, "address1_city"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert environment.schema is schema
    with environment.reader(environment.system) as reader:
        assert reader.schema is schema
        reader.connection.execute("SELECT address1_city FROM account")
    environment.close()


def test_who_reads_sees_one_schema_while_another_comes(tmp_path: Path) -> None:
    environment = Environment(tmp_path / "rows.db", None, is_blank=True)
    before = environment.schema

    with environment.reader(environment.system) as early:
        with environment.transaction(environment.system) as transaction:
            account = before.tables["account"]
            change_schema(transaction, without_column(before, account, "address1_city"))
        with environment.reader(environment.system) as late:
            names = [
                {row[1] for row in each.connection.execute("PRAGMA table_info(account)")}
                for each in (early, late)
            ]

            assert early.schema is before
            assert late.schema is environment.schema
            assert [set(each.schema.tables["account"].columns) for each in (early, late)] == names
    environment.close()


def test_rows_are_written_and_read_while_columns_come(blank: Api) -> None:
    make_thing(blank)
    statuses: list[int] = []

    def read_and_write() -> None:
        with_client = Api(blank.url)
        for _ in range(ADDED_COLUMNS):
            statuses.append(with_client.call("POST", "new_things", {"new_name": "x"}).status_code)
            statuses.append(with_client.get("new_things?$top=3").status_code)
        with_client.http.close()

    thread = Thread(target=read_and_write)
    thread.start()
    for number in range(ADDED_COLUMNS):
        make(blank, f"{THING}/Attributes", column("String", f"new_C{number}"))
    thread.join()

    assert set(statuses) == {200, 204}
    address = f"{THING}/Attributes/{CRM}StringAttributeMetadata?$select=LogicalName"
    assert len(blank.value(address)) == ADDED_COLUMNS + 1
