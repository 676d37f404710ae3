"""Pages of changes."""

from uuid import UUID

import pytest

from work365.adapters.dataverse.delta import Delta, delta_of, joined

ROOT = "https://org.example/api/data/v9.2/"
GONE = UUID("11111111-2222-3333-4444-555555555555")
DELETED = {
    "@odata.context": f"{ROOT}$metadata#accounts/$deletedEntity",
    "id": str(GONE),
    "reason": "deleted",
}


def test_deleted_rows_are_told_from_changed_ones() -> None:
    changed = {"name": "x", "id": "a column that happens to have this name"}

    delta = delta_of({"value": [changed, DELETED], "@odata.deltaLink": "later"})

    assert delta == Delta([changed], [GONE], "later")


def test_a_page_before_the_last_is_read_on_from_its_next_link() -> None:
    assert delta_of({"value": [], "@odata.nextLink": "more"}).link == "more"


def test_a_page_without_any_link_is_an_error() -> None:
    with pytest.raises(KeyError):
        delta_of({"value": []})


def test_pages_joined_end_where_the_last_one_ends() -> None:
    pages = [Delta([{"a": 1}], [], "1"), Delta([{"a": 2}], [GONE], "2")]

    assert joined(pages) == Delta([{"a": 1}, {"a": 2}], [GONE], "2")
