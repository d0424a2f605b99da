"""Does `wattloom flexibility value` answer, write its run folder, and refuse a wrong file in sentences?"""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from wattloom.edge.cli.commands import commands
from wattloom.edge.cli.doors import Doors
from wattloom.wiring import find

EXAMPLE = Path(__file__).parents[3] / "examples" / "flexibility_100mw.yaml"


def test_the_example_answers_and_leaves_its_files(tmp_path: Path) -> None:
    asked = ["flexibility", "value", str(EXAMPLE), "--out", str(tmp_path)]

    answer = CliRunner().invoke(commands(Doors(find=find)), asked)

    assert answer.exit_code == 0, answer.output
    assert "is not reproduced" in " ".join(answer.output.split())
    names = {"report.html", "summary.json", "workbook.xlsx", "project.json", "project.yaml", "provenance.json"}
    assert names <= {path.name for path in tmp_path.iterdir()}
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "未能复现" in page
    assert "not reproduced" in page


def test_json_holds_the_verdict_and_every_stream(tmp_path: Path) -> None:
    asked = ["flexibility", "value", str(EXAMPLE), "--out", str(tmp_path), "--json"]

    answer = CliRunner().invoke(commands(Doors(find=find)), asked)

    assert answer.exit_code == 0, answer.output
    found = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert found["conclusion"]["of_response"] == "not_reproduced"
    assert {one["kind"] for one in found["territories"]["guangdong"]["streams"]} == {"time_of_use", "spot", "response"}


def test_a_wrong_file_is_refused_with_every_problem(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(EXAMPLE.read_text(encoding="utf-8").replace("mean_mw: 100", "mean_mw: -1").replace("pause", "stop"))

    answer = CliRunner().invoke(commands(Doors(find=find)), ["flexibility", "value", str(file)])

    assert answer.exit_code == 2
    assert "facility.mean_mw" in answer.output
    assert "lever" in answer.output
