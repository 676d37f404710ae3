"""Give licences to a user, and take them away."""

from work365.domain.microsoft.decisions import Done
from work365.domain.microsoft.intents import AssignLicences
from work365.domain.microsoft.purchasing import decide_licences
from work365.usecases.provisioning_task import Finished, NotDone, Outcome, Task


def provision_licences(intent: AssignLicences, task: Task) -> Outcome:
    """Let the user have the licences that `intent` names, and lack the others that it names.

    Raises: NotDone, Refusal: nothing was changed; Unavailable: it may have been.
    """
    has = task.desk.licences_of(task.tenant, intent.user)
    if not has.is_complete:
        told = "; ".join(finding.message for finding in has.findings)
        raise NotDone("licences_unreadable", f"the user's licences cannot be read: {told}")
    decision = decide_licences(intent, has.values)
    if isinstance(decision, Done):
        return Finished(message=decision.why)
    update = decision.what
    warnings = task.desk.update_licences(
        task.tenant, intent.user, update, request_id=task.request_id("licences")
    )
    message = f"Licences assigned: {len(update.assign)}, removed: {len(update.remove)}."
    if not warnings:
        return Finished(message=message)
    warned = f"{message} Microsoft warns: {' '.join(warnings)}"
    return Finished(message=warned, findings=(task.warning("licence_warning", warned),))
