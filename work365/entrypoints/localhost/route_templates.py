"""Routes of HTTP triggers: which path they take, and what it says.

A subset of ASP.NET's templates, which is what Azure's host matches with; what is outside the
subset is refused, because it would match differently here.
Source: learn.microsoft.com/aspnet/core/fundamentals/routing#route-templates.
"""

import re
from dataclasses import dataclass
from typing import Self

from work365.errors import Refusal

PARAMETER = re.compile(r"\{(\*?)(\w+)(?::(\w+))?(\??)\}")
LITERAL = re.compile(r"[^{}*?]+")

ANYTHING = r"[^/]+"
CONSTRAINTS = {
    "alpha": r"[A-Za-z]+",
    "bool": r"(?i:true|false)",
    "guid": r"(?i:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",
    "int": r"-?[0-9]{1,10}",
}

LITERAL_RANK, CONSTRAINED_RANK, PARAMETER_RANK, CATCH_ALL_RANK = range(4)


class UnsupportedRoute(Refusal):
    """A route uses what this host does not match as Azure's would."""

    code = "unsupported_route"


@dataclass(frozen=True, slots=True)
class RouteTemplate:
    """A route, ready to be matched.

    `ranks` orders templates that take the same path: the lower is the more specific one.
    """

    text: str
    parameters: tuple[str, ...]
    ranks: tuple[int, ...]
    pattern: re.Pattern[str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the template `text`, like `customers/{id:guid}/{*rest}`.

        Raises: UnsupportedRoute.
        """
        segments = [segment for segment in text.split("/") if segment]
        parameters: list[str] = []
        ranks: list[int] = []
        pattern = ""
        for position, segment in enumerate(segments, start=1):
            if LITERAL.fullmatch(segment):
                ranks.append(LITERAL_RANK)
                pattern += f"/(?i:{re.escape(segment)})"
                continue
            found = _parameter(segment, text, is_last=position == len(segments))
            parameters.append(found.name)
            ranks.append(found.rank)
            pattern += found.pattern
        return cls(text, tuple(parameters), tuple(ranks), re.compile(pattern, re.DOTALL))

    def match(self, path: str) -> dict[str, str] | None:
        """Return the parameters that `path` gives, without those it leaves out; or None."""
        found = self.pattern.fullmatch(path.removesuffix("/"))
        if found is None:
            return None
        values = zip(self.parameters, found.groups(), strict=True)
        return {name: value for name, value in values if value}


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    rank: int
    pattern: str


def _parameter(segment: str, text: str, *, is_last: bool) -> _Parameter:
    found = PARAMETER.fullmatch(segment)
    if found is None:
        raise UnsupportedRoute(f"{segment} of the route {text} is not one parameter")
    star, name, constraint, question_mark = found.groups()
    if (star or question_mark) and not is_last:
        raise UnsupportedRoute(f"{segment} has to be the last of the route {text}")
    if star:
        return _Parameter(name, CATCH_ALL_RANK, r"(?:/(.*))?")
    if constraint is not None and constraint not in CONSTRAINTS:
        raise UnsupportedRoute(f"{constraint} in the route {text} is not a constraint known here")
    value = ANYTHING if constraint is None else CONSTRAINTS[constraint]
    rank = PARAMETER_RANK if constraint is None else CONSTRAINED_RANK
    return _Parameter(name, rank, f"(?:/({value}))?" if question_mark else f"/({value})")
