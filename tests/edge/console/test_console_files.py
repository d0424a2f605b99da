"""Does the committed build belong to these sources, and does it need nothing from elsewhere?"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from wattloom.domain.glossary import glossary
from wattloom.edge import console

ROOT = Path(__file__).parents[3]
SOURCES = ROOT / "console"
ASSETS = ROOT / "src/wattloom/edge/console/assets"


def test_the_build_is_that_of_the_sources_beside_it() -> None:
    assert console.build_of()["sources"] == console.sources_of(SOURCES), "run `npm ci && npm run build` in console/"


def test_every_file_is_the_one_that_was_built_and_no_other_lies_there() -> None:
    lying = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in ASSETS.iterdir()
        if file.name != "manifest.json"
    }

    assert lying == console.build_of()["files"]


def test_the_page_holds_no_script_of_its_own_and_names_only_files_that_are_there() -> None:
    page = console.files()["/"]
    text = page.body.decode()
    named = set(re.findall(r'(?:src|href)="([^"]+)"', text))

    assert re.findall(r"<script[^>]*>(?!</script>)", text) == []
    assert "style=" not in text
    assert named
    assert named <= set(console.files())
    assert not page.immutable
    assert all(file.immutable and file.etag.startswith('"') for path, file in console.files().items() if "-" in path)


def test_no_style_sheet_asks_for_a_font_or_picture_from_elsewhere() -> None:
    sheets = [file.body.decode() for path, file in console.files().items() if path.endswith(".css")]

    assert sheets
    assert [found for sheet in sheets for found in re.findall(r"url\([^)]*\)|@import", sheet)] == []


def test_the_lock_names_no_registry() -> None:
    assert '"resolved"' not in (SOURCES / "package-lock.json").read_text("utf-8")


def test_words_taken_from_the_glossary_are_the_glossarys() -> None:
    told = re.findall(
        r'^  (\w+): \{ en: "(.*)", zh: "(.*)", unit: "(.*)" \},$',
        (SOURCES / "src/terms.ts").read_text("utf-8"),
        re.MULTILINE,
    )
    words = glossary()

    assert len(told) > 50
    assert [key for key, en, zh, _ in told if (words[key].en, words[key].zh) != (en, zh)] == []


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("node") is None or not (SOURCES / "node_modules").is_dir(),
    reason="needs Node and `npm ci` in console/",
)
def test_building_again_gives_the_same_files(tmp_path: Path) -> None:
    subprocess.run(["npx", "tsc", "--noEmit"], cwd=SOURCES, check=True, capture_output=True)
    subprocess.run(["npx", "vite", "build", "--outDir", str(tmp_path)], cwd=SOURCES, check=True, capture_output=True)
    built = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in tmp_path.iterdir()}

    assert built == console.build_of()["files"]
