"""Which customer of the partner a tenant at Microsoft is, and by which rule that is known."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Self
from uuid import UUID

from work365.domain.microsoft.customers import SeenCustomer

NAMES_SHOWN_MAX = 5


class MatchRule(Enum):
    """By what a customer was found; the rules are tried in this order."""

    TENANT = "tenant"
    """Another provider account of the customer has the same tenant."""
    DOMAIN = "domain"
    """The customer's web or e-mail address is in the tenant's domain."""
    NAME = "name"
    """Both have the same name, whatever its capitals and spaces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A customer that a tenant may belong to."""

    id: UUID
    name: str
    domains: frozenset[str] = frozenset()
    """In lower case."""
    tenants: frozenset[str] = frozenset()
    """Of provider accounts that are mapped to it already, in lower case."""


@dataclass(frozen=True, slots=True)
class Match:
    """The customer that a tenant belongs to."""

    customer: UUID
    rule: MatchRule


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several customers that a rule finds; a person has to choose."""

    rule: MatchRule
    names: tuple[str, ...]

    def __str__(self) -> str:
        shown = ", ".join(self.names[:NAMES_SHOWN_MAX])
        more = len(self.names) - NAMES_SHOWN_MAX
        return f"{shown} and {more} more" if more > 0 else shown


@dataclass(frozen=True, slots=True)
class Candidates:
    """Customers, ready to be asked for the one that a tenant belongs to."""

    by_rule: Mapping[MatchRule, Mapping[str, Sequence[Candidate]]]

    @classmethod
    def of(cls, candidates: Iterable[Candidate]) -> Self:
        """Return `candidates` by all that they can be found by."""
        found: dict[MatchRule, dict[str, list[Candidate]]] = {
            rule: defaultdict(list) for rule in MatchRule
        }
        for candidate in candidates:
            for tenant in candidate.tenants:
                found[MatchRule.TENANT][tenant].append(candidate)
            for domain in candidate.domains:
                found[MatchRule.DOMAIN][domain].append(candidate)
            found[MatchRule.NAME][_plain(candidate.name)].append(candidate)
        return cls(found)

    def match(self, seen: SeenCustomer) -> Match | Ambiguous | None:
        """Return the customer of the first rule that finds any, or that it finds several."""
        asked = {
            MatchRule.TENANT: seen.tenant,
            MatchRule.DOMAIN: (seen.domain or "").casefold(),
            MatchRule.NAME: _plain(seen.name),
        }
        for rule, text in asked.items():
            found = {each.id: each for each in self.by_rule[rule].get(text, ()) if text}
            if len(found) == 1:
                return Match(next(iter(found)), rule)
            if found:
                return Ambiguous(rule, tuple(sorted(each.name for each in found.values())))
        return None


def domain_of(address: str) -> str | None:
    """Return the domain of a web or e-mail address, without `www`; None where there is none."""
    place = address.strip().casefold().partition("://")
    host = (place[2] or place[0]).partition("/")[0].rpartition("@")[2]
    host = host.partition(":")[0].removeprefix("www.").rstrip(".")
    return host if "." in host and " " not in host else None


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
