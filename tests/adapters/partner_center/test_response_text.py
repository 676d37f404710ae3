"""JSON as Partner Center writes it, and what is none."""

from decimal import Decimal

import pytest

from work365.adapters.partner_center.response_text import NotJson, read_response


@pytest.mark.parametrize("text", ['{"a":1.10}', '\ufeff {"a":1.10}', '?{"a":1.10}', ' {"a":1.10}'])
def test_marks_are_read_over_and_digits_kept(text: str) -> None:
    found = read_response(text)

    assert found == {"a": Decimal("1.10")}
    assert str(found["a"]) == "1.10"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a":', "line 1"),
        ('{"a":1,"a":2}', '"a" is in one object twice'),
        ('{"a":NaN}', "cannot be a response"),
        ("[" * 100_000, "cannot be a response"),
        ("1" * 10_000, "cannot be a response"),
        ("", "not JSON"),
    ],
)
def test_what_is_no_answer_says_why(text: str, why: str) -> None:
    with pytest.raises(NotJson, match=why):
        read_response(text)
