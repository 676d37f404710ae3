"""The Azure Functions app: every trigger of the service, registered in one place."""

import azure.functions as func

from consent import functions as consent
from work365.entrypoints import partner_center_webhook, provider_timers, queue, timers, webhooks

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
for blueprint in (
    webhooks.bp,
    partner_center_webhook.bp,
    consent.bp,
    queue.bp,
    timers.bp,
    provider_timers.bp,
):
    app.register_functions(blueprint)
