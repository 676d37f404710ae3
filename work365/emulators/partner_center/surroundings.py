"""The endpoints of the areas around subscriptions, in one list."""

from work365.emulators.partner_center import (
    application_consents,
    audit_records,
    fraud_events,
    invoice_endpoints,
    licences,
    mfa_reports,
    partner_links,
    price_endpoints,
    service_requests,
    users,
    webhook_endpoints,
)
from work365.emulators.partner_center.calls import Endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *application_consents.ENDPOINTS,
    *audit_records.ENDPOINTS,
    *fraud_events.ENDPOINTS,
    *invoice_endpoints.ENDPOINTS,
    *licences.ENDPOINTS,
    *mfa_reports.ENDPOINTS,
    *partner_links.ENDPOINTS,
    *price_endpoints.ENDPOINTS,
    *service_requests.ENDPOINTS,
    *users.ENDPOINTS,
    *webhook_endpoints.ENDPOINTS,
)
