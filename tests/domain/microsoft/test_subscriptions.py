"""A subscription as Partner Center shows it."""

from dataclasses import astuple

from work365.domain.microsoft.subscriptions import NextTerm, TermEnd


def test_a_next_term_of_which_nothing_is_said_is_as_now() -> None:
    assert set(astuple(NextTerm())) == {None}


def test_there_are_four_things_that_a_term_can_end_with() -> None:
    assert [end.value for end in TermEnd] == ["renew", "cancel", "extend", "transition"]
