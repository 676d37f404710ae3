"""Publishing: here everything is seen at once, and what is named has to be there."""

import pytest

from tests.emulators.dataverse.conftest import Api, refusal
from tests.emulators.dataverse.definition_bodies import choice, make, make_thing


def test_everything_is_published(blank: Api) -> None:
    answer = blank.call("POST", "PublishAllXml")

    assert answer.status_code == 204


def test_tables_choices_and_web_resources_are_published(blank: Api) -> None:
    make_thing(blank)
    make(blank, "GlobalOptionSetDefinitions", choice(Small=1))
    resource = blank.create("webresourceset", name="new_/a.js", webresourcetype=3)
    xml = (
        "<importexportxml><entities><entity>new_thing</entity></entities><optionsets>"
        "<optionset>new_size</optionset></optionsets><webresources>"
        f"<webresource>{{{resource}}}</webresource></webresources></importexportxml>"
    )

    answer = blank.call("POST", "PublishXml", {"ParameterXml": xml})

    assert answer.status_code == 204


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "0x80040203"),
        ({"ParameterXml": "<importexportxml>"}, "0x80048426"),
        ({"ParameterXml": "<other/>"}, "0x80040203"),
        ({"ParameterXml": "<importexportxml><others/></importexportxml>"}, "0x80040203"),
        ({"ParameterXml": "<importexportxml><entities><x/></entities></importexportxml>"},
         "0x80040203"),
        ({"ParameterXml": "<importexportxml><entities><entity>nothing</entity></entities>"
                          "</importexportxml>"}, "0x80040216"),
        ({"ParameterXml": "<importexportxml><webresources><webresource>x</webresource>"
                          "</webresources></importexportxml>"}, "0x80040216"),
    ],
)  # fmt: skip
def test_what_cannot_be_published_is_refused(blank: Api, body: dict[str, str], code: str) -> None:
    answer = blank.call("POST", "PublishXml", body)

    assert refusal(answer)[:2] == (400, code)


def test_a_parameter_that_is_not_known_is_refused(blank: Api) -> None:
    answer = blank.call("POST", "PublishAllXml", {"Shine": True})

    assert refusal(answer)[:2] == (501, "0x80040219")
