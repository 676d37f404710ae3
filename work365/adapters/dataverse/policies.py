"""How a contract is billed: what it says for itself, over what the environment says."""

from datetime import date

from dataverse_schema.tables.billing import BillingContract, BillingSettings
from work365.adapters.dataverse.choices import meaning, own_answer, own_meaning
from work365.adapters.dataverse.row_faults import FieldWrong
from work365.domain.accounts import MemoryUnreadable, settled_choices
from work365.domain.periods import day_after
from work365.domain.policies import AddingUp, BillingPolicy, ChangeLines, PolicyOverrides
from work365.domain.proration import BY_ACTUAL_DAYS, Proration, UnknownProration

SETTINGS_KEY = "default"
USUAL_SETTINGS = BillingSettings(name="Billing settings", key=SETTINGS_KEY)
"""What holds in an environment that has no such row."""


def policy_of(row: BillingContract, settings: BillingSettings) -> BillingPolicy:
    """Return the choices that hold for the contract in `row`.

    What its closed invoices were made with comes before what the environment says now, so
    that a setting can be changed without touching contracts that were invoiced already.

    Raises:
        FieldWrong: a proration that there is not, on the contract or in the settings it needs.
        MemoryUnreadable: what billing remembers of the contract was edited.
    """
    settled = settled_choices(row.settled_as) if row.settled_as else PolicyOverrides()
    proration = (
        _proration(row.proration, f"billing contract {row.key}")
        or settled.proration
        or _proration(settings.proration, f"billing settings {settings.key}")
        or BY_ACTUAL_DAYS
    )
    general = BillingPolicy(
        change_lines=meaning(settings.change_lines, ChangeLines),
        adding_up=meaning(settings.adding_up, AddingUp),
        refunds=settings.process_refunds,
        last_day_counts=settings.last_day_counts,
        offset_days=settings.offset_days,
    )
    own = PolicyOverrides(
        proration=proration,
        change_lines=own_meaning(row.change_lines, ChangeLines),
        adding_up=own_meaning(row.adding_up, AddingUp),
        refunds=own_answer(row.process_refunds),
        last_day_counts=own_answer(row.last_day_counts),
        offset_days=row.offset_days,
    )
    return own.over(settled.over(general))


def known_through(row: BillingContract) -> date | None:
    """Return the last day whose facts are on closed invoices of the contract in `row`.

    It is told before anything else of the contract is read, by what is remembered of it.
    """
    if row.settled_through is None:
        return None
    try:
        settled = settled_choices(row.settled_as) if row.settled_as else PolicyOverrides()
    except MemoryUnreadable:
        # Settling meets the same, and says so on the contract.
        return row.settled_through
    return day_after(row.settled_through, -(settled.offset_days or 0))


def _proration(name: str | None, where: str) -> Proration | None:
    if name is None:
        return None
    try:
        return Proration.named(name)
    except UnknownProration as error:
        raise FieldWrong(f"{where}: the proration is wrong: {error}") from error
