from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal, localcontext
from pathlib import Path

import pytest

from tests.domain.books import ONE_DAY, Books
from tests.worked_examples.reading import Example, NotUnderstood, Row, read_example
from work365.domain.invoices import Invoice

FILES = sorted(path for path in Path(__file__).parent.glob("*.md") if path.name != "README.md")
EXAMPLES_MIN = 12
TIMES = " \N{MULTIPLICATION SIGN} "

examples = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def told(example: Example) -> Books:
    """Return the books after billing ran on every day of the story."""
    books = Books(example.account)
    untold = sorted(example.happenings, key=lambda happening: happening.known_on)
    for day in example.days:
        while untold and untold[0].known_on <= day:
            books.account = untold.pop(0).applied_to(books.account)
        books.run(day)
    assert not untold, f"{untold} is known only after the invoices are looked at"
    return books


def rows_of(invoices: Iterable[Invoice]) -> list[Row]:
    return [
        Row(
            invoice=invoice.sequence,
            dated=invoice.invoice_on,
            state=invoice.status.value,
            subscription=line.subscription.name,
            first_day=line.charge.service_period.start,
            last_day=line.charge.service_period.end - ONE_DAY,
            seats=line.charge.quantity,
            amount=line.amount.amount,
        )
        for invoice in invoices
        for line in invoice.lines
    ]


def worked_out(working: str, like: Decimal) -> Decimal:
    """Return what `working`, a product of decimals and fractions, comes to.

    It has as many decimals as `like`; the half is rounded away from zero.
    """
    with localcontext(prec=50):
        product = Decimal(1)
        divisor = Decimal(1)
        for factor in working.split(TIMES):
            above, _, below = factor.partition("/")
            product *= Decimal(above)
            divisor *= Decimal(below or 1)
        return (product / divisor).quantize(like, ROUND_HALF_UP)


@examples
def test_the_working_comes_to_the_amount(path: Path) -> None:
    example = read_example(path)

    for working, amount in example.workings:
        assert worked_out(working, like=amount) == amount, working


@examples
def test_the_total_is_the_sum_of_the_lines(path: Path) -> None:
    example = read_example(path)

    sums = {row.invoice: Decimal(0) for row in example.rows}
    for row in example.rows:
        sums[row.invoice] += row.amount
    assert example.totals == sums


@examples
def test_the_story_gives_these_invoices(path: Path) -> None:
    example = read_example(path)

    books = told(example)

    assert rows_of(books.invoices) == list(example.rows)
    assert {invoice.sequence: invoice.net.amount for invoice in books.invoices} == example.totals


def test_there_are_examples() -> None:
    assert len(FILES) >= EXAMPLES_MIN


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("3 seats more", "3 seats extra"),
        ("| currency ", "| money "),
        ("## What happened", "## What else happened"),
        ("| from the first day |", "| from whenever |"),
    ],
)
def test_a_word_that_means_nothing_is_not_passed_over(
    right: str, wrong: str, tmp_path: Path
) -> None:
    text = next(path for path in FILES if "seats_added" in path.stem).read_text(encoding="utf-8")
    misspelt = tmp_path / "misspelt.md"
    misspelt.write_text(text.replace(right, wrong), encoding="utf-8")

    assert right in text
    with pytest.raises(NotUnderstood):
        told(read_example(misspelt))
