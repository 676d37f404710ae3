"""Choices of the tables and the enumerations of the domain, each with its twin."""

from enum import Enum, IntEnum
from typing import TypeVar

from dataverse_schema import options
from work365.domain import (
    changes,
    contracts,
    findings,
    invoices,
    lines,
    numbering,
    one_time_charges,
    periods,
    policies,
)
from work365.domain.microsoft import actions, subscriptions
from work365.ports import consent, job_log, providers

EnumT = TypeVar("EnumT", bound=Enum)
OptionT = TypeVar("OptionT", bound=IntEnum)

TWINS: dict[type[IntEnum], type[Enum]] = {
    options.AddingUp: policies.AddingUp,
    options.AnchorRule: contracts.AnchorRule,
    options.BillingTiming: contracts.Timing,
    options.ChangeLines: policies.ChangeLines,
    options.Cloud: providers.Cloud,
    options.ConnectionState: providers.ConnectionState,
    options.ConsentKind: consent.ConsentKind,
    options.ConsentRequestState: consent.RequestState,
    options.ContractType: contracts.ContractType,
    options.DocumentKind: numbering.DocumentKind,
    options.InvoiceStatus: invoices.InvoiceStatus,
    options.JobStatus: job_log.JobStatus,
    options.LineKind: lines.LineKind,
    options.MonthEnd: periods.MonthEnd,
    options.OneTimeKind: one_time_charges.OneTimeKind,
    options.ProviderKind: providers.ProviderKind,
    options.ProvisioningAction: actions.ProvisioningAction,
    options.ProvisioningStatus: actions.ProvisioningStatus,
    options.Severity: findings.Severity,
    options.SubscriptionStatus: changes.Status,
    options.TermEnd: subscriptions.TermEnd,
}
"""Twins have the same member names; a test holds them to it."""

OWN: dict[type[IntEnum], type[Enum]] = {
    options.OwnAddingUp: policies.AddingUp,
    options.OwnChangeLines: policies.ChangeLines,
}
"""What a contract can say for itself: the same members, after one for the environment's."""

OWN_ANSWERS = {
    options.OwnYesNo.AS_ENVIRONMENT: None,
    options.OwnYesNo.NO: False,
    options.OwnYesNo.YES: True,
}


def meaning(option: IntEnum, kind: type[EnumT]) -> EnumT:
    """Return the member of `kind` that `option` stands for."""
    assert TWINS[type(option)] is kind, f"{option!r} is not a {kind.__name__}"
    return kind[option.name]


def option(member: Enum, kind: type[OptionT]) -> OptionT:
    """Return the option of `kind` that stands for `member`."""
    assert TWINS[kind] is type(member), f"{member!r} is not a {kind.__name__}"
    return kind[member.name]


def own_meaning(option: IntEnum, kind: type[EnumT]) -> EnumT | None:
    """Return what a contract says for itself; none where the environment's choice holds."""
    assert OWN[type(option)] is kind, f"{option!r} is not a contract's own {kind.__name__}"
    return None if option.name == "AS_ENVIRONMENT" else kind[option.name]


def own_answer(option: options.OwnYesNo) -> bool | None:
    """Return what a contract answers for itself; none where the environment's answer holds."""
    return OWN_ANSWERS[option]


def own_option(answer: bool | None) -> options.OwnYesNo:
    """Return the option by which a contract says `answer`, or leaves it to the environment."""
    return {meant: option for option, meant in OWN_ANSWERS.items()}[answer]
