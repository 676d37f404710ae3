"""Say which promotions of Microsoft's hold, and which of them end soon."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from work365.domain import figures
from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.promotions import Promotion
from work365.ports.provider_lists import PromotionList

SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Promoted:
    """The promotions that hold, and what a person should know of them."""

    promotions: tuple[Promotion, ...]
    findings: tuple[Finding, ...]


def sync_promotions(
    *, markets: Iterable[str], segments: Sequence[str], promotions: PromotionList, today: date
) -> Promoted:
    """Read the promotions of `markets` and `segments`, and find those that end within a month.

    They are asked for and not kept: whoever buys asks Microsoft again whether the customer is
    eligible, because it counts seats over all partners.

    Raises: Refusal, Unavailable, Contradiction: Microsoft gives no list.
    """
    found: dict[str, Promotion] = {}
    findings: list[Finding] = []
    for market in markets:
        for segment in segments:
            reading = promotions.all(market=market, segment=segment)
            found |= {each.id: each for each in reading.values if each.holds_on(today)}
            findings += reading.findings
    findings += _ending(found.values(), today)
    return Promoted(tuple(found.values()), tuple(findings))


def _ending(promotions: Iterable[Promotion], today: date) -> Iterator[Finding]:
    for promotion in promotions:
        if promotion.last_day - today <= SOON:
            message = (
                f"Promotion {promotion.name} ({promotion.id}) can be bought until"
                f" {figures.day_in_words(promotion.last_day)}; offers that count on it have to be"
                " ordered by then"
            )
            path = f"promotion {promotion.id}"
            yield Finding(Severity.WARNING, "promotion_ends_soon", message, path)
