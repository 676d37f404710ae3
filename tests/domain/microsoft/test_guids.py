import pytest

from work365.domain.microsoft.guids import is_guid

ID = "9b1f6b3c-55a3-4a9b-90cf-8b1f2c3f8a20"


@pytest.mark.parametrize("text", [ID, ID.upper()])
def test_an_id_is_one_in_either_case(text: str) -> None:
    assert is_guid(text)


@pytest.mark.parametrize(
    "text", ["", ID[:-1], f"{ID}\n", f" {ID}", f"{{{ID}}}", ID.replace("-", ""), f"g{ID[1:]}"]
)
def test_whatever_else_stands_in_its_place_is_none(text: str) -> None:
    assert not is_guid(text)
