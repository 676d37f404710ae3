import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import typer

from work365.domain.money import Money
from work365.entrypoints.cli import output
from work365.entrypoints.cli.output import in_plain_words, money, print_json, progress
from work365.errors import Contradiction, Refusal, Unavailable


class Refused(Refusal):
    code = "refused_here"


class Away(Unavailable):
    code = "away_here"


class Odd(Contradiction):
    code = "odd_here"


def failing(error: Exception) -> Callable[[], None]:
    @in_plain_words
    def command() -> None:
        raise error

    return command


class TestJson:
    def test_amounts_are_text_with_all_their_digits(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        print_json({"net": Decimal("922337203685477.5800"), "tiny": Decimal("1E-10")})

        assert json.loads(capsys.readouterr().out) == {
            "net": "922337203685477.5800",
            "tiny": "0.0000000001",
        }

    def test_days_and_times_are_iso_8601(self, capsys: pytest.CaptureFixture[str]) -> None:
        print_json([date(2026, 1, 11), datetime(2026, 1, 11, 6, 30, tzinfo=UTC)])

        assert json.loads(capsys.readouterr().out) == ["2026-01-11", "2026-01-11T06:30:00+00:00"]

    def test_names_are_readable_and_brackets_are_not_markup(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        print_json({"customer": "Müller [red]"})

        assert '"Müller [red]"' in capsys.readouterr().out

    def test_what_has_no_form_is_a_mistake_of_the_caller(self) -> None:
        with pytest.raises(TypeError, match="Money has no place in the output"):
            print_json([Money.zero("EUR")])


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (Money("EUR", Decimal("1234.5")), "1,234.50"),
        (Money("EUR", Decimal("-0.01")), "-0.01"),
        (Money("JPY", Decimal(1234567)), "1,234,567"),
        (Money("KWD", Decimal("1.5")), "1.500"),
        (Money("EUR", Decimal("99999999999999999999999999.99")), f"99{',999' * 8}.99"),
    ],
)
def test_an_amount_has_the_digits_of_its_currency(amount: Money, written: str) -> None:
    assert money(amount) == written


def test_progress_does_not_mix_with_results(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as bars:
        bars.update(bars.add_task("Billing", total=2), advance=1)

    assert bars.console is output.errors
    assert capsys.readouterr().out == ""


class TestPlainWords:
    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (Refused("the rule [says] no"), "Refused (refused_here): the rule [says] no\n"),
            (Away("Dataverse is away"), "Failed (away_here): Dataverse is away\n"),
            (Odd("2 is 3"), "Failed (odd_here): 2 is 3\n"),
            (OSError(98, "Address already in use"), "Failed: [Errno 98] Address already in use\n"),
            (TimeoutError("not idle after 60 seconds"), "Failed: not idle after 60 seconds\n"),
        ],
    )
    def test_an_error_is_a_sentence_on_the_error_stream_and_ends_with_two(
        self, error: Exception, said: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(typer.Exit) as ended:
            failing(error)()

        captured = capsys.readouterr()
        assert ended.value.exit_code == output.EXIT_REFUSED == 2
        assert (captured.out, captured.err) == ("", said)

    def test_a_bug_keeps_its_traceback(self) -> None:
        with pytest.raises(ZeroDivisionError):
            failing(ZeroDivisionError("a bug"))()

    def test_a_reader_that_has_read_enough_is_no_failure(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(BrokenPipeError):
            failing(BrokenPipeError())()

        assert capsys.readouterr().err == ""

    def test_a_command_that_goes_well_returns_what_it_returns(self) -> None:
        @in_plain_words
        def double(number: int) -> int:
            """Return twice the number."""
            return 2 * number

        assert double(21) == 42
        assert double.__doc__ == "Return twice the number."
