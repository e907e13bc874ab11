"""How the house-rule tests read templates: as Jinja's tree, and as the HTML that is left when Jinja is taken out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

HOLE = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands where a template has an expression."""

ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)


def templates(root: Path) -> Iterator[tuple[str, str]]:
    """Each template of a house: (name as Flask knows it, source). Those of papers are another language's."""
    folder = root / "app" / "templates"
    for file in sorted(file for file in folder.rglob("*") if file.is_file() and file.suffix != ".typ"):
        yield file.relative_to(folder).as_posix(), file.read_text()


def parse(name: str, source: str) -> nodes.Template:
    """Jinja's tree of a template."""
    return ENVIRONMENT.parse(source, name)


def references(tree: nodes.Template) -> set[str]:
    """Names of the templates that this one extends, includes or imports."""
    kinds = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
    return {
        const.value
        for node in tree.find_all(kinds)
        for const in [node.template, *node.template.find_all(nodes.Const)]
        if isinstance(const, nodes.Const) and isinstance(const.value, str)
    }


def without_jinja(source: str) -> str:
    """The template's own characters, line for line: expressions become a hole, statements and comments vanish."""
    kept: list[str] = []
    in_trans = False
    for _line, kind, value in ENVIRONMENT.lex(source):
        newlines = "\n" * value.count("\n")
        if kind == "data":
            kept.append(newlines if in_trans else value)
        elif kind == "name" and value in {"trans", "endtrans"}:
            in_trans = value == "trans"
        elif kind == "variable_begin":
            kept.append(HOLE)
        else:
            kept.append(newlines)
    return "".join(kept)


@dataclass
class Markup:
    """What a template writes by itself: tags with their attributes, those left open or closed too often, and text."""

    tags: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)
    unpaired: list[tuple[int, str]] = field(default_factory=list)
    texts: list[tuple[int, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    SILENT = frozenset({"script", "style", "code"})
    VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.markup = Markup()
        self._inside: list[str] = []
        self._open: list[tuple[int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.markup.tags.append((self.getpos()[0], tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID:
            self._open.append((self.getpos()[0], tag))
        # What stands in a language of its own (the switch to the other one) is not translated.
        if tag in self.SILENT or (tag != "html" and any(name == "lang" for name, _value in attrs)):
            self._inside.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.markup.tags.append((self.getpos()[0], tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()
        if self._open and self._open[-1][1] == tag:
            self._open.pop()
        else:
            self.markup.unpaired.append((self.getpos()[0], f"/{tag}"))

    def handle_data(self, text: str) -> None:
        if not self._inside:
            self.markup.texts.append((self.getpos()[0], text))

    def close(self) -> None:
        super().close()
        self.markup.unpaired += self._open


def markup(source: str) -> Markup:
    """Tags and texts of a template."""
    reader = _Reader()
    reader.feed(without_jinja(source))
    reader.close()
    return reader.markup
