from uuid import UUID

from dataverse_schema.identifiers import identifier


def test_an_id_stays_the_same_for_ever() -> None:
    # Environments have rows with these ids; another one would be a second row.
    assert identifier("role", "Work 365 Billing") == UUID("890e3225-df13-576f-96f4-d39856b33f2c")


def test_another_kind_or_name_has_another_id() -> None:
    ids = {identifier("role", "A"), identifier("role", "B"), identifier("view", "A")}

    assert len(ids) == 3
