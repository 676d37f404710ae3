"""What to look at to know whether the connection to Microsoft is whole."""

from collections.abc import Callable, Sequence

from work365.adapters.partner_center.admin_relationships import AdminRelationships
from work365.adapters.partner_center.customers import Customers
from work365.adapters.partner_center.partner_profile import Partner
from work365.errors import Refusal
from work365.identity.clouds import Audience
from work365.microsoft import Microsoft
from work365.usecases.check_connection import Look

PURPOSE = "look whether the connection is whole"


class NotCounted(Refusal):
    """Partner Center does not count the consent as one with a second factor."""

    code = "second_factor_not_counted"


def looks(microsoft: Microsoft) -> Sequence[Look]:
    """Return the looks, the one that everything else needs first."""
    return (
        _own("The application at Microsoft Entra", lambda: _application(microsoft)),
        _own("Customers at Partner Center", lambda: _customers(microsoft)),
        _delegated("The consent", lambda: _consent(microsoft)),
        _delegated("Second factor", lambda: _second_factor(microsoft)),
        _delegated("Granular admin relationships (GDAP)", lambda: _relationships(microsoft)),
        _delegated("Price sheets", lambda: _price_sheets(microsoft)),
    )


def _own(name: str, ask: Callable[[], str]) -> Look:
    return Look(name=name, of_delegated=False, ask=ask)


def _delegated(name: str, ask: Callable[[], str]) -> Look:
    return Look(name=name, of_delegated=True, ask=ask)


def _application(microsoft: Microsoft) -> str:
    microsoft.app_tokens.token(Audience.PARTNER_CENTER, tenant=microsoft.partner_tenant)
    return "It signs in by itself."


def _customers(microsoft: Microsoft) -> str:
    count = len(Customers(microsoft.partner_center(PURPOSE)).all().values)
    return f"{count:,} customers can be read."


def _relationships(microsoft: Microsoft) -> str:
    lacks = microsoft.cloud.lacks_relationships
    if lacks is not None:
        return lacks
    count = len(AdminRelationships(microsoft.graph(PURPOSE)).all().values)
    return f"{count:,} relationships can be read."


def _consent(microsoft: Microsoft) -> str:
    microsoft.delegated_tokens.token(Audience.PARTNER_CENTER)
    return "Its token is accepted."


def _second_factor(microsoft: Microsoft) -> str:
    if not Partner(microsoft.partner_center(PURPOSE)).is_mfa_compliant():
        raise NotCounted(
            "Partner Center does not count the consent as one with multifactor authentication:"
            " get a new consent link, and sign in with a second factor."
        )
    return "Partner Center counts it."


def _price_sheets(microsoft: Microsoft) -> str:
    microsoft.delegated_tokens.token(Audience.PRICE_SHEETS)
    return "They can be read."
