"""What keeps columns and tables from being deleted: whatever uses them, and never their rows."""

from tests.emulators.dataverse.conftest import Api, refusal
from tests.emulators.dataverse.definition_bodies import (
    THING,
    column,
    lookup_to,
    make,
    make_thing,
    table,
)

USED = (400, "0x8004f01f")
CODE = f"{THING}/Attributes(LogicalName='new_code')"
FETCH = (
    "<fetch><entity name='new_thing'><attribute name='new_thingid'/><filter><filter>"
    "<condition attribute='new_code' operator='not-null'/></filter></filter></entity></fetch>"
)
LINKED = (
    "<fetch><entity name='contact'><attribute name='contactid'/><link-entity name='new_thing' "
    "from='new_code' to='lastname'><attribute name='new_name'/></link-entity></entity></fetch>"
)
GRID = "<grid><row id='new_thingid'><cell name='new_name'/><cell name='a.other'/></row></grid>"


def view(api: Api, fetch: str = FETCH, table_name: str = "new_thing") -> str:
    return api.create(
        "savedqueries",
        name="Coded",
        returnedtypecode=table_name,
        querytype=0,
        fetchxml=fetch,
        layoutxml=GRID if table_name == "new_thing" else None,
    )


def test_a_column_of_a_key_is_not_deleted(blank: Api) -> None:
    make_thing(blank, column("String", "new_Code"))
    make(blank, f"{THING}/Keys", {"SchemaName": "new_ByCode", "KeyAttributes": ["new_code"]})

    answer = blank.call("DELETE", CODE)

    assert refusal(answer)[:2] == USED
    assert "the key new_ByCode" in refusal(answer)[2]


def test_a_column_in_a_view_is_not_deleted_until_the_view_is(blank: Api) -> None:
    make_thing(blank, column("String", "new_Code"))
    blank.create("new_things", new_code="A1")
    coded = view(blank)
    linked = view(blank, LINKED, "contact")

    used = blank.call("DELETE", CODE)
    blank.call("DELETE", f"savedqueries({coded})")
    still_used = blank.call("DELETE", CODE)
    blank.call("DELETE", f"savedqueries({linked})")
    unused = blank.call("DELETE", CODE)

    assert refusal(used)[:2] == refusal(still_used)[:2] == USED
    assert "the view Coded of new_thing" in refusal(used)[2]
    assert "the view Coded of contact" in refusal(still_used)[2]
    assert unused.status_code == 204


def test_a_column_on_a_form_is_not_deleted(blank: Api) -> None:
    make_thing(blank, column("String", "new_Code"))
    (form,) = blank.value("systemforms?$filter=objecttypecode eq 'new_thing'")
    xml = "<form><control id='c' datafieldname='new_code'/><control id='x'/></form>"
    blank.call("PATCH", f"systemforms({form['formid']})", {"formxml": xml})

    answer = blank.call("DELETE", CODE)

    assert refusal(answer)[:2] == USED
    assert "the form Information of new_thing" in refusal(answer)[2]


def test_a_table_that_others_refer_to_is_not_deleted(blank: Api) -> None:
    make_thing(blank)
    make(blank, "EntityDefinitions", table("new_Other"))
    made = make(blank, "RelationshipDefinitions", lookup_to("new_thing", "new_Thing", "new_other"))
    blank.call("DELETE", f"RelationshipDefinitions({made})")
    make(blank, "RelationshipDefinitions", lookup_to("new_thing", "new_Thing", "new_other"))

    answer = blank.call("DELETE", THING)

    assert refusal(answer)[:2] == USED
    assert "the lookup new_thing of new_other" in refusal(answer)[2]


def test_a_table_in_another_table_s_view_is_not_deleted(blank: Api) -> None:
    make_thing(blank, column("String", "new_Code"))
    view(blank, LINKED, "contact")

    answer = blank.call("DELETE", THING)

    assert refusal(answer)[:2] == USED


def test_a_table_that_refers_to_itself_goes(blank: Api) -> None:
    make_thing(blank)
    make(blank, "RelationshipDefinitions", lookup_to("new_thing", "new_Parent"))

    answer = blank.call("DELETE", THING)

    assert answer.status_code == 204
