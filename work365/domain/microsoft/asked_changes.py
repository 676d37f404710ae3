"""What an entry of a change log asks of the provider: read, checked, and made an intent."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import TypeVar

from work365.domain.catalog import PRICE_MONTHS, BillingPlan, Term
from work365.domain.changes import Change, in_order
from work365.domain.microsoft.actions import ProvisioningAction
from work365.domain.microsoft.intents import (
    AssignLicences,
    AutoRenew,
    Cancel,
    CancelEntitlement,
    ChangePlan,
    Intent,
    Reactivate,
    ReactivateEntitlement,
    ScheduleRenewal,
    SetQuantity,
    Suspend,
    Upgrade,
)
from work365.domain.microsoft.licences import LicenceUpdate
from work365.domain.microsoft.orders import Purchase
from work365.domain.microsoft.subscriptions import NextTerm, TermEnd
from work365.errors import Refusal

ChoiceT = TypeVar("ChoiceT", bound=Enum)

TERM_ENDS = (TermEnd.RENEW, TermEnd.CANCEL, TermEnd.EXTEND)
"""What can be asked for the end of a term by itself."""


class ChangeNotClear(Refusal):
    """An entry of a change log does not say what the provider is to be asked."""

    code = "change_not_clear"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedChange:
    """An entry of a change log that the provider is to be told of, with what surrounds it."""

    key: str
    action: ProvisioningAction
    before: Decimal = Decimal(0)
    """Seats that Microsoft should show before it is done; see `before_and_after`."""
    after: Decimal = Decimal(0)
    """Seats that it should show afterwards."""
    details: Mapping[str, object] = field(default_factory=dict)
    reference: str | None = None
    """The provider's id of the subscription; none before it is bought."""
    part_number: str | None = None
    term: str | None = None
    plan: str | None = None
    promotion: str | None = None
    friendly_name: str | None = None
    end_on: date | None = None
    """Last day of a first term that is cut short."""


def before_and_after(
    log: Iterable[Change], change: Change, *, pending: Collection[str], today: date
) -> tuple[Decimal, Decimal]:
    """Return the seats that Microsoft should show before `change` is done, and after.

    `pending` are the keys of entries that Microsoft has not been told of; they are done in the
    order in which they hold. An entry that is dated back comes on top of what was told since.
    """
    before = Decimal(0)
    is_earlier = True
    for each in in_order(log):
        is_earlier = is_earlier and each.key != change.key
        is_told = each.key not in pending and each.effective_on <= today
        if each.key != change.key and (is_told or (is_earlier and each.key in pending)):
            before += each.quantity
    return before, before + change.quantity


def intent_of(asked: AskedChange) -> Intent:
    """Return what is to be true at Microsoft when `asked` is done.

    Raises: ChangeNotClear: something is missing, not known, or contradicts itself.
    """
    if asked.action is ProvisioningAction.NONE:
        raise _unclear(asked, "action", "none", "choose what the provider is to be asked")
    is_purchase = asked.action is ProvisioningAction.PURCHASE
    if is_purchase and asked.reference is not None:
        remedy = "it is bought already; choose another action, or a new subscription"
        raise _unclear(asked, "provider reference", asked.reference, remedy)
    if not is_purchase and asked.reference is None:
        remedy = "it is not known at Microsoft; buy it first, or run the sync of subscriptions"
        raise _unclear(asked, "provider reference", None, remedy)
    details = _Details(asked, dict(asked.details))
    intent = _READERS[asked.action](details)
    details.done()
    return intent


@dataclass(frozen=True, slots=True)
class _Details:
    """The details of an entry. What is read is taken out, so that what is left is not known."""

    asked: AskedChange
    left: dict[str, object]

    def wrong(self, name: str, value: object, remedy: str) -> ChangeNotClear:
        return _unclear(self.asked, f"detail {name}", value, remedy)

    def text(self, name: str) -> str | None:
        value = self.left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(name, value, "enter a text, or leave it out")
        return value.strip()

    def needed(self, name: str, remedy: str) -> str:
        value = self.text(name)
        if value is None:
            raise self.wrong(name, None, remedy)
        return value

    def whole(self, name: str) -> int | None:
        value = self.left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, int | Decimal) or isinstance(value, bool) or value < 1:
            raise self.wrong(name, value, "enter a whole number from 1 on")
        if value != int(value):
            raise self.wrong(name, value, "seats are whole; enter a whole number from 1 on")
        return int(value)

    def yes_or_no(self, name: str, *, otherwise: bool) -> bool:
        value = self.left.pop(name, otherwise)
        if not isinstance(value, bool):
            raise self.wrong(name, value, "enter true or false")
        return value

    def day(self, name: str) -> date | None:
        text = self.text(name)
        try:
            return None if text is None else date.fromisoformat(text)
        except ValueError as error:
            raise self.wrong(name, text, "enter a day such as 2027-06-30") from error

    def choice(self, name: str, choices: type[ChoiceT]) -> ChoiceT | None:
        text = self.text(name)
        return None if text is None else chosen(self.asked, f"detail {name}", text, choices)

    def names(self, name: str) -> tuple[str, ...]:
        value = self.left.pop(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            raise self.wrong(name, value, 'enter a list of ids such as ["..."]')
        return tuple(dict.fromkeys(value))

    def texts(self, name: str) -> tuple[tuple[str, str], ...]:
        value = self.left.pop(name, {})
        if not isinstance(value, dict):
            raise self.wrong(name, value, "enter an object with names and texts")
        for key, text in value.items():
            if not isinstance(text, str) or not text:
                raise self.wrong(f"{name}.{key}", text, "enter a text")
        return tuple(value.items())

    def done(self) -> None:
        for name, value in self.left.items():
            action = self.asked.action.value
            raise self.wrong(name, value, f"action {action} knows no such detail; remove it")


def chosen(asked: AskedChange, name: str, text: str, choices: type[ChoiceT]) -> ChoiceT:
    """Return the choice that `text` names, whatever its capitals.

    Raises: ChangeNotClear: there is none.
    """
    for choice in choices:
        if str(choice.value).casefold() == text.casefold():
            return choice
    known = ", ".join(str(choice.value) for choice in choices)
    raise _unclear(asked, name, text, f"enter one of {known}")


def _unclear(asked: AskedChange, name: str, value: object, remedy: str) -> ChangeNotClear:
    shown = "missing" if value is None else repr(value) if isinstance(value, str) else str(value)
    return ChangeNotClear(f"change {asked.key}: {name} is {shown}; {remedy}")


def _seats(asked: AskedChange, name: str, quantity: Decimal) -> int:
    if quantity != quantity.to_integral_value() or quantity <= 0:
        raise _unclear(
            asked,
            name,
            f"{quantity:f}",
            "Microsoft sells whole seats, from 1 on; to give up all of them, cancel",
        )
    return int(quantity)


def _purchase(details: _Details) -> Purchase:
    asked = details.asked
    if asked.part_number is None:
        remedy = "choose a product with a part number such as CFQ7TTC0LH18:0001"
        raise _unclear(asked, "product", None, remedy)
    term = None if asked.term is None else chosen(asked, "term", asked.term, Term)
    # What has no term, an Azure plan or perpetual software, is documented as billed once.
    plan = BillingPlan.ONE_TIME if term is None else BillingPlan.NONE
    if asked.plan is not None:
        plan = chosen(asked, "billing plan", asked.plan, BillingPlan)
    is_once = plan is BillingPlan.ONE_TIME
    if term is not None and not is_once and (term, plan) not in PRICE_MONTHS:
        raise _unclear(asked, "billing plan", plan.value, f"a term of {term.value} has none such")
    return Purchase(
        part_number=asked.part_number,
        quantity=_seats(asked, "quantity", asked.after - asked.before),
        term=term,
        plan=plan,
        segment=details.text("segment"),
        promotion=details.text("promotion") or asked.promotion,
        friendly_name=details.text("friendlyName") or asked.friendly_name,
        end_on=details.day("endOn") or asked.end_on,
        parent=details.text("parent"),
        partner_on_record=details.text("partnerOnRecord"),
        partner_on_record_attested=details.yes_or_no("partnerOnRecordAttested", otherwise=False),
        provisioning=details.texts("provisioning"),
    )


def _quantity(details: _Details) -> SetQuantity:
    asked = details.asked
    before = _seats(asked, "quantity before", asked.before)
    after = _seats(asked, "quantity after", asked.after)
    if before == after:
        raise _unclear(asked, "quantity", "0", "enter how many seats come or go")
    return SetQuantity(before, after)


def _auto_renew(details: _Details) -> AutoRenew:
    known = ", ".join(term_end.value for term_end in TERM_ENDS)
    remedy = f"enter one of {known}"
    term_end = details.choice("atTermEnd", TermEnd)
    if term_end not in TERM_ENDS or term_end is None:
        raise details.wrong("atTermEnd", None if term_end is None else term_end.value, remedy)
    return AutoRenew(term_end)


def _schedule(details: _Details) -> ScheduleRenewal:
    next_term = NextTerm(
        part_number=details.text("partNumber"),
        term=details.choice("term", Term),
        plan=details.choice("plan", BillingPlan),
        quantity=details.whole("quantity"),
        promotion=details.text("promotion"),
        end_on=details.day("endOn"),
    )
    if next_term == NextTerm():
        raise details.wrong(
            "quantity",
            None,
            "name what is to be different: quantity, term, plan, partNumber, promotion, endOn",
        )
    return ScheduleRenewal(next_term)


def _plan(details: _Details) -> ChangePlan:
    asked = details.asked
    plan = details.choice("plan", BillingPlan)
    if plan is None:
        raise details.wrong("plan", None, "enter the billing plan that it is to have")
    term = details.choice("term", Term)
    if term is None:
        if asked.term is None:
            raise details.wrong("term", None, "the subscription has none; enter P1M, P1Y or P3Y")
        term = chosen(asked, "term", asked.term, Term)
    if (term, plan) not in PRICE_MONTHS:
        raise details.wrong("plan", plan.value, f"a term of {term.value} is not sold with it")
    return ChangePlan(term, plan)


def _upgrade(details: _Details) -> Upgrade:
    asked = details.asked
    quantity = details.whole("quantity")
    return Upgrade(
        part_number=details.needed("partNumber", "enter what the seats are to become"),
        quantity=quantity or _seats(asked, "quantity", asked.before),
        with_licences=details.yes_or_no("withLicences", otherwise=True),
        into=details.text("into"),
        term=details.choice("term", Term),
        plan=details.choice("plan", BillingPlan),
    )


class _EntitlementStep(Enum):
    CANCEL = "cancel"
    REACTIVATE = "reactivate"


def _entitlement(details: _Details) -> Intent:
    entitlement = details.needed("entitlement", "enter the id of the Azure subscription")
    step = details.choice("step", _EntitlementStep)
    if step is None:
        raise details.wrong("step", None, "enter cancel or reactivate")
    if step is _EntitlementStep.CANCEL:
        return CancelEntitlement(entitlement)
    return ReactivateEntitlement(entitlement)


def _licences(details: _Details) -> AssignLicences:
    user = details.needed("user", "enter the user's id in the customer's tenant")
    assign, remove = details.names("assign"), details.names("remove")
    both = set(assign) & set(remove)
    if both or not (assign or remove):
        remedy = "enter licences to assign or to remove, and none in both lists"
        raise details.wrong("assign", ", ".join(sorted(both)) or None, remedy)
    return AssignLicences(user, LicenceUpdate(assign=assign, remove=remove))


_READERS: Mapping[ProvisioningAction, Callable[[_Details], Intent]] = {
    ProvisioningAction.PURCHASE: _purchase,
    ProvisioningAction.QUANTITY: _quantity,
    ProvisioningAction.SUSPEND: lambda _: Suspend(),
    ProvisioningAction.REACTIVATE: lambda _: Reactivate(),
    ProvisioningAction.CANCEL: lambda _: Cancel(),
    ProvisioningAction.AUTO_RENEW: _auto_renew,
    ProvisioningAction.RENEWAL_SCHEDULE: _schedule,
    ProvisioningAction.BILLING_PLAN: _plan,
    ProvisioningAction.TRANSITION: _upgrade,
    ProvisioningAction.ENTITLEMENT: _entitlement,
    ProvisioningAction.LICENCES: _licences,
}
