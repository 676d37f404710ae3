"""Typesetting: a template and its values become one PDF/A-3b file.

Values reach Typst as JSON and are only ever drawn, so no text can act as markup. Only the
fonts inside Typst are used: the same values give the same bytes on every machine. A
character that they do not cover is drawn as a box, and the template is told to say so.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias
from unicodedata import category

import typst

BOX = "\N{WHITE SQUARE}"
"""Stands for a character that the fonts do not cover."""

PROBES_KEPT_MAX = 10_000

Value: TypeAlias = "str | bool | Sequence[Value] | Mapping[str, Value] | None"

_FONTS = typst.Fonts(include_system_fonts=False)
_PROBE = Path(__file__).with_name("probe.typ")
_EPOCH = datetime.fromtimestamp(0, UTC)


def typeset(
    template: Path, *, values: Mapping[str, Value], image: bytes | None, created_at: datetime
) -> bytes:
    """Return the PDF of `template`, which reads JSON from `sys.inputs`.

    The keys are `values`, `image` (the bytes as numbers, or null) and `boxed` (true if a box
    stands for some character). Runs of white space in `values` become one space.
    Raises: typst.TypstError: the template or the image cannot be drawn.
    """
    assert created_at.tzinfo is not None, f"{created_at} has no time zone"
    inputs = {"image": json.dumps(None if image is None else list(image))}
    tidy = _in_each_text(values, _tidy)
    drawn = inputs | {"values": json.dumps(tidy), "boxed": "false"}
    try:
        return _compiled(template, drawn, created_at)
    except typst.TypstError:
        # PDF/A has no place for a missing glyph. Looking for one costs a compilation a word,
        # so the fonts are asked only when something is wrong.
        boxed = _in_each_text(tidy, _boxed)
        if boxed == tidy:
            raise
    drawn = inputs | {"values": json.dumps(boxed), "boxed": "true"}
    return _compiled(template, drawn, created_at)


def _compiled(template: Path, inputs: dict[str, str], created_at: datetime) -> bytes:
    return typst.compile(
        template,
        format="pdf",
        pdf_standards=["a-3b"],
        timestamp=created_at.astimezone(UTC),
        font_paths=_FONTS,
        ignore_system_fonts=True,
        sys_inputs=inputs,
    )


def _in_each_text(value: Value, change: Callable[[str], str]) -> Value:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _in_each_text(inner, change) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [_in_each_text(inner, change) for inner in value]
    return value


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _boxed(text: str) -> str:
    return " ".join(_boxed_word(word) for word in text.split(" "))


def _boxed_word(word: str) -> str:
    if _is_drawable(word):
        return word
    drawn = "".join(character if _is_drawable(character) else BOX for character in word)
    if _is_drawable(drawn):
        return drawn
    # A letter and the accent on it must be in one font; where none has both, the accent goes.
    return "".join(BOX if category(character).startswith("M") else character for character in drawn)


@lru_cache(maxsize=PROBES_KEPT_MAX)
def _is_drawable(text: str) -> bool:
    if text.isascii() and text.isprintable():
        return True
    try:
        _compiled(_PROBE, {"values": json.dumps(text)}, _EPOCH)
    except typst.TypstError:
        return False
    return True
