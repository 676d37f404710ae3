"""Rules of billing that are told in words: each is found by its words, and tried on the engine."""

from collections.abc import Callable

import pytest

from tests.contract import test_billing_rules as rules

RULES: dict[Callable[[], None], tuple[set[str], ...]] = {
    rules.test_credits_are_of_what_was_billed: (
        {"credit", "amount billed before"},
        {"credit", "not from the present price"},
        {"credit", "originally billed"},
        {"credit", "price list"},
    ),
    rules.test_billing_twice_adds_nothing: (
        {"twice", "nothing"},
        {"rerun"},
        {"re-run"},
        {"same run"},
        {"idempoten", "invoice"},
        {"billed once"},
        {"bills once"},
        {"bill once"},
    ),
    rules.test_a_later_change_counts_what_earlier_ones_billed: (
        {"second change"},
        {"earlier change"},
        {"first change"},
    ),
    rules.test_credits_never_exceed_the_line: (
        {"credit", "never", "more"},
        {"credit", "capped"},
        {"credit", "what is left"},
        {"credit", "exceed"},
    ),
    rules.test_all_credits_together_are_the_invoice: (
        {"partial credit"},
        {"credit notes", "sum"},
        {"last", "credit", "rounding"},
    ),
    rules.test_the_anchors_day_comes_back: ({"anchor", "original"}, {"anchor", "previous date"}),
    rules.test_a_reference_is_booked_once: (
        {"same gateway reference"},
        {"same reference"},
        {"payment", "twice"},
        {"webhook", "twice"},
    ),
    rules.test_an_overpayment_becomes_account_credit: ({"overpayment"}, {"overpaid"}),
    rules.test_a_refund_opens_the_invoice_again_unless_it_is_credited: (
        {"refund", "reopen"},
        {"refund", "credit note"},
    ),
}
"""Which words a rule is told in; all of a set have to be in its text."""


def check_rule(text: str) -> None:
    """Try the rule that `text` tells, by the one check that its words call for."""
    told = text.lower()
    called_for = [
        check
        for check, phrases in RULES.items()
        if any(all(word in told for word in words) for words in phrases)
    ]
    if len(called_for) != 1:
        names = [check.__name__ for check in called_for]
        pytest.fail(f"the words of one check are needed, not of {names}: {text!r}")
    called_for[0]()
