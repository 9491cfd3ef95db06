"""Every key, range and default stands in its page, and every reason in the glossary."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest

import appliance.sections
import coprocessor.config
from appliance import decision

DOCS = Path(__file__).parents[2] / "docs"
CONFIGURATIONS = (
    ("site.md", appliance.sections.Site),
    ("coprocessor.md", coprocessor.config.Config),
)


def keys(kind: type[msgspec.Struct], place: str = "") -> Iterator[tuple[str, tuple[str, str]]]:
    """Every key as `table.key`, with its values and its default as the page writes them."""
    tag = kind.__struct_config__.tag_field
    if tag:
        yield f"{place}{tag}", (f'`"{kind.__struct_config__.tag}"`', "required")
    hints = get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        below = section(hints[field.name])
        if below is not None:
            yield from keys(below, f"{place}{field.name}.")
        elif field.name == "portals":
            yield from keys(appliance.sections.Portal, f"{place}{field.name}.NAME.")
        elif field.name == "areas":
            yield from keys(appliance.sections.Area, f"{place}{field.name}.NAME.")
        elif field.name == "wiegand":
            yield from keys(appliance.sections.CardFormat, f"{place}{field.name}.NAME.")
        else:
            yield f"{place}{field.name}", (values(hints[field.name]), default(field.default))


def section(hint: Any) -> type[msgspec.Struct] | None:
    """The Struct in `Struct` or `Struct | None`."""
    for kind in (hint, *get_args(hint)[:1]):
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return kind
    return None


def values(hint: Any) -> str:
    """`100 to 600000`, or the choices; empty where the page may say it in its own words."""
    if get_origin(hint) is Literal:
        *others, last = (f'`"{choice}"`' for choice in get_args(hint))
        return f"{', '.join(others)} or {last}"
    if get_origin(hint) is Annotated:
        meta = get_args(hint)[1]
        return f"{meta.ge} to {meta.le}" if meta.ge is not None else ""
    return "true or false" if hint is bool else ""


def default(value: Any) -> str:
    if value is msgspec.NODEFAULT:
        return "required"
    return "none" if value is None else f"`{msgspec.json.encode(value).decode()}`"


def rows(page: str) -> dict[str, tuple[str, str]]:
    """The rows of a page's tables: key, values, default."""
    cells = [line.split(" | ") for line in page.splitlines() if line.startswith("| `")]
    return {row[0].strip("| `"): (row[1], row[2]) for row in cells}


@pytest.mark.parametrize(("page", "kind"), CONFIGURATIONS)
def test_every_key_is_told_with_its_default(page: str, kind: type[msgspec.Struct]) -> None:
    told = {key: default for key, (_, default) in rows((DOCS / page).read_text()).items()}
    assert told == {key: default for key, (_, default) in keys(kind)}


@pytest.mark.parametrize(("page", "kind"), CONFIGURATIONS)
def test_every_range_is_told(page: str, kind: type[msgspec.Struct]) -> None:
    told = {key: values for key, (values, _) in rows((DOCS / page).read_text()).items()}
    for key, (values, _) in keys(kind):
        assert told[key]
        assert values in ("", told[key]), key


def test_every_reason_is_in_the_glossary() -> None:
    reasons = {
        value for name, value in vars(decision).items() if name.isupper() and isinstance(value, str)
    }
    assert decision.NO_MATCH in reasons
    glossary = (DOCS / "glossary.md").read_text()
    assert {reason for reason in reasons if f"`{reason}`" not in glossary} == set()
