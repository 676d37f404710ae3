"""Choices: the fixed lists of options that columns of ours can hold."""

from enum import IntEnum

from dataverse_schema.columns import CHOICE_VALUE_BASE


def _value(number: int) -> int:
    return CHOICE_VALUE_BASE + number


class ContractType(IntEnum):
    """Which cycle says what is on an invoice."""

    RECURRING = _value(0)
    FLEXI = _value(1)
    NON_RECURRING = _value(2)


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
    BILL_DAY = _value(2)


class MonthEnd(IntEnum):
    """What becomes of a billing period's start in a month that is shorter."""

    CLAMP = _value(0)
    KEEP_DISTANCE = _value(1)


class ChangeLines(IntEnum):
    """How a change within a billed period is written on the invoice."""

    DELTA = _value(0)
    CREDIT_AND_CHARGE = _value(1)


class AddingUp(IntEnum):
    """Across which lines rounding is carried, so that they add up."""

    LINE = _value(0)
    PERIOD = _value(1)


class OwnChangeLines(IntEnum):
    """How one contract's changes are written: as the environment says, or its own way."""

    AS_ENVIRONMENT = _value(0)
    DELTA = _value(1)
    CREDIT_AND_CHARGE = _value(2)


class OwnAddingUp(IntEnum):
    """How one contract's rounding adds up: as the environment says, or its own way."""

    AS_ENVIRONMENT = _value(0)
    LINE = _value(1)
    PERIOD = _value(2)


class OwnYesNo(IntEnum):
    """What one contract says to a question: as the environment says, or for itself."""

    AS_ENVIRONMENT = _value(0)
    NO = _value(1)
    YES = _value(2)


class SubscriptionStatus(IntEnum):
    """State of a subscription from a day on. The values are in the order they came to be."""

    ACTIVE = _value(0)
    TRIAL = _value(3)
    PAUSED = _value(4)
    SUSPENDED = _value(1)
    CANCELLED = _value(2)


class ProviderKind(IntEnum):
    """How a provider is told of changes."""

    DO_NOTHING = _value(0)
    MANUAL = _value(1)
    PARTNER_CENTER = _value(2)


class OneTimeKind(IntEnum):
    """What a one-time charge is for."""

    PRODUCT = _value(0)
    EFFORT = _value(1)
    WRITE_IN = _value(2)


class LineKind(IntEnum):
    """What an invoice line does."""

    CHARGE = _value(0)
    CREDIT = _value(1)
    WAIVED = _value(2)


class DocumentKind(IntEnum):
    """Which paper a bill is."""

    INVOICE = _value(0)
    CREDIT_NOTE = _value(1)


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
