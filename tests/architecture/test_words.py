"""Every visible text is in the Indonesian catalogue, finished, with the same placeholders as in the English source."""

from __future__ import annotations

import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from tests.architecture.reading import ROOT, require_none

CATALOGUE = ROOT / "app" / "translations" / "id" / "LC_MESSAGES" / "messages.po"
KEYWORDS = ("_l", "lazy_gettext", "lazy_ngettext:1,2")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
NAMELESS = re.compile(r"%[sdr]")


def collect(house: Path, folder: Path) -> Catalog:
    """The texts that stand in code and templates now, as `make translations` collects them."""
    target = folder / "messages.pot"
    keywords = [part for keyword in KEYWORDS for part in ("-k", keyword)]
    command = ["-q", "extract", "-F", str(ROOT / "pyproject.toml"), *keywords, "-o", str(target), "."]
    subprocess.run([sys.executable, "-m", "babel.messages.frontend", *command], cwd=house, check=True)
    return read_po(BytesIO(target.read_bytes()))


def incomplete(texts: Catalog, catalogue: Catalog) -> list[str]:
    """Texts of the code that the catalogue lacks, has unfinished, or says with other placeholders."""
    found = []
    for text in _messages(texts):
        known = catalogue.get(text.id, context=text.context)
        if known is None or not all(_forms(known.string)):
            found.append(f"not translated: {_first(text)!r}")
        elif known.fuzzy:
            found.append(f"fuzzy: {_first(text)!r}")
        elif any(not _holes([form]) <= _holes(_forms(text.id)) for form in _forms(known.string)):
            found.append(f"other placeholders: {_first(text)!r}")
    return found


def orphaned(texts: Catalog, catalogue: Catalog) -> list[str]:
    """Translations of texts that nobody says any more."""
    said = {(text.context, _first(text)) for text in _messages(texts)}
    return [_first(known) for known in _messages(catalogue) if (known.context, _first(known)) not in said]


def _messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def _forms(value: str | tuple[str, ...] | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _first(message: Message) -> str:
    return _forms(message.id)[0]


def _holes(forms: list[str]) -> set[str]:
    return {name for form in forms for name in PLACEHOLDER.findall(form)}


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What code and templates say."""
    return collect(ROOT, tmp_path_factory.mktemp("words"))


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    """What Indonesian readers get."""
    return read_po(BytesIO(CATALOGUE.read_bytes()), locale="id")


def test_every_text_is_translated(texts: Catalog, catalogue: Catalog) -> None:
    assert len(_messages(texts)) > 20
    require_none(incomplete(texts, catalogue))


def test_no_translation_is_left_over(texts: Catalog, catalogue: Catalog) -> None:
    require_none(orphaned(texts, catalogue))


def test_placeholders_have_names(texts: Catalog) -> None:
    require_none([_first(text) for text in _messages(texts) if NAMELESS.search(_first(text))])


def test_what_is_missing_is_found(tmp_path: Path) -> None:
    (tmp_path / "app" / "templates").mkdir(parents=True)
    (tmp_path / "app" / "rules.py").write_text('a = _l("One")\nb = _("Two %(n)s", n=1)\n')
    (tmp_path / "app" / "templates" / "page.html").write_text('{{ _("Three") }}{% trans %}Four{% endtrans %}')
    catalogue = Catalog(locale="id")
    catalogue.add("One", "Satu")
    catalogue.add("Two %(n)s", "Dua %(m)s")
    catalogue.add("Three", "Tiga", flags=("fuzzy",))
    catalogue.add("Five", "Lima")
    texts = collect(tmp_path, tmp_path)
    assert sorted(line.split(":")[0] for line in incomplete(texts, catalogue)) == [
        "fuzzy",
        "not translated",
        "other placeholders",
    ]
    assert orphaned(texts, catalogue) == ["Five"]
