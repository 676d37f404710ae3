"""Steps: which rows ring the service's webhook when they change."""

from dataclasses import dataclass
from uuid import UUID

from dataverse_schema.endpoints import ENDPOINT
from dataverse_schema.identifiers import identifier
from dataverse_schema.table import Table
from dataverse_schema.tables.billing import (
    BillingContract,
    OneTimeCharge,
    Subscription,
    SubscriptionChange,
)
from dataverse_schema.tables.microsoft import ConsentRequest

MESSAGE_IDS = {
    "Create": UUID("9ebdbb1b-ea3e-db11-86a7-000a3a5473e8"),
    "Update": UUID("20bebb1b-ea3e-db11-86a7-000a3a5473e8"),
    "Delete": UUID("a1bdbb1b-ea3e-db11-86a7-000a3a5473e8"),
}
"""Rows of sdkmessage, which have the same ids in every environment."""

STAGE_AFTER = 40
MODE_ASYNCHRONOUS = 1
RANK = 1
PRE_IMAGE = 0
IMAGE_NAME = "before"


@dataclass(frozen=True, kw_only=True)
class Image:
    """What a row was before the message, sent along with the ring."""

    id: UUID
    name: str
    """Also the alias under which a ring carries it."""

    image_type: int
    attributes: tuple[str, ...]
    """Logical names."""

    message_property: str
    """The message's parameter that names the row."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One registration: ring, after the fact, when `message` happened to a row of `table`."""

    message: str
    table: type[Table]
    fields: tuple[str, ...] = ()
    """For Update: the fields whose change rings. Those that billing writes are left out."""

    before: tuple[str, ...] = ()
    """Fields that a ring carries as they were: to which row this one belonged. A row that is
    deleted or moved no longer says it, and change tracking tells of deleted rows the id alone."""

    @property
    def name(self) -> str:
        """The step's name, by which it is found again."""
        return f"{ENDPOINT.name}: {self.message} of {self.table.table_name()}"

    @property
    def id(self) -> UUID:
        """The step's id, the same in every environment that the solution is imported in."""
        return identifier("step", self.name)

    @property
    def images(self) -> tuple[Image, ...]:
        """The images to be registered with the step."""
        if not self.before:
            return ()
        return (
            Image(
                id=identifier("image", f"{self.name}: {IMAGE_NAME}"),
                name=IMAGE_NAME,
                image_type=PRE_IMAGE,
                attributes=tuple(self.table.column_name(field) for field in self.before),
                message_property="Target",
            ),
        )

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
            "provisioning_status",
        ),
    ),
    Step(message="Delete", table=SubscriptionChange, before=("key", "subscription")),
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
        before=("contract",),
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
        before=("contract",),
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
    Step(message="Create", table=ConsentRequest),
    Step(message="Update", table=ConsentRequest, fields=("state",)),
)
