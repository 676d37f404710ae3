"""Choices: the fixed lists of options that columns of ours can hold."""

from enum import IntEnum

from dataverse_schema.columns import CHOICE_VALUE_BASE


def _value(number: int) -> int:
    return CHOICE_VALUE_BASE + number


class ContractType(IntEnum):
    """Which cycle says what is on an invoice."""

    RECURRING = _value(0)
    FLEXI = _value(1)


class ContractStatus(IntEnum):
    """Whether a contract is billed."""

    DRAFT = _value(0)
    ACTIVE = _value(1)
    TERMINATED = _value(2)


class BillingTiming(IntEnum):
    """When a billing period is paid: at its start, or after its end."""

    ADVANCE = _value(0)
    ARREARS = _value(1)


class AnchorRule(IntEnum):
    """From which day billing periods are counted."""

    ANNIVERSARY = _value(0)
    CALENDAR = _value(1)


class SubscriptionStatus(IntEnum):
    """State of a subscription from a day on."""

    ACTIVE = _value(0)
    SUSPENDED = _value(1)
    CANCELLED = _value(2)


class ProviderKind(IntEnum):
    """How a provider is told of changes."""

    DO_NOTHING = _value(0)
    MANUAL = _value(1)
    PARTNER_CENTER = _value(2)


class InvoiceStatus(IntEnum):
    """Where an invoice is on its way to the customer."""

    DRAFT = _value(0)
    BILLED = _value(1)


class JobStatus(IntEnum):
    """Where a job is."""

    WAITING = _value(0)
    IN_PROGRESS = _value(1)
    SUCCEEDED = _value(2)
    FAILED = _value(3)


class Severity(IntEnum):
    """How much a finding matters."""

    ERROR = _value(0)
    WARNING = _value(1)


class FindingStatus(IntEnum):
    """Whether a finding still holds."""

    OPEN = _value(0)
    CLOSED = _value(1)
