import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from work365.adapters.partner_center.rules.rules_data import RuleFileInvalid, read_rules

PACKAGE = "work365.adapters.partner_center.rules"
PROVENANCE = 'effective_from = 2026-01-01\nsource = "a test"\ncertainty = "reported"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the product's own rules."""
    for file in files(PACKAGE).iterdir():
        if file.name.endswith(".toml"):
            shutil.copy(str(file), tmp_path / file.name)
    return tmp_path


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_copy_of_the_files_gives_the_same_rules(folder: Path) -> None:
    assert read_rules(folder) == read_rules()


def test_a_further_rule_holds_from_its_day(folder: Path) -> None:
    text = f'\n[[rule]]\n{PROVENANCE}term = "P1M"\nplan = "Monthly"\npercent = 22.5\n'
    with (folder / "uplifts.toml").open("a", encoding="utf-8") as file:
        file.write(text)

    book = read_rules(folder)

    assert [str(rule.percent) for rule in book.uplifts] == ["20", "0", "5", "22.5"]


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (
            "cancellations.toml",
            "window_hours = 72",
            "window_hours = -1",
            "cancellations.toml, rule 1, window_hours is -1: enter a whole number from 0",
        ),
        (
            "cancellations.toml",
            "window_hours = 72",
            "window_hours = true",
            "window_hours is True: enter a whole number",
        ),
        (
            "cancellations.toml",
            "window_hours = 72\n",
            "",
            "window_hours is nothing: enter a whole number",
        ),
        (
            "cancellations.toml",
            "full_refund_hours = 24",
            "full_refund_hours = 200",
            "full_refund_hours is 200: enter at most window_hours, which is 72",
        ),
        (
            "cancellations.toml",
            'product = "licences"',
            'product = "seats"',
            "product is 'seats': enter one of licences, software subscription",
        ),
        (
            "cancellations.toml",
            'product = "software subscription"',
            'product = "licences"',
            "rule 3, effective_from is '2021-01-01': rule 1 is about the same",
        ),
        (
            "cancellations.toml",
            "seats_reducible = true",
            "seats_reducable = true",
            "seats_reducible is nothing: enter true or false",
        ),
        (
            "uplifts.toml",
            "percent = 20",
            "percent = 20\npercents = 20",
            "percents is 20: no rule of this file has such a key",
        ),
        ("uplifts.toml", "percent = 20", "percent = inf", "percent is Decimal('Infinity')"),
        ("uplifts.toml", "percent = 20", "percent = nan", "percent is Decimal('NaN')"),
        ("uplifts.toml", 'term = "P1M"', "term = 1", "term is 1: enter one of P1M, P1Y, P3Y"),
        (
            "after_term.toml",
            "effective_from = 2021-01-01",
            "effective_from = 2021-01-01T00:00:00Z",
            "enter a day such as 2026-05-04",
        ),
        (
            "after_term.toml",
            "effective_from = 2021-01-01",
            'effective_from = "2021-01-01"',
            "effective_from is '2021-01-01': enter a day",
        ),
        ("after_term.toml", 'source = "', 'source = " " # "', "source is ' ': enter a text"),
        ("after_term.toml", '["licences"]', '"licences"', "products is 'licences': enter a list"),
        (
            "arithmetic.toml",
            "start-month+line-towards-zero/1",
            "by-feeling/1",
            "seat_changes is 'by-feeling/1': proration 'by-feeling/1' is not known",
        ),
        (
            "custom_term_ends.toml",
            "[28, 29, 30]",
            "[28, 32]",
            "days_refused is 32: enter a list of days of the month, from 1 to 31",
        ),
        ("renewals.toml", "ask_again_after_minutes = 2", "ask_again_after_minutes = 0", "from 1"),
        ("update_limits.toml", "[[rule]]", "[[rules]]", "update_limits.toml has rules; it must"),
        ("happenings.toml", "[[rule]]", "[[rule", "happenings.toml is no TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_key_value_and_remedy(
    folder: Path, name: str, old: str, new: str, said: str
) -> None:
    edit(folder, name, old, new)

    with pytest.raises(RuleFileInvalid) as refused:
        read_rules(folder)

    assert said in str(refused.value)


def test_a_missing_file_is_refused(folder: Path) -> None:
    (folder / "renewals.toml").unlink()

    with pytest.raises(RuleFileInvalid, match=r"renewals\.toml cannot be read; put the file back"):
        read_rules(folder)


def test_a_file_without_rules_is_refused(folder: Path) -> None:
    (folder / "renewals.toml").write_text("rule = []\n", encoding="utf-8")

    with pytest.raises(RuleFileInvalid, match="has no rule"):
        read_rules(folder)


def test_a_rule_that_is_no_table_is_refused(folder: Path) -> None:
    (folder / "renewals.toml").write_text("rule = [1]\n", encoding="utf-8")

    with pytest.raises(RuleFileInvalid, match="rule 1 is no table"):
        read_rules(folder)


def test_a_file_that_is_not_utf_8_is_refused(folder: Path) -> None:
    (folder / "renewals.toml").write_bytes(b"# \xff\n")

    with pytest.raises(RuleFileInvalid, match=r"renewals\.toml cannot be read"):
        read_rules(folder)
