"""Pages: no query, no unescaped text, nothing inline that the content policy forbids, every tag closed, every template
used, every word in the catalogue, every field by the macro."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from jinja2 import nodes

from tests.architecture.pages import HOLE, markup, parse, references, templates
from tests.architecture.reading import ROOT, require_none, sources, write

QUERIES = {"query", "session", "execute", "scalars", "scalar", "filter_by", "strftime"}
LIBRARY_FOLDERS = ("security/",)  # the sign-in library asks for its templates by name
SHARED_FOLDERS = {"errors", "mail", "macros"}
STYLED = ("mail/",)  # a mail has no content policy, and mail programs read only inline styles
NONCED = ("api/docs.html",)  # the API's documentation starts its own script, with the nonce
HANDMADE_FIELDS = ("macros/", "security/")
NAMES = re.compile(
    r"\b(Sambang Desa|Balkondes|BUMDes|Borobudur|Indonesia|Bahasa|English|QRIS|WhatsApp|WIB|Rp|HTML|JSON|iCal)\b"
)
PIECES = re.compile(
    r'[\w-]+="[^"]*"|[\w-]+=|[\w-]+(?:\.[\w-]+)+'
)  # of a tag, of an address; the name of a site
SPOKEN = ("alt", "title", "placeholder", "aria-label", "aria-description", "data-label")


def risky(root: Path) -> list[str]:
    """Queries, `|safe` and switched-off escaping."""
    found = []
    for name, source in templates(root):
        tree = parse(name, source)
        found += [f"{name}:{n.lineno}: |safe" for n in tree.find_all(nodes.Filter) if n.name == "safe"]
        found += [f"{name}:{n.lineno}: .{n.attr}" for n in tree.find_all(nodes.Getattr) if n.attr in QUERIES]
        found += [f"{name}:{n.lineno}: db" for n in tree.find_all(nodes.Name) if n.name == "db"]
        found += [f"{name}:{n.lineno}: autoescape" for n in tree.find_all(nodes.ScopedEvalContextModifier)]
    return found


def inline(root: Path) -> list[str]:
    """Scripts, styles and handlers written into a page, which the content policy would stop."""
    found = []
    for name, source in templates(root):
        for line, tag, attributes in markup(source).tags:
            here = f"{name}:{line}: <{tag}>"
            if tag == "script" and not _is_allowed_script(name, attributes):
                found.append(f"{here} inline script")
            if not name.startswith(STYLED) and (tag == "style" or "style" in attributes):
                found.append(f"{here} inline style")
            found += [f"{here} {key}" for key in attributes if key.startswith(("on", "hx-on"))]
            found += [
                f"{here} javascript:"
                for value in attributes.values()
                if value.startswith(("javascript:", "js:"))
            ]
    return found


def _is_allowed_script(name: str, attributes: dict[str, str]) -> bool:
    if "src" in attributes or attributes.get("type") in {"application/json", "application/ld+json"}:
        return True
    return name in NONCED and "nonce" in attributes


def unpaired(root: Path) -> list[str]:
    """Tags that one template leaves open, or closes twice: browsers guess then, and what follows moves elsewhere."""
    return [
        f"{name}:{line}: <{tag}>" for name, source in templates(root) for line, tag in markup(source).unpaired
    ]


def handmade_fields(root: Path) -> list[str]:
    """Form fields written out by hand; hidden ones and buttons may be."""
    return [
        f"{name}:{line}: <{tag}> belongs into a macro"
        for name, source in templates(root)
        if not name.startswith(HANDMADE_FIELDS)
        for line, tag, attributes in markup(source).tags
        if tag in {"select", "textarea"}
        or (tag == "input" and attributes.get("type") not in {"hidden", "submit"})
    ]


def untranslatable(root: Path) -> list[str]:
    """Words that a reader sees and no catalogue has."""
    found = []
    for name, source in templates(root):
        page = markup(source)
        seen = page.texts + [
            (line, attributes[key])
            for line, _tag, attributes in page.tags
            for key in SPOKEN
            if key in attributes
        ]
        found += [
            f"{name}:{line}: {' '.join(text.split())[:60]!r}" for line, text in seen if _has_words(text)
        ]
    return found


def _has_words(text: str) -> bool:
    for known in (PIECES, NAMES):
        text = known.sub("", text)
    return re.search(r"[^\W\d_]{2,}", text.replace(HOLE, " ")) is not None


def named_in_code(root: Path) -> dict[str, set[str]]:
    """Template names written in Python, as patterns (an f-string's holes match anything), with the files that do."""
    found: dict[str, set[str]] = {}
    for path, tree in sources(root, "app"):
        for node in ast.walk(tree):
            if (
                (pattern := _pattern(node))
                and pattern.endswith((r"\.html", r"\.txt", ".*"))
                and "/" in pattern
            ):
                found.setdefault(pattern, set()).add(path)
    return found


def _pattern(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_pattern(part) if isinstance(part, ast.Constant) else ".*" for part in node.values)
    return ""


def unused(root: Path) -> list[str]:
    """Templates that nothing renders, extends, includes or imports."""
    known = dict(templates(root))
    used = (
        set().union(*(references(parse(name, source)) for name, source in known.items())) if known else set()
    )
    patterns = list(named_in_code(root))
    return [
        name
        for name in known
        if name not in used
        and not name.startswith(LIBRARY_FOLDERS)
        and not any(re.fullmatch(pattern, name) for pattern in patterns)
    ]


def misplaced(root: Path) -> list[str]:
    """Pages that a package renders from another one's folder, or that do not exist."""
    known = {name for name, _source in templates(root)}
    found = []
    for path, tree in sources(root, "app"):
        package = Path(path).parts[1]
        for node in ast.walk(tree):
            if not (
                isinstance(node, ast.Call)
                and ast.unparse(node.func).endswith("render_template")
                and node.args
            ):
                continue
            name = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
            if name is not None and name not in known:
                found.append(f"{path}:{node.lineno}: {name} does not exist")
            elif name is not None and name.split("/")[0] not in {package, *SHARED_FOLDERS}:
                found.append(f"{path}:{node.lineno}: {name} belongs to another package")
    return found


@pytest.mark.parametrize(
    "check", [risky, inline, unpaired, handmade_fields, untranslatable, unused, misplaced]
)
def test_templates_keep_the_rules(check: object) -> None:
    require_none(check(ROOT))


PAGE = """{% extends "base.html" %}
<p>{{ _("Fine") }} {{ x }} · Sambang Desa</p><script src="/a.js"></script>
<a href="?lang=en" lang="en">Read this in English</a><input type="hidden" name="a">
"""


@pytest.mark.parametrize(
    ("check", "source"),
    [
        (risky, "{{ note|safe }}"),
        (risky, "{% for room in db.session.execute(rooms) %}{% endfor %}"),
        (risky, "{% autoescape false %}{{ x }}{% endautoescape %}"),
        (inline, "<script>let a</script>"),
        (inline, '<p style="color: red">'),
        (inline, '<a {% if x %}class="y" {% endif %}onclick="go()">'),
        (inline, '<a href="javascript:go()">'),
        (unpaired, "<div><h2>{{ x }}</h2><p>{{ y }}</p>"),
        (unpaired, "<section>{{ x }}</div></section>"),
        (handmade_fields, '<input name="phone">'),
        (untranslatable, "<p>{{ x }} nights left</p>"),
        (untranslatable, '<img alt="A house" src="{{ x }}">'),
        (unused, ""),
    ],
)
def test_a_broken_rule_is_found(tmp_path: Path, check: object, source: str) -> None:
    house = write(tmp_path, {"app/templates/x/page.html": source, "app/templates/base.html": "{{ x }}"})
    assert [line for line in check(house) if "page.html" in line]


def test_a_good_page_is_left_alone(tmp_path: Path) -> None:
    code = 'def page():\n    return render_template("x/page.html")\n'
    house = write(
        tmp_path,
        {"app/templates/x/page.html": PAGE, "app/templates/base.html": "{{ x }}", "app/x/views.py": code},
    )
    for check in (risky, inline, unpaired, handmade_fields, untranslatable, unused, misplaced):
        require_none(check(house))


def test_a_page_of_another_package_is_found(tmp_path: Path) -> None:
    code = 'def page():\n    return render_template("y/page.html") + render_template("x/gone.html")\n'
    house = write(tmp_path, {"app/templates/y/page.html": "", "app/x/views.py": code})
    assert len(misplaced(house)) == 2
