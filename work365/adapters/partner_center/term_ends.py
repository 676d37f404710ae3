"""Ends that the first term of a purchase may have.

Source: "Get custom term end dates".
"""

from dataclasses import dataclass

from work365.adapters.partner_center.calls import Call
from work365.adapters.partner_center.endpoints import LIST_TERM_ENDS
from work365.adapters.partner_center.errands import Errand
from work365.adapters.partner_center.field_values import LONG_AGO, day_of
from work365.adapters.partner_center.files import Row
from work365.adapters.partner_center.reading import read_rows
from work365.domain.catalog import Term
from work365.domain.findings import Reading
from work365.domain.microsoft.coterm import AllowedTermEnd


@dataclass(frozen=True, slots=True)
class TermEnds:
    """Ends of first terms, asked for on an errand."""

    errand: Errand

    def allowed(
        self, tenant: str, term: Term, *, together_with: str | None = None
    ) -> Reading[AllowedTermEnd]:
        """Return the last days that a first term of the length `term` may have.

        With `together_with`, the id of a subscription, only those that end with it.

        Raises: PartnerCenterError.
        """
        query = {"term_duration": term.value}
        if together_with is not None:
            query["target_coterm_subscription_id"] = together_with
        call = Call(LIST_TERM_ENDS, {"customer": tenant}, query=query)
        return read_rows(self.errand.rows(call), _term_end, call=call)


def _term_end(row: Row) -> AllowedTermEnd:
    aligned = row.fields.get("cotermSubscriptionIds")
    return AllowedTermEnd(
        last_day=row.read("allowedCustomTermEndDate", day_of, otherwise=LONG_AGO),
        aligned_with=tuple(str(each).lower() for each in aligned)
        if isinstance(aligned, list)
        else (),
    )
