"""Workings: the sums that people write beside an amount, worked out by themselves.

Nothing of the program is used here. A working has numbers, the four signs of arithmetic,
percentages (`95 %`), brackets, and what is rounded on the way: `round(9.99 / 31, 3)` to three
decimals with halves away from zero, or `cut(9.99 / 31, 2)` to two with the rest left out.
"""

import re
from collections.abc import Iterator
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

TIMES = "\N{MULTIPLICATION SIGN}"
MINUS = "\N{MINUS SIGN}"
TOKEN = re.compile(rf"\s*(\d+(?:\.\d+)?|round|cut|[-+/(),%{TIMES}{MINUS}])")
DIGITS_KEPT = 60


class Sum:
    """A working that is read from left to right."""

    def __init__(self, working: str) -> None:
        self._tokens = list(_tokens(working))

    def whole(self) -> Fraction:
        """Return what all of it comes to."""
        found = self._sum()
        assert not self._tokens, f"{self._tokens} is left over"
        return found

    def _next(self, *wanted: str) -> str:
        if self._tokens and self._tokens[0] in wanted:
            return self._tokens.pop(0)
        return ""

    def _need(self, wanted: str) -> None:
        assert self._next(wanted), f"{wanted!r} should be before {self._tokens}"

    def _sum(self) -> Fraction:
        found = self._product()
        while sign := self._next("+", MINUS, "-"):
            found += self._product() * (1 if sign == "+" else -1)
        return found

    def _product(self) -> Fraction:
        found = self._factor()
        while sign := self._next(TIMES, "/"):
            factor = self._factor()
            found = found * factor if sign == TIMES else found / factor
        return found

    def _factor(self) -> Fraction:
        if self._next(MINUS, "-"):
            return -self._factor()
        if mode := self._next("round", "cut"):
            return self._rounded(ROUND_HALF_UP if mode == "round" else ROUND_DOWN)
        if self._next("("):
            found = self._sum()
            self._need(")")
        else:
            found = Fraction(self._tokens.pop(0))
        return found / 100 if self._next("%") else found

    def _rounded(self, mode: str) -> Fraction:
        self._need("(")
        found = self._sum()
        self._need(",")
        digits = int(self._tokens.pop(0))
        self._need(")")
        return Fraction(rounded(found, Decimal(1).scaleb(-digits), mode))


def rounded(exact: Fraction, like: Decimal, mode: str = ROUND_HALF_UP) -> Decimal:
    """Return `exact` with as many decimals as `like`."""
    with localcontext(prec=DIGITS_KEPT):
        return (Decimal(exact.numerator) / exact.denominator).quantize(like, mode)


def worked_out(working: str, like: Decimal) -> Decimal:
    """Return what `working` comes to, with as many decimals as `like`; halves away from zero."""
    return rounded(Sum(working).whole(), like)


def _tokens(working: str) -> Iterator[str]:
    at = 0
    while at < len(working.rstrip()):
        found = TOKEN.match(working, at)
        assert found, f"{working[at:]!r} means nothing in a working"
        yield found.group(1)
        at = found.end()
