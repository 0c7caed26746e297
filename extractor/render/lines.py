"""Lines for a terminal, where a Chinese character takes two columns."""

from __future__ import annotations

import re

from rich.cells import cell_len, set_cell_size

_WORD = re.compile(r"[“（《〔【]*(?:[!-~]+|.)[，。；：、！？”）》〕】…,.;:!?]* *")


def in_lines(text: str, width: int, indent: str, first: str | None = None) -> list[str]:
    """`text`, which is one line, in lines of at most `width` columns: Latin words stay whole, no line begins with a closing
    mark. `indent` stands before each line, `first` (of the same width) before the first instead."""
    room = width - cell_len(indent)
    lines, line = [], ""
    for word in _WORD.findall(text):
        if line and cell_len(line + word.rstrip()) > room:
            lines.append(line.rstrip())
            line = ""
        while cell_len(word.rstrip()) > room:
            piece = set_cell_size(word, room).rstrip()
            lines.append(piece)
            word = word[len(piece) :]  # noqa: PLW2901 - what is left of a word longer than a line
        line += word
    lines.append(line.rstrip())
    return [f"{indent if n or first is None else first}{line}" for n, line in enumerate(lines)]
