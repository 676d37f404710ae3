import pytest

from work365.emulators.dataverse.errors import DataverseError
from work365.emulators.dataverse.header_fields import header_fields


def test_fields_of_one_name_are_one_list() -> None:
    found = header_fields([("Prefer", "return=representation"), ("prefer", "odata.maxpagesize=3")])

    assert found == {"prefer": "return=representation, odata.maxpagesize=3"}


@pytest.mark.parametrize("name", ["Authorization", "Content-Type", "MSCRM.SolutionUniqueName"])
def test_a_field_that_is_no_list_may_be_there_once(name: str) -> None:
    with pytest.raises(DataverseError, match=f"'{name}' was specified more than once"):
        header_fields([(name, "a"), (name, "b")])
