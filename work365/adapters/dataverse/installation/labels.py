"""Labels: texts of definitions, each in one language of an environment."""

from collections.abc import Mapping
from typing import Any

from work365.adapters.dataverse.installation.requests import NAMESPACE


def label(text: str, language: int) -> dict[str, Any]:
    """Return `text` as a definition holds it, in the language with this code."""
    return {
        "@odata.type": f"{NAMESPACE}.Label",
        "LocalizedLabels": [
            {
                "@odata.type": f"{NAMESPACE}.LocalizedLabel",
                "Label": text,
                "LanguageCode": language,
            }
        ],
    }


def label_text(found: Mapping[str, Any] | None, language: int) -> str:
    """Return what a label that was read says in the language; nothing where it says nothing."""
    for localized in (found or {}).get("LocalizedLabels") or []:
        if localized["LanguageCode"] == language:
            return str(localized["Label"] or "")
    return ""
