"""What others may rely on, said once more from outside: files of every kind through `extract` and the command line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import jsonschema
import pytest

from conftest import ROOT
from extractor import Result, cli, extract
from extractor.errors import UsageError
from extractor.pipeline import extract_with_text
from extractor.render import json as rendering
from extractor.result import Claim, Finding, Reference, Run, Source
from extractor.validate import check, rollup, series

DATASET = ROOT / "eval" / "dataset"
FILES = (
    "a01_dashuju_zhongxin.txt", "a07_glued_small.txt", "a18_wrong_arithmetic.txt", "a19_undivided_note_row.txt",
    "a21_crawler_dropped_cells.txt", "b04_songyang_transport_hidden.html", "b07_tongling_health_twice.html",
    "b14_baitan_justice_2019_glued.txt", "b21_yinhe_guide.html", "b22_fengze_legacy_2016.txt", "b26_two_offices.txt",
    "b28_mojibake.txt", "d05_district_split_runs.docx", "d08_undivided.docx", "d12_province_wrapped.pdf",
    "d14_hrss_2019_lo.pdf", "d22_large_city.xlsx",
)  # fmt: skip
ADDRESSES = {"2021": {200, 207}, "2019": {198}}
RULES = set(
    """
    balance.applications sum.outcomes sum.applicants sum.proceedings value.domain stock.documents authority.rules claim.table
    claim.parts claim.ratio claim.enumeration reference.malformed reference.outdated document.kind structure.section
    structure.table structure.row structure.column structure.aspect structure.edition structure.duplicate
    structure.attachment cell.blank cell.not_applicable cell.unplaced cell.unreadable label.variant label.typo year.mismatch
    agency.mismatch published.late fee.statement text.damaged text.hidden text.injection text.repeated series.carry
    series.stock rollup.sum reading.unlocated reading.disagreement
    """.split()  # noqa: SIM905 - forty of them
)


@pytest.fixture(scope="module")
def read():
    """Each file read once: its canonical text and results."""
    read = {}

    def of(name):
        if name not in read:
            read[name] = extract_with_text((DATASET / name).read_bytes(), name)
        return read[name]

    return of


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command line on files of the dataset: (status, stdout, stderr)."""
    monkeypatch.chdir(DATASET)

    def call(*args):
        monkeypatch.setattr(sys, "argv", ["nianbao", *args])
        return cli.main(), *capsys.readouterr()

    return call


def _at(report, address):
    for key in address.split("."):
        report = report[key]
    return report


@pytest.mark.parametrize("name", FILES)
def test_result_reads_back_equal_and_fits_the_published_schema(read, name):
    """The JSON of a result is complete and as `nianbao schema` says."""
    validator = jsonschema.Draft202012Validator(json.loads(rendering.schema()))
    for result in read(name)[1]:
        written = result.model_dump_json()
        assert Result.model_validate_json(written) == result
        assert not list(validator.iter_errors(json.loads(written)))


@pytest.mark.parametrize("name", FILES)
def test_every_address_is_a_cell_and_a_path_of_the_report(read, name):
    """All addresses of the edition are in `cells`; the report holds the same values, counts as integers, amounts as strings."""
    for result in read(name)[1]:
        dumped = json.loads(result.model_dump_json())
        assert len(result.cells) in ADDRESSES[result.report.edition]
        for address, cell in dumped["cells"].items():
            assert _at(dumped["report"], address) == cell["value"]
            assert isinstance(cell["value"], (str if address.endswith(".amount") else int) | None)


@pytest.mark.parametrize("name", FILES)
def test_place_is_proven_by_the_text(read, name):
    """Whatever has a span is what the canonical text holds there."""
    text, results = read(name)
    for result in results:
        report = result.report
        cells = [cell for cell in result.cells.values() if cell.state == "read"]
        spans = [(one.span, one.raw) for one in (*cells, *report.claims, *report.references, *result.unplaced.values())]
        spans += [(finding.span, finding.raw) for finding in result.findings if finding.span]
        assert all(text[start:end] == raw for (start, end), raw in spans)


@pytest.mark.parametrize("name", FILES)
def test_trust_is_there_with_the_value_and_never_more_than_the_equations_carry(read, name):
    """Trust is null just where the value is; the disclosure table, which no equation holds, is at most located."""
    for result in read(name)[1]:
        for address, cell in result.cells.items():
            assert (cell.state == "read") == (cell.value is not None) == (cell.trust is not None)
            assert not (address.startswith("disclosure.") and cell.trust == "proven")


@pytest.mark.parametrize("name", FILES)
def test_findings_and_claims_point_at_what_is_there(read, name):
    """Names that findings, claims and open rows give lead to a rule, a cell or a claim of the same result."""
    for result in read(name)[1]:
        claims = {claim.id for claim in result.report.claims}
        for finding in result.findings:
            assert finding.rule in RULES
            assert set(finding.cells) <= set(result.cells)
            assert set(finding.claims) <= claims
            assert finding.message
            assert len(finding.explanations) <= 3
        for claim in result.report.claims:
            assert {*claim.of, claim.part_of or claim.id} <= claims
            assert claim.cell is None or claim.cell in result.cells
        for key, row in result.unplaced.items():
            held = [cell for address, cell in result.cells.items() if address.startswith(f"{key}.")]
            assert {cell.state for cell in held} == {"unplaced"}
            assert all(len(candidate) == len(held) for candidate in row.candidates)
            assert len(row.candidates) <= min(20, row.count)


@pytest.mark.parametrize(
    "name", ["a09_glued_one_line.txt", "a21_crawler_dropped_cells.txt", "b14_baitan_justice_2019_glued.txt", "g15_2019-glued-city-15.txt"]
)  # fmt: skip
def test_candidates_are_ways_of_reading_what_is_printed(read, name):
    """A candidate has the digits of its row in their order, and a minus where one is printed: before a change, not before a count."""
    for result in read(name)[1]:
        for key, row in result.unplaced.items():
            printed = re.sub(r"[^0-9-]", "", row.raw)
            columns = [address.rsplit(".", 1)[1] for address in result.cells if address.startswith(f"{key}.")]
            assert len(set(row.candidates)) == len(row.candidates)
            for way in row.candidates:
                assert "".join(str(value) for value in way if value is not None) == printed
                assert all(
                    value is None or column == "change" or value >= 0 for column, value in zip(columns, way, strict=True)
                )


def test_rules_are_those_of_the_contract():
    """No rule is missing and none has another name."""
    ids = {rule.id for rule in (*check.RULES, *series.RULES, *rollup.RULES)}
    assert ids == RULES


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (Result, "contract document report cells unplaced findings run"),
        (Source, "name sha256 media_type kind copy characters part parts"),
        (Reference, "raw normalized state span"),
        (Claim, "id raw span section subject value unit kind part_of of cell"),
        (
            Finding,
            """id rule severity cause cells claims elsewhere raw span formula expected actual difference parameters basis
            message suggestion explanations""",
        ),
        (Run, "reader version rules model prompts usage cost seconds"),
    ],
)
def test_fields_are_those_of_the_contract(model, fields):
    """Fields may be added after these; none of them may go or change its place."""
    named = [field.alias or name for name, field in model.model_fields.items()]
    assert named[: len(fields.split())] == fields.split()


@pytest.mark.parametrize("name", ["b21_yinhe_guide.html", "b22_fengze_legacy_2016.txt", "b24_wutan_budget_keypoints.txt"])
def test_look_alike_has_a_kind_a_finding_and_no_number(run, name):
    """A document that is no such report is a result with status 0, not an error and not numbers."""
    status, out, _ = run("extract", name)
    result = json.loads(out)
    assert status == 0
    assert result["document"]["kind"] != "annual_report"
    assert {cell["state"] for cell in result["cells"].values()} == {"absent"}
    assert result["findings"]


def test_two_reports_in_one_file_are_two_objects(run):
    """A file with several reports gives one object each, numbered."""
    parts = [json.loads(line)["document"] for line in run("extract", "b26_two_offices.txt")[1].splitlines()]
    assert [(part["part"], part["parts"]) for part in parts] == [(1, 2), (2, 2)]


def test_missing_input_outranks_fail_on(run):
    """Status 1 says that a finding was reached, 3 that an input gave nothing, and 3 wins; the others are done."""
    assert run("check", "a18_wrong_arithmetic.txt", "--fail-on", "error")[0] == 1
    status, out, err = run("check", "a18_wrong_arithmetic.txt", "gone.txt", "--fail-on", "error", "--format", "json")
    assert status == 3
    first, second = map(json.loads, out.splitlines())
    assert first["findings"]
    assert second == {"document": {"name": "gone.txt"}, "error": second["error"]}
    assert list(second["error"]) == ["kind", "message", "remedy"]
    assert "gone.txt" in err


def test_key_alone_sends_nothing(run, monkeypatch):
    """Documents must not leave by accident: without a model named for nianbao the rules read, whatever keys are there."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    monkeypatch.setenv("NIANBAO_API_KEY", "sk-y")
    assert json.loads(run("extract", "a18_wrong_arithmetic.txt")[1])["run"]["reader"] == "rules"


def test_python_reads_by_rules_even_where_a_model_is_named(monkeypatch):
    """Only the command line looks at NIANBAO_MODEL."""
    monkeypatch.setenv("NIANBAO_MODEL", "some-model")
    assert extract(DATASET / "a18_wrong_arithmetic.txt").run.reader == "rules"


def test_bare_string_is_an_error():
    """A string may be a file's name or a text: the caller has to say which."""
    with pytest.raises(UsageError, match=r"Path\(…\)"):
        extract("report.pdf")


def test_text_of_a_file_is_the_file(run, tmp_path):
    """Line ends become `\\n` and the BOM goes; nothing else of a text file is touched."""
    (tmp_path / "a.txt").write_bytes("\ufeff（一）\r\n\u00a0㈠Ａ\u200b\r尾".encode())
    assert run("text", str(tmp_path / "a.txt"))[1] == "（一）\n\u00a0㈠Ａ\u200b\n尾\n"


def test_text_of_a_file_in_an_archive(run, tmp_path):
    """Spans of a report in an archive can be looked up: `text` and `extract` take the name that the result gives it."""
    with zipfile.ZipFile(tmp_path / "两份.zip", "w") as packed:
        for name in ("a18_wrong_arithmetic.txt", "b05_yunting_housing_split.html"):
            packed.write(DATASET / name, f"局/{name}")
    archive = str(tmp_path / "两份.zip")
    for line in run("extract", archive)[1].splitlines():
        result = Result.model_validate_json(line)
        path = str(tmp_path / result.document.name)
        text = run("text", path)[1].removesuffix("\n")
        assert len(text) == result.document.characters
        assert _at_spans(text, result)
        assert Result.model_validate_json(run("extract", path)[1]).cells == result.cells
    status, out, _ = run("extract", f"{archive}/局/none.txt")
    assert (status, json.loads(out)["error"]["kind"]) == (3, "unreadable")


def _at_spans(text, result):
    return all(text[slice(*cell.span)] == cell.raw for cell in result.cells.values() if cell.state == "read")


def _shell(command, **environment):
    """Run a line of `sh` in the dataset, with `nianbao` in it: (status, stdout, stderr)."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("NIANBAO", "PYTHON"))} | environment
    line = command.replace("nianbao", f"'{sys.executable}' -m extractor")
    ran = subprocess.run(
        ["sh", "-c", line], cwd=DATASET, env={"PYTHONPATH": str(ROOT)} | kept, capture_output=True, check=False
    )
    return ran.returncode, ran.stdout, ran.stderr.decode()


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", "COLUMNS": "20", "TERM": "dumb"},
        {"PYTHONHASHSEED": "2", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "HOME": "/none", "PYTHONOPTIMIZE": "2"},
        {"PYTHONIOENCODING": "gbk", "PYTHONWARNINGS": "error", "FORCE_COLOR": "1"},
    ],
)  # fmt: skip
def test_surroundings_change_no_byte(run, environment):
    """Findings are the same bytes, whatever the seed of hashes, the code page, the zone, the width or the home folder."""
    command = ("check", "a18_wrong_arithmetic.txt", "b25_kuiyang_veterans_glued_misprint.txt")
    assert _shell(" ".join(("nianbao", *command)), **environment) == (0, run(*command)[1].encode(), "")


@pytest.mark.skipif(os.name == "nt", reason="there is no sh")
@pytest.mark.parametrize(
    "command", ["extract b26_two_offices.txt", "schema", "check b26_two_offices.txt --format xlsx", "--help"]
)
def test_closed_stdout_is_no_error(command):
    """Where the caller closed stdout the results go nowhere, and that is no crash."""
    assert _shell(f"nianbao {command} >&-") == (0, b"", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("command", ["extract b26_two_offices.txt", "schema", "--version", "extract --help"])
def test_full_stdout_is_said_in_one_line(command):
    """Output that finds no room is status 3 and one line with the remedy, of the help as of a result."""
    status, _, said = _shell(f"nianbao {command} >/dev/full")
    assert (status, said.count("\n")) == (3, 1)
    assert "请检查路径、权限和剩余空间" in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_full_stderr_costs_no_result():
    """Where messages find no room, results and status are as they would be."""
    status, out, _ = _shell("nianbao extract none.txt b26_two_offices.txt 2>/dev/full")
    assert (status, out.count(b"\n")) == (3, 3)


def test_command_line_and_python_give_the_same(run):
    """A line of `nianbao extract` is what `model_dump_json` of Python's result is, but for the time it took."""
    name = "b25_kuiyang_veterans_glued_misprint.txt"
    line = json.loads(run("extract", name)[1])
    result = json.loads(extract(DATASET / name).model_dump_json())
    line["run"]["seconds"] = result["run"]["seconds"]
    assert list(line) == list(result)
    assert line == result
