"""Is a text said in each language from its own side?"""

from __future__ import annotations

from wattloom.domain.errors import Infeasible
from wattloom.domain.text import SILENT, Text


def test_a_blank_takes_the_same_language_from_a_text_and_both_from_a_number() -> None:
    found = Text("{what} above {limit}", "{what}高于 {limit}").filled(what=Text("export", "上网"), limit="20 %")

    assert found == Text("export above 20 %", "上网高于 20 %")


def test_a_list_leaves_out_what_says_nothing() -> None:
    parts = (Text("sun", "光"), SILENT, Text("wind", "风"))

    assert Text.joined(parts, Text(", ", "、")) == Text("sun, wind", "光、风")


def test_a_refusal_speaks_english_and_keeps_its_chinese() -> None:
    refusal = Infeasible(Text("no plan", "没有可行方案"))

    assert (str(refusal), refusal.zh) == ("no plan", "没有可行方案")
    assert Infeasible("only so").zh == "only so"
