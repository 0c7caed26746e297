"""The generator of documents with known truth: its labels are true of its texts."""

from __future__ import annotations

import re
import time

import pytest

from eval.cutting import block_ways, decided, summed_cuts, ways
from eval.generator import LAYOUTS, SCALES, Generated, dataset, generate, write
from eval.lint import lint
from eval.printing import printed_rows
from extractor.equations import assess, equations
from extractor.schema import EDITIONS, FORMS


@pytest.fixture(scope="module", params=[(layout, edition) for layout in LAYOUTS for edition in EDITIONS])
def some(request) -> list[Generated]:
    """Documents of one layout and edition, three of each size but only small ones where digits must be cut."""
    layout, edition = request.param
    sizes = ["office", "county"] if layout == "glued" else list(SCALES)
    return [generate(seed, layout=layout, edition=edition, size=size) for size in sizes for seed in range(3)]


def test_every_equation_holds_or_touches_a_blank(some):
    """The labelled cells satisfy the equations of their edition; only blanks and undecided rows leave one open."""
    for made in some:
        values = {a: v for a, v in made.label["cells"].items() if isinstance(v, int)}
        for equation in equations(made.label["edition"]):
            assessment = assess(equation, values)
            if all(address in values for address in equation.addresses):
                assert assessment.holds, (made.name, equation)
            else:
                assert assessment.fillable, (made.name, equation)


def test_labels_pass_the_lint(some, tmp_path):
    """Addresses, states, quotes, hashes, equations and rules of every label are in order."""
    (tmp_path / "labels").mkdir()
    for made in some:
        write(tmp_path, made)
    problems = lint(tmp_path)
    assert problems.lines == []
    assert problems.labels == len(some)


def test_quotes_stand_at_their_offsets(some):
    """Every claim and anomaly of a text is verbatim at its offset; in HTML each stands somewhere in the markup."""
    for made in some:
        text = made.data.decode()
        noted = made.label["claims"] + made.label["anomalies"]
        assert len(made.label["claims"]) >= 8
        for note in noted:
            at = text.find(note["quote"]) if note["at"] is None else note["at"]
            assert text[at : at + len(note["quote"])] == note["quote"], (made.name, note)


def test_claims_about_cells_say_what_the_table_says(some):
    """A claim that names a cell has its value, unless the text does not show the cell."""
    for made in some:
        for claim in made.label["claims"]:
            value = made.label["cells"].get(claim.get("cell"))
            assert value is None or value == claim["value"], (made.name, claim)


@pytest.mark.parametrize("layout", [layout for layout in LAYOUTS if layout != "glued"])
def test_tables_print_the_labelled_values_in_order(layout):
    """The numbers of the three tables, read off the text without any rule about layouts, are the label's in printed order."""
    for edition in EDITIONS:
        made = generate(5, layout=layout, edition=edition, size="city")
        text = made.data.decode()
        tables = text[text.index("二、主动公开") : text.index("五、存在")]
        tables = re.sub(r"<[^>]*>|- 3 -|[（(].*?[）)]|[1-8][.、](?=\D)", " ", tables.replace(",", ""))
        printed = re.findall(r"(?<![\d.])[+-]?\d+(?:\.\d+)?(?![\d.])", tables)
        wanted = [v for a in FORMS[edition].addresses(edition == "2019") if (v := made.label["cells"][a]) is not None]
        assert [float(number) for number in printed] == [float(number) for number in wanted]


def test_blanks_are_labelled_as_blanks():
    """Zeros that are left empty have no value, the state blank and a remark."""
    made = next(m for seed in range(50) if (m := generate(seed, layout="tab", edition="2021", size="office")).label["states"])
    assert set(made.label["states"].values()) == {"blank"}
    assert all(made.label["cells"][address] is None for address in made.label["states"])
    assert {a["rule"] for a in made.label["anomalies"]} >= {"cell.blank"}


def test_glued_rows_are_labelled_only_where_one_reading_is_left():
    """Digits that can be cut in several ways are unplaced, whether in table 1 or in table 3; table 2 is always decided."""
    undecided = set()
    for seed in range(12):
        made = generate(seed, layout="glued", edition="2021", size="county")
        undecided |= set(made.label["unplaced"])
        text = made.data.decode()
        for row, digits in made.label["unplaced"].items():
            assert digits[0] in text
            assert {made.label["cells"][a] for a in made.label["cells"] if a.startswith(f"{row}.")} == {None}
        assert not [a for a in made.label["states"] if a.startswith("applications.")]
    assert "disclosure.normative_documents" in undecided


def test_cutting_finds_what_can_be_worked_out_by_hand():
    """Rows of FORMAT.md: one cut, several cuts, several blocks."""
    assert (134, 2, 0, 0, 0, 0, 136) in summed_cuts("13420000136", 7)
    assert summed_cuts("0000000", 7) == [(0,) * 7]
    assert set(summed_cuts("111000012", 7)) == {(11, 1, 0, 0, 0, 0, 12), (1, 11, 0, 0, 0, 0, 12), (1, 1, 10, 0, 0, 0, 12)}
    assert ways("4517328", ["count"] * 3) == 2
    assert ways("208", ["count"] * 3) == 1
    assert ways("9-14", ["count", "change", "count"]) == 1
    assert ways("12+3450", ["count", "change", "count"]) == 2
    assert block_ways("310152000210012", 3, 5) == 1
    assert block_ways("11020000000000", 3, 5) == 0


def test_a_table_that_bounds_do_not_decide_is_not_used():
    """Three rows that move together between two columns stay open."""
    rows = printed_rows("2019")
    digits = {row.key: "0000000" for row in rows}
    assert decided(rows, list(digits.values()))
    digits |= dict.fromkeys(("received", "granted", "concluded"), "111000012")
    assert not decided(rows, list(digits.values()))


def test_the_same_seed_gives_the_same_document():
    """Equal arguments give equal bytes and labels; another seed another document."""
    arguments = {"layout": "markdown", "edition": "2019", "size": "city"}
    assert generate(7, **arguments) == generate(7, **arguments)
    assert generate(7, **arguments).data != generate(8, **arguments).data


def test_the_dataset_has_every_layout_in_both_editions_and_every_size():
    """The documents written into the dataset cover all layouts, editions and sizes under distinct names."""
    made = list(dataset())
    assert {(m.label["layout"], m.label["edition"]) for m in made} == {(x, e) for x in LAYOUTS for e in EDITIONS}
    assert {m.name.split("-")[2] for m in made} == set(SCALES)
    assert len({m.name for m in made}) == len(made)


def test_it_is_fast_enough_to_load_a_batch():
    """A thousand documents take a few seconds of processor time at most."""
    start = time.process_time()
    for seed in range(200):
        generate(seed, layout="lines", edition="2021", size="county")
    assert time.process_time() - start < 2
