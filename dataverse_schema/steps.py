"""Steps: which rows ring the service's webhook when they change."""

from dataclasses import dataclass

from dataverse_schema.table import Table
from dataverse_schema.tables.billing import (
    BillingContract,
    OneTimeCharge,
    Subscription,
    SubscriptionChange,
)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One registration: ring, after the fact, when `message` happened to a row of `table`."""

    message: str
    table: type[Table]
    fields: tuple[str, ...] = ()
    """For Update: the fields whose change rings. Those that billing writes are left out."""

    @property
    def filtering_attributes(self) -> str:
        """The fields as Dataverse wants them: logical names with commas."""
        return ",".join(self.table.column_name(field) for field in self.fields)


STEPS = (
    Step(message="Create", table=SubscriptionChange),
    Step(
        message="Update",
        table=SubscriptionChange,
        fields=(
            "effective_on",
            "quantity_delta",
            "unit_price",
            "price_months",
            "status",
            "refund",
        ),
    ),
    Step(message="Delete", table=SubscriptionChange),
    Step(message="Create", table=Subscription),
    Step(
        message="Update",
        table=Subscription,
        fields=(
            "contract",
            "start_on",
            "end_on",
            "cycle_months",
            "name",
            "billable",
            "printed_with",
            "refund_at_end",
            "discount_percent",
            "term_months",
        ),
    ),
    Step(message="Create", table=OneTimeCharge),
    Step(
        message="Update",
        table=OneTimeCharge,
        fields=(
            "contract",
            "charged_on",
            "quantity",
            "unit_price",
            "kind",
            "discounted",
            "name",
        ),
    ),
    Step(message="Create", table=BillingContract),
    Step(
        message="Update",
        table=BillingContract,
        fields=(
            "customer",
            "currency",
            "contract_type",
            "status",
            "timing",
            "anchor_rule",
            "cycle_months",
            "change_cycle_months",
            "start_on",
            "end_on",
            "payment_days",
            "review_days",
            "bill_day",
            "month_end",
            "proration",
            "change_lines",
            "adding_up",
            "process_refunds",
            "last_day_counts",
            "offset_days",
            "refund_at_end",
            "discount_percent",
        ),
    ),
)
