"""How values of the domain are written to Partner Center."""

from datetime import date

from work365.domain.catalog import BillingPlan


def plan_written(plan: BillingPlan) -> str:
    """Return a billing plan as carts and subscriptions spell it, such as `one_time`."""
    return "one_time" if plan is BillingPlan.ONE_TIME else plan.value.lower()


def day_written(day: date) -> str:
    """Return a day as the moment in UTC with which it begins."""
    return f"{day.isoformat()}T00:00:00Z"
