from dataverse_schema.steps import MESSAGE_IDS, PRE_IMAGE, STEPS
from dataverse_schema.tables.billing import SubscriptionChange
from dataverse_schema.tables.microsoft import ConsentRequest


def test_names_and_ids_are_unique() -> None:
    assert len({step.name for step in STEPS}) == len(STEPS)
    assert len({step.id for step in STEPS}) == len(STEPS)


def test_every_message_is_known() -> None:
    assert {step.message for step in STEPS} == MESSAGE_IDS.keys()


def test_only_an_update_is_filtered() -> None:
    for step in STEPS:
        assert bool(step.filtering_attributes) == (step.message == "Update"), step.name


def test_a_deleted_change_says_whose_it_was() -> None:
    (step,) = [step for step in STEPS if step.message == "Delete"]

    (image,) = step.images

    assert image.image_type == PRE_IMAGE
    assert image.attributes == ("w365_key", "w365_subscription")
    assert image.message_property == "Target"


def test_nothing_that_is_created_has_a_state_before() -> None:
    assert [step.images for step in STEPS if step.message == "Create"] == [()] * 5


def test_a_change_rings_when_it_is_to_be_provisioned_and_so_does_a_request_for_consent() -> None:
    filters = {(step.table, step.message): step.filtering_attributes for step in STEPS}

    assert "w365_provisioningstatus" in filters[SubscriptionChange, "Update"].split(",")
    assert filters[ConsentRequest, "Create"] == ""
    assert filters[ConsentRequest, "Update"] == "w365_state"
