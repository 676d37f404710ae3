"""What is missing on the next invoice: proposals, less what was billed, in money."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

from work365.domain.accounts import Account, change_content
from work365.domain.charges import Charge, Slot, settle
from work365.domain.contracts import Subscription, Timing
from work365.domain.currencies import Conversion
from work365.domain.lines import BilledLine, Drawn, LineKind, Owed, draw_up
from work365.domain.policies import ChangeLines
from work365.domain.proposals import NO_RATES, Pin, Rates, levels_of, propose, propose_one_time
from work365.domain.refunds import Unrefunded, had_again, in_pairs, refuse, unrefunded
from work365.domain.runs import Steps, add_run


def missing_lines(
    account: Account,
    billed: Sequence[BilledLine],
    *,
    as_of: date,
    reopened_from: date | None,
    settled_through: date | None = None,
) -> list[Drawn]:
    """Return the lines that bring what was `billed` up to what is known on `as_of`.

    Facts of days up to `settled_through` are on invoices of this very run.
    Raises: whatever says that the facts do not add up.
    """
    contract = account.contract
    rates = NO_RATES
    if any(sold.currency for sold in account.sold):
        rates = Rates(table=account.exchange_rates, pinned=dict(_pinned(billed)))
    quiet = _quiet(account, settled_through, contract.known_through(as_of))
    missing = settle(
        _proposed(account, quiet, rates, as_of, reopened_from),
        (line.charge for line in billed if line.charge.slot.price.subscription not in quiet),
    )
    if not missing:
        return []
    owed: Iterable[Owed] = map(Owed, missing)
    if any(charge.quantity < 0 for charge in missing):
        owed = refuse(missing, _given_up(account, missing, as_of, settled_through))
    if waived := [line.charge for line in billed if line.kind is LineKind.WAIVED]:
        owed = had_again(owed, waived)
    if contract.policy.change_lines is ChangeLines.CREDIT_AND_CHARGE:
        owed = in_pairs(owed, (line.charge for line in billed))
    return draw_up(owed, billed, adding_up=contract.policy.adding_up)


def _quiet(account: Account, settled_through: date | None, through: date) -> set[str]:
    """Return the keys of the subscriptions whose billed periods are as this run left them.

    Nothing became known of them since, and they are billed in advance: only their new periods
    are missing.
    """
    contract = account.contract
    if settled_through is None or contract.timing is Timing.ARREARS:
        return set()
    return {
        subscription.key
        for subscription in account.subscriptions
        if subscription.usage_model is None
        and not any(
            settled_through < change.effective_on <= through for change in subscription.changes
        )
    }


def _proposed(
    account: Account,
    quiet: Collection[str],
    rates: Rates,
    as_of: date,
    reopened_from: date | None,
) -> Iterator[Charge]:
    contract = account.contract
    for subscription in account.subscriptions:
        yield from propose(
            contract,
            subscription,
            through=as_of,
            reopened_from=reopened_from,
            new_only=subscription.key in quiet,
            rates=rates,
        )
    if account.one_time:
        due = [one for one in account.one_time if not reopened_from or one.on >= reopened_from]
        yield from propose_one_time(contract, due, through=as_of, rates=rates)


def _pinned(billed: Iterable[BilledLine]) -> Iterator[tuple[Pin, Conversion]]:
    """Yield the rates of lines that stand; what was taken back whole has no rate any more."""
    units: dict[Slot, Steps] = {}
    for line in billed:
        if line.charge.slot.price.conversion is not None:
            steps = units.setdefault(line.charge.slot, {})
            add_run(steps, line.charge.service_period, line.charge.quantity)
    for (price, start, _, _), steps in units.items():
        if price.conversion is not None and any(steps.values()):
            pin = Pin(price.subscription, start, price.conversion.from_currency)
            yield pin, price.conversion


def _given_up(
    account: Account, missing: Iterable[Charge], as_of: date, settled_through: date | None
) -> dict[str, Unrefunded]:
    """Return what was given up without a refund, of the subscriptions that are to be credited."""
    contract = account.contract
    fewer = {charge.slot.price.subscription for charge in missing if charge.quantity < 0}
    known_through = contract.known_through(as_of)
    given_up = {}
    for subscription in account.subscriptions:
        if subscription.key in fewer:
            service = subscription.service_period(contract, until=date.max)
            asked = subscription.refund_at_end or contract.refund_at_end
            settled = set(_settled(subscription, account.memory.changes, settled_through))
            given_up[subscription.key] = unrefunded(
                levels_of(contract, subscription, known_through, settled=settled),
                end=service.end,
                refund_at_end=contract.policy.refunds and asked,
            )
    return given_up


def _settled(
    subscription: Subscription, remembered: Mapping[str, str], through: date | None
) -> Iterator[str]:
    """Yield the keys of the entries that invoices took account of already."""
    for change in subscription.changes:
        known = remembered.get(change.key)
        if (through is not None and change.effective_on <= through) or (
            known is not None and known == change_content(change, subscription=subscription.id)
        ):
            yield change.key
