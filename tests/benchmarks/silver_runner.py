"""Bills with django-silver; run by `django_silver.py` in silver's own environment, on Python 3.9.

Everything is chosen in silver's favour: a database in memory, one transaction a run, drafts
that are not issued, plans without metered features, no taxes, and processor time, so that what
else runs on the machine costs silver little. Prints its figures as JSON.
"""

import argparse
import json
import time
from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import Any

FIRST = date(2025, 1, 1)
NEXT = date(2025, 2, 1)
APPLICATIONS = ["django.contrib.auth", "django.contrib.contenttypes", "silver"]


def main() -> None:
    """Print the figures of one portfolio."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--customers", type=int, required=True)
    arguments.add_argument("--lines", type=int, required=True)
    given = arguments.parse_args()
    _set_up()
    models = import_module("silver.models")
    _add_customers(models, given.customers, given.lines)
    figures = {
        "customers": given.customers,
        "lines": given.lines,
        "first": _bill(models, FIRST),
        "again": _bill(models, FIRST),
        "renewal": _bill(models, NEXT),
        "renewal_again": _bill(models, NEXT),
    }
    assert figures["first"]["added"] == figures["renewal"]["added"] == given.customers, figures
    assert figures["again"]["added"] == figures["renewal_again"]["added"] == 0, figures
    assert models.DocumentEntry.objects.count() == 2 * given.customers * given.lines
    print(json.dumps(figures))


def _set_up() -> None:
    import_module("django.conf").settings.configure(
        INSTALLED_APPS=APPLICATIONS,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
        ],
        # Django insists on one; it guards nothing in a database in memory.
        SECRET_KEY="unused",  # noqa: S106  see above
        USE_TZ=True,
        PAYMENT_PROCESSORS={},
        SILVER_AUTOMATICALLY_CREATE_TRANSACTIONS=False,
    )
    import_module("django").setup()
    import_module("django.core.management").call_command("migrate", verbosity=0)


def _add_customers(models: Any, customers: int, lines: int) -> None:
    provider = models.Provider.objects.create(
        name="Partner",
        company="Partner",
        address_1="Street 1",
        city="City",
        country="DE",
        flow="invoice",
        invoice_series="INV",
        invoice_starting_number=1,
        prebill_plan=True,
    )
    plans = [_plan(models, provider, number) for number in range(lines)]
    for number in range(customers):
        customer = models.Customer.objects.create(
            first_name="Customer",
            last_name=str(number),
            address_1="Street 1",
            city="City",
            country="DE",
            consolidated_billing=True,
        )
        models.Subscription.objects.bulk_create(
            models.Subscription(customer=customer, plan=plan, start_date=FIRST, state="active")
            for plan in plans
        )


def _plan(models: Any, provider: Any, number: int) -> Any:
    return models.Plan.objects.create(
        name="Plan %d" % number,  # noqa: UP031  as old as the code it drives
        interval="month",
        interval_count=1,
        amount=Decimal("12.40"),
        currency="EUR",
        product_code=models.ProductCode.objects.create(value=str(number)),
        provider=provider,
    )


def _bill(models: Any, day: date) -> dict[str, Any]:
    generator = import_module("silver.documents_generator").DocumentsGenerator()
    before = models.Invoice.objects.count()
    started = time.process_time()
    with import_module("django.db.transaction").atomic():
        generator.generate(billing_date=day)
    seconds = time.process_time() - started
    return {"added": models.Invoice.objects.count() - before, "seconds": seconds}


if __name__ == "__main__":
    main()
