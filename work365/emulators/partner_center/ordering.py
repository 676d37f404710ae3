"""From a cart to orders: one an order for each billing cycle.

Source: learn.microsoft.com/partner-center/developer/checkout-a-cart, whose sample shows lines of
different billing cycles in orders of their own.
"""

from work365.emulators.partner_center.accounts import Partner
from work365.emulators.partner_center.callers import Caller
from work365.emulators.partner_center.cart_lines import price_line
from work365.emulators.partner_center.ledger import Event
from work365.emulators.partner_center.order_bodies import order_body
from work365.emulators.partner_center.promotions import fits
from work365.emulators.partner_center.purchases import Cart, CartLine, Order, OrderLine
from work365.emulators.partner_center.state import State


def place_orders(state: State, partner: Partner, cart: Cart, caller: Caller) -> list[str]:
    """Order what is in a cart, and return the orders' ids."""
    groups: dict[str, list[CartLine]] = {}
    for line in cart.lines:
        parent = cart.lines[line.parent_line] if line.parent_line is not None else line
        groups.setdefault(parent.plan.billing_cycle, []).append(line)
    return [_place(state, partner, cart, lines, caller).order for lines in groups.values()]


def _place(
    state: State, partner: Partner, cart: Cart, lines: list[CartLine], caller: Caller
) -> Order:
    numbers = {line.number: at for at, line in enumerate(lines)}
    priced = [_order_line(state, cart, line, numbers) for line in lines]
    customer = state.customers[cart.customer]
    order = Order(
        order=state.new_order_id(),
        customer=cart.customer,
        billing_cycle=lines[0].plan.billing_cycle,
        currency=price_line(state, customer, lines[0]).currency,
        created_at=state.now,
        visible_at=state.now + state.lags.order_seen,
        completed_at=state.now + max(state.lags.order_completed, state.lags.order_seen),
        lines=priced,
        actor=caller.user,
        application=caller.application,
        cart=cart.cart,
    )
    state.add_order(order)
    state.wake(order.completed_at, order.order)
    state.record(
        Event(
            at=state.now,
            kind="create_order",
            partner=partner.tenant,
            customer=cart.customer,
            order=order.order,
            actor=caller.name,
            application=caller.application,
            after=order_body(state, order, has_price=True),
        )
    )
    return order


def _order_line(state: State, cart: Cart, line: CartLine, numbers: dict[int, int]) -> OrderLine:
    pricing = price_line(state, state.customers[cart.customer], line)
    product, sku, _ = line.catalog_item.upper().split(":")
    title = state.catalogue.products[product].skus[sku].title
    promotion = state.catalogue.promotions.get(line.promotion)
    is_fitting = promotion is not None and fits(promotion, line.catalog_item, line.plan)
    return OrderLine(
        number=numbers[line.number],
        catalog_item=line.catalog_item.upper(),
        title=title,
        quantity=line.quantity,
        plan=line.plan,
        unit_price=pricing.discounted,
        list_price=pricing.full,
        prorated_price=pricing.prorated,
        promotion=line.promotion if is_fitting else "",
        custom_term_end=line.custom_term_end,
        partner_of_record=line.partner_of_record,
        participants=list(line.participants),
        provisioning=dict(line.provisioning),
        parent_subscription=line.parent_subscription,
        parent_line=numbers.get(line.parent_line) if line.parent_line is not None else None,
        renews_to=line.renews_to,
        friendly_name=line.friendly_name,
    )
