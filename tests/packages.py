"""Office Open XML packages written by hand, part by part, for what no writer writes."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" xmlns:v="urn:schemas-microsoft-com:vml"'
    f' xmlns:r="{_OFFICE}"'
)


def packed(parts: dict[str, str | bytes]) -> bytes:
    """A ZIP file of these parts."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


def relations(targets: dict[str, str]) -> str:
    """A part of relationships, from target to kind; targets with a colon are outside the package."""
    lines = []
    for number, (target, kind) in enumerate(targets.items()):
        outside = 'TargetMode="External"' if ":" in target else ""
        lines.append(f'<Relationship Id="r{number}" Type="{_OFFICE}/{kind}" Target="{target}" {outside}/>')
    return _RELATIONS.format("".join(lines))


def word(body: str, parts: dict[str, str | bytes] | None = None, related: dict[str, str] | None = None) -> bytes:
    """A Word document with this body, other parts, and what its main part is related to."""
    return packed(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations({"word/document.xml": "officeDocument"}),
            "word/document.xml": f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": relations(related or {}),
            **(parts or {}),
        }
    )


def paragraph(*runs: str) -> str:
    """A paragraph of runs, each a text or ready markup."""
    return f"<w:p>{''.join(one if one.startswith('<') else run(one) for one in runs)}</w:p>"


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def cell(content: str, properties: str = "") -> str:
    """A table cell; content is a text or ready markup."""
    inner = content if content.startswith("<") else paragraph(content) if content else "<w:p/>"
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def table(*rows: list[str]) -> str:
    """A table of rows of cells, each a text or ready markup."""
    lines = ("".join(one if one.startswith("<w:tc>") else cell(one) for one in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{line}</w:tr>' for line in lines)}</w:tbl>"
