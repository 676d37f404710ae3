"""The story of the demo: who the customers are, and what changes from January to March."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from work365.adapters.dataverse.partner_book import ContractTerms, Customer, NewChange
from work365.domain.changes import Status
from work365.domain.contracts import AnchorRule, ContractType, Timing

FIRST_DAY = date(2026, 1, 1)
LAST_DAY = date(2026, 3, 31)
MARKETS = ("DE", "GB", "US")

FOLDER: Traversable = files(__package__)


@dataclass(frozen=True, slots=True)
class SubscriptionsFile:
    """An answer of Partner Center about one customer's subscriptions under one contract."""

    name: str
    text: str
    contract: str
    market: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that becomes known on a day: a change, or a subscription that is bought."""

    recorded_on: date
    change: NewChange | None = None
    bought: SubscriptionsFile | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """All of it."""

    partner: Mapping[str, Any]
    customers: tuple[Customer, ...]
    price_sheets: Mapping[str, str]
    """The text of each market's price sheet."""
    subscriptions: tuple[SubscriptionsFile, ...]
    events: tuple[Event, ...]


def tell() -> Story:
    """Return the story, read from the files beside this module."""
    told = _json("customers.json")
    markets = {one["account_number"]: one["market"] for one in told["customers"]}
    changes = _json("changes.json")["changes"]
    return Story(
        partner=told["partner"],
        customers=tuple(_customer(one) for one in told["customers"]),
        price_sheets={market: _text(f"price_sheet_{market}.csv") for market in MARKETS},
        subscriptions=tuple(part for one in told["customers"] for part in _subscriptions(one)),
        events=tuple(_event(one, markets[one["customer"]]) for one in changes),
    )


def _text(*path: str) -> str:
    return FOLDER.joinpath(*path).read_text(encoding="utf-8")


def _json(*path: str) -> Any:
    return json.loads(_text(*path), parse_float=Decimal)


def _customer(told: Mapping[str, Any]) -> Customer:
    address = told["address"]
    return Customer(
        number=told["account_number"],
        name=told["name"],
        street=address["street"],
        postal_code=address["postal_code"],
        city=address["city"],
        country=address["country"],
        email=told["email"],
        currency=told["currency"],
        tenant=told["tenant"],
        domain=told["domain"],
        contracts=tuple(
            ContractTerms(
                key=terms["number"],
                type=ContractType(terms["type"]),
                timing=Timing(terms["timing"]),
                anchor_rule=AnchorRule(terms["anchor_rule"]),
                cycle_months=terms["cycle_months"],
                start_on=date.fromisoformat(terms["start_on"]),
                payment_days=terms["payment_days"],
                refunds=terms.get("process_refunds"),
            )
            for terms in told["contracts"]
        ),
    )


def _subscriptions(customer: Mapping[str, Any]) -> list[SubscriptionsFile]:
    name = f"{customer['tenant']}.json"
    provided = _json("subscriptions", name)
    return [
        SubscriptionsFile(
            name=name,
            text=json.dumps(_only(provided, set(terms["subscriptions"]))),
            contract=terms["number"],
            market=customer["market"],
        )
        for terms in customer["contracts"]
    ]


def _only(provided: Mapping[str, Any], ids: set[str]) -> dict[str, Any]:
    """Return Partner Center's answer with only the subscriptions that one contract bills."""
    some = [one for one in provided["items"] if one["id"] in ids]
    return {**provided, "totalCount": len(some), "items": some}


def _event(told: Mapping[str, Any], market: str) -> Event:
    recorded_on = date.fromisoformat(told["recorded_on"])
    bought = told.get("new_subscription")
    if bought is not None:
        text = json.dumps(bought["as_provided"])
        return Event(
            recorded_on,
            bought=SubscriptionsFile(told["id"], text, bought["contract"], market),
        )
    status = told.get("status")
    price = told.get("unit_price")
    return Event(
        recorded_on,
        change=NewChange(
            key=told["id"],
            subscription=told["subscription"],
            effective_on=date.fromisoformat(told["effective_on"]),
            quantity_delta=Decimal(told.get("quantity_delta", 0)),
            unit_price=None if price is None else Decimal(price),
            price_months=told.get("price_months"),
            status=None if status is None else Status(status),
            refund=told.get("refund", False),
            reason=told["reason"],
        ),
    )
