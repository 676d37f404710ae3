"""What the provider says that has parts, as text in one column: JSON with documented names."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from work365.adapters.dataverse.row_faults import FieldWrong
from work365.domain.catalog import BillingPlan, Term
from work365.domain.microsoft.provisioning import TermEndWanted
from work365.domain.microsoft.subscriptions import NextTerm, RefundableSeats, TermEnd
from work365.http import read_json, write_json

SAID_AGAIN = "saidAgain"
"""Name of the detail in which the service keeps what a change makes Microsoft forget."""

REMEDY = "empty the field, and run the sync of subscriptions"


def next_term_text(next_term: NextTerm | None) -> str | None:
    """Return what is kept of `next_term`: only what it names."""
    if next_term is None:
        return None
    named = {
        "partNumber": next_term.part_number,
        "availability": next_term.availability,
        "term": next_term.term and next_term.term.value,
        "plan": next_term.plan and next_term.plan.value,
        "quantity": next_term.quantity,
        "promotion": next_term.promotion,
        "endOn": next_term.end_on,
    }
    return write_json({name: value for name, value in named.items() if value is not None})


def next_term_of(text: str | None, where: str) -> NextTerm | None:
    """Return the next term that `text` says, of the row at `where`.

    Raises: FieldWrong: the text is not as it was written.
    """
    if text is None:
        return None
    try:
        said: Mapping[str, Any] = read_json(text)
        return NextTerm(
            part_number=said.get("partNumber"),
            availability=said.get("availability"),
            term=None if "term" not in said else Term(said["term"]),
            plan=None if "plan" not in said else BillingPlan(said["plan"]),
            quantity=None if "quantity" not in said else int(said["quantity"]),
            promotion=said.get("promotion"),
            end_on=None if "endOn" not in said else date.fromisoformat(said["endOn"]),
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise FieldWrong(f"{where}: the next term {text!r} cannot be read; {REMEDY}") from error


def refundable_text(seats: Sequence[RefundableSeats] | None) -> str | None:
    """Return what is kept of `seats`, those whose window closes first at the front.

    An empty list says that no seat can be given back; no text, that it is not known.
    """
    if seats is None:
        return None
    ordered = sorted(seats, key=lambda each: (each.until, each.quantity))
    return write_json([{"quantity": each.quantity, "until": each.until} for each in ordered])


def refundable_of(text: str | None, where: str) -> tuple[RefundableSeats, ...] | None:
    """Return the seats that `text` says, of the row at `where`; None where it is not known.

    Raises: FieldWrong: the text is not as it was written.
    """
    if text is None:
        return None
    try:
        return tuple(
            RefundableSeats(int(each["quantity"]), datetime.fromisoformat(each["until"]))
            for each in read_json(text)
        )
    except (ValueError, TypeError, KeyError) as error:
        raise FieldWrong(
            f"{where}: the refundable seats {text!r} cannot be read; {REMEDY}"
        ) from error


def details_of(text: str | None, where: str) -> Mapping[str, Any]:
    """Return the details that a person or a program entered for a change, by name.

    Raises: FieldWrong: it is not a JSON object.
    """
    if text is None:
        return {}
    try:
        said = read_json(text)
    except (ValueError, RecursionError) as error:
        raise FieldWrong(
            f"{where}: the details are not JSON ({error}); enter an object such as"
            ' {"promotion": "39NFJQT1PFPB:0002"}'
        ) from error
    if not isinstance(said, dict):
        raise FieldWrong(f"{where}: the details are no JSON object; enter names and values")
    return {name: value for name, value in said.items() if name != SAID_AGAIN}


def said_again_of(text: str | None, where: str) -> TermEndWanted | None:
    """Return what details keep of the end of a term that is said again after the change.

    Raises: FieldWrong: it is not as it was written.
    """
    kept = None if text is None else read_json(text).get(SAID_AGAIN)
    if kept is None:
        return None
    try:
        return TermEndWanted(
            term_end=None if kept.get("termEnd") is None else TermEnd(kept["termEnd"]),
            next_term=next_term_of(kept.get("nextTerm"), where),
        )
    except (ValueError, AttributeError) as error:
        raise FieldWrong(
            f"{where}: detail {SAID_AGAIN} is {kept!r}; remove it, and look at Partner Center"
            " whether the subscription renews as it should"
        ) from error


def said_again_in(text: str | None, wanted: TermEndWanted, where: str) -> str:
    """Return details with what is to be said again in them.

    Raises: FieldWrong: the details are not a JSON object.
    """
    said_again = {
        "termEnd": wanted.term_end and wanted.term_end.value,
        "nextTerm": next_term_text(wanted.next_term),
    }
    return write_json({**details_of(text, where), SAID_AGAIN: said_again})
