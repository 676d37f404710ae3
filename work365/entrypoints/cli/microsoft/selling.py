"""`work365 microsoft channel`: how the partner sells, and through or for whom."""

from collections.abc import Sequence

import typer

from work365.adapters.partner_center.relationships import Relationships
from work365.domain.microsoft.relationships import OtherPartner
from work365.entrypoints.cli.findings_output import findings_as_json, print_findings
from work365.entrypoints.cli.microsoft.asking import at_microsoft, exit_with
from work365.entrypoints.cli.output import AsJson, console, in_plain_words, print_json
from work365.entrypoints.microsoft import microsoft_of
from work365.usecases.invite_customer import SalesChannel, SalesMode, sales_channel

PURPOSE = "see how the partner sells"
SENTENCES = {
    SalesMode.DIRECT: "You sell to customers directly: Microsoft lists no reseller and no provider"
    " that you work with.",
    SalesMode.INDIRECT_PROVIDER: "You are an indirect provider. Your indirect resellers:",
    SalesMode.INDIRECT_RESELLER: "You are an indirect reseller. Your indirect providers, who buy"
    " from Microsoft:",
}

app = typer.Typer()


@app.command()
@in_plain_words
def channel(as_json: AsJson = False) -> None:
    """Say how we sell, directly or not, and with whom; needs the delegated connection."""
    with at_microsoft() as services:
        errand = microsoft_of(services).partner_center(PURPOSE)
        found = sales_channel(partners=Relationships(errand))
    if as_json:
        print_json(
            {
                "mode": found.mode.value,
                "partners": [_as_document(each) for each in found.partners],
                "findings": findings_as_json(found.findings),
            }
        )
    else:
        _print(found)
    exit_with(found.findings)


def _print(found: SalesChannel) -> None:
    console.print(SENTENCES[found.mode], highlight=False, markup=False)
    for line in _lines(found.partners):
        console.print(line, highlight=False, markup=False)
    print_findings(found.findings)


def _lines(partners: Sequence[OtherPartner]) -> list[str]:
    ordered = sorted(partners, key=lambda each: each.name.casefold())
    return [f"- {each.name} (partner id {each.mpn}, tenant {each.tenant})" for each in ordered]


def _as_document(partner: OtherPartner) -> dict[str, str | None]:
    return {
        "tenant": partner.tenant,
        "name": partner.name,
        "partner_id": partner.mpn,
        "country": partner.country,
    }
