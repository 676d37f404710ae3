"""The Azure Functions app: every trigger of the service, registered in one place."""

import azure.functions as func

from work365.entrypoints import queue, timers, webhooks

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
for blueprint in (webhooks.bp, queue.bp, timers.bp):
    app.register_functions(blueprint)
