"""How a definition that is there differs from the one that is declared.

A definition that allows more than is declared (a longer text, a wider range) is left as it
is: somebody may have needed it. What Dataverse cannot change in place is told apart from what
it can. Source: Microsoft Learn, "Column data types" and "Update a column".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from work365.adapters.dataverse.installation.labels import label_text

TYPE = "@odata.type"
NO_OPTION = -1

Definition = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is to be changed, in words and as properties; and what cannot be."""

    words: list[str] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict)
    fixed: list[str] = field(default_factory=list)
    """Differences that Dataverse does not let anybody remove in place."""


def compare(wanted: Definition, found: Definition, language: int) -> Comparison:
    """Return what of `wanted` is not so in `found`.

    Raises: KeyError: a property is declared that this module has no rule for.
    """
    comparison = Comparison()
    if TYPE in found and _plain_type(wanted) != _plain_type(found):
        comparison.fixed.append(f"it is {_kind(found)}, and should be {_kind(wanted)}")
        return comparison
    for name, value in wanted.items():
        if name not in IGNORED:
            RULES[name](comparison, _Property(name, value, found.get(name), language))
    return comparison


def changed(wanted: Definition, comparison: Comparison) -> dict[str, Any]:
    """Return the changes, with the type of what is changed, which Dataverse wants to be told."""
    return {TYPE: wanted[TYPE], **comparison.changes}


@dataclass(frozen=True, slots=True)
class _Property:
    name: str
    wanted: Any
    found: Any
    language: int

    def change(self, comparison: Comparison, words: str) -> None:
        comparison.words.append(words)
        comparison.changes[self.name] = self.wanted


def _label(comparison: Comparison, both: _Property) -> None:
    wanted = label_text(both.wanted, both.language)
    if label_text(both.found, both.language) != wanted:
        what = LABELS[both.name]
        both.change(comparison, f"set its {what} to {wanted!r}" if wanted else f"empty its {what}")


def _same(comparison: Comparison, both: _Property) -> None:
    if (both.found or None) != (both.wanted or None):
        both.change(comparison, f"set {both.name} from {both.found!r} to {both.wanted!r}")


def _option(comparison: Comparison, both: _Property) -> None:
    found = NO_OPTION if both.found is None else both.found
    if found != both.wanted:
        both.change(comparison, f"set {both.name} from {found} to {both.wanted}")


def _at_least(comparison: Comparison, both: _Property) -> None:
    if both.found is None or both.found < both.wanted:
        both.change(comparison, f"raise {both.name} from {both.found} to {both.wanted}")


def _at_most(comparison: Comparison, both: _Property) -> None:
    if both.found is None or both.found > both.wanted:
        both.change(comparison, f"lower {both.name} from {both.found} to {both.wanted}")


def _level(comparison: Comparison, both: _Property) -> None:
    found = (both.found or {}).get("Value")
    wanted = both.wanted["Value"]
    if found != wanted:
        both.change(comparison, f"set its requirement from {found} to {wanted}")
        # What else the level says, such as whether it can be changed, stays as it is.
        comparison.changes[both.name] = {**(both.found or {}), "Value": wanted}


def _switched_on(comparison: Comparison, both: _Property) -> None:
    if both.wanted and not both.found:
        both.change(comparison, f"switch {both.name} on")


def _parts(comparison: Comparison, both: _Property) -> None:
    found = both.found or {}
    wrong = {name: value for name, value in both.wanted.items() if found.get(name) != value}
    if wrong:
        stated = ", ".join(f"{name} from {found.get(name)} to {wrong[name]}" for name in wrong)
        both.change(comparison, f"set {both.name}: {stated}")
        comparison.changes[both.name] = {**found, **wrong}


def _fixed(comparison: Comparison, both: _Property) -> None:
    found, wanted = _value(both.found), _value(both.wanted)
    if found != wanted:
        comparison.fixed.append(f"its {both.name} is {found}, and should be {wanted}")


def _value(stated: Any) -> Any:
    return stated["Value"] if isinstance(stated, Mapping) else stated


def _plain_type(definition: Definition) -> str:
    return str(definition[TYPE]).lstrip("#")


def _kind(definition: Definition) -> str:
    return _plain_type(definition).rpartition(".")[2].removesuffix("AttributeMetadata")


LABELS = {
    "DisplayName": "display name",
    "DisplayCollectionName": "plural name",
    "Description": "description",
}

RULES: Mapping[str, Callable[[Comparison, _Property], None]] = {
    **dict.fromkeys(LABELS, _label),
    "RequiredLevel": _level,
    "MaxLength": _at_least,
    "MaxValue": _at_least,
    "Precision": _at_least,
    "MinValue": _at_most,
    "AutoNumberFormat": _same,
    "DefaultValue": _same,
    "DefaultFormValue": _option,
    "IconVectorName": _same,
    "ChangeTrackingEnabled": _switched_on,
    "CascadeConfiguration": _parts,
    "OwnershipType": _fixed,
    "EntitySetName": _fixed,
    "FormatName": _fixed,
    "Format": _fixed,
    "DateTimeBehavior": _fixed,
    "PrecisionSource": _fixed,
    "ReferencedEntity": _fixed,
    "ReferencingEntity": _fixed,
}

IGNORED = frozenset(
    (
        TYPE,
        "AssociatedMenuConfiguration",
        "AttributeType",
        "AttributeTypeName",
        "Attributes",
        "GlobalOptionSet@odata.bind",
        "HasActivities",
        "HasNotes",
        "IsActivity",
        "IsAuditEnabled",
        "IsGlobal",
        "IsPrimaryName",
        "Lookup",
        "Name",
        "OptionSet",
        "OptionSetType",
        "Options",
        "ReferencedAttribute",
        "SchemaName",
        "SourceTypeMask",
    )
)
"""What identifies a definition, is compared elsewhere, or is only of use when it is created."""
