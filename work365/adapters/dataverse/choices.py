"""Choices of the tables and the enumerations of the domain, each with its twin."""

from enum import Enum, IntEnum
from typing import TypeVar

from dataverse_schema import options
from work365 import ports
from work365.domain import changes, contracts, findings, invoices

EnumT = TypeVar("EnumT", bound=Enum)
OptionT = TypeVar("OptionT", bound=IntEnum)

TWINS: dict[type[IntEnum], type[Enum]] = {
    options.AnchorRule: contracts.AnchorRule,
    options.BillingTiming: contracts.Timing,
    options.ContractType: contracts.ContractType,
    options.InvoiceStatus: invoices.InvoiceStatus,
    options.JobStatus: ports.JobStatus,
    options.Severity: findings.Severity,
    options.SubscriptionStatus: changes.Status,
}
"""Twins have the same member names; a test holds them to it."""


def meaning(option: IntEnum, kind: type[EnumT]) -> EnumT:
    """Return the member of `kind` that `option` stands for."""
    assert TWINS[type(option)] is kind, f"{option!r} is not a {kind.__name__}"
    return kind[option.name]


def option(member: Enum, kind: type[OptionT]) -> OptionT:
    """Return the option of `kind` that stands for `member`."""
    assert TWINS[kind] is type(member), f"{member!r} is not a {kind.__name__}"
    return kind[member.name]
