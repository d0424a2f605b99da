"""Are the reports of dispatch, replay and offer one page that loads nothing and says everything in both languages?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from wattloom.app.flexibility_assess import FlexibilityAssessment
from wattloom.app.replay_answer import DispatchReplay
from wattloom.dispatch.answer import DispatchDay
from wattloom.edge.reports import words
from wattloom.edge.reports.dispatch_page import dispatch_page
from wattloom.edge.reports.offer_page import offer_page
from wattloom.edge.reports.replay_page import replay_page

BYTES_MAX = 2_000_000
HAN = re.compile(r"[\u4e00-\u9fff]")
PROSE = re.compile(r"[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}")
OWN = ("my own rule", "night tests")
"""The user's own names stay in the user's language."""


class Parts(HTMLParser):
    """What a page consists of: start tags, and the text outside scripts and styles."""

    def __init__(self) -> None:  # noqa: D107
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser's
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside not in {"script", "style"} and data.strip():
            self.text.append(data.strip())


def parsed(html: str) -> Parts:
    parts = Parts()
    parts.feed(html)
    return parts


def of_tag(parts: Parts, tag: str) -> Iterator[dict[str, str | None]]:
    return (attributes for name, attributes in parts.tags if name == tag)


def article(html: str, lang: str) -> str:
    start = html.index(f'<main class="speech" lang="{lang}"')
    return html[start : html.index("</main>", start)]


def drawn(html: str) -> Any:
    return json.loads(re.search(r'id="pictures">(.*?)</script>', html, re.DOTALL)[1])  # type: ignore[index]


@pytest.fixture(scope="module", params=["day", "replay", "offer"])
def html(request: pytest.FixtureRequest, day: DispatchDay, replay: DispatchReplay, offer: FlexibilityAssessment) -> str:
    """Each of the three reports in turn."""
    make = {
        "day": lambda: dispatch_page(day),
        "replay": lambda: replay_page(replay),
        "offer": lambda: offer_page(offer),
    }
    return make[request.param]()


def test_the_page_is_small_and_loads_nothing(html: str) -> None:
    loading = [
        (tag, name, value)
        for tag, attributes in parsed(html).tags
        for name, value in attributes.items()
        if name in {"src", "href", "srcset", "data", "action", "poster"} and tag != "a"
    ]

    assert 1_000_000 < len(html.encode()) < BYTES_MAX
    assert loading == [("link", "href", "data:,")]


def test_both_languages_show_the_same_tables_and_pictures(html: str) -> None:
    english, chinese = (parsed(article(html, lang)) for lang in ("en", "zh-CN"))

    def pictures(parts: Parts) -> list[str | None]:
        return sorted(str(a["data-chart"]) for a in of_tag(parts, "div") if "data-chart" in a)

    assert pictures(english) == pictures(chinese) != []
    assert len(list(of_tag(english, "tr"))) == len(list(of_tag(chinese, "tr"))) > 20


def test_each_article_keeps_to_its_language(html: str) -> None:
    chinese = [text for text in parsed(article(html, "zh-CN")).text if PROSE.search(text)]

    assert [text for text in parsed(article(html, "en")).text if HAN.search(text)] == []
    assert [text for text in chinese if not any(name in text for name in OWN)] == []


def test_every_picture_has_data_a_description_and_labels_in_both_languages(html: str) -> None:
    parts, data = parsed(html), drawn(html)
    places = [a for a in of_tag(parts, "div") if "data-chart" in a]

    assert {a["data-chart"] for a in places} == set(data["charts"])
    assert all(a["role"] == "img" and len(a["aria-label"] or "") > 4 for a in places)
    assert set(data["labels"]["en"]) == set(data["labels"]["zh"])
    assert all(data["labels"]["en"].values())
    assert not any(HAN.search(text) for text in data["labels"]["en"].values())


def test_every_label_that_a_picture_names_is_said(html: str) -> None:
    data = drawn(html)

    def labels(spec: Any) -> Iterator[str]:
        if isinstance(spec, dict):
            for key, value in spec.items():
                if key in {"label", "class", "end_word"} and value:
                    yield value
                elif key == "words":
                    yield from value.values()
                else:
                    yield from labels(value)
        elif isinstance(spec, list):
            for value in spec:
                yield from labels(value)

    assert set(labels(data["charts"])) <= set(data["labels"]["en"])


def test_ids_are_unique_and_links_inside_the_page_arrive(html: str) -> None:
    parts = parsed(html)
    ids = [a["id"] for _, a in parts.tags if "id" in a]

    inward = [str(a["href"])[1:] for a in of_tag(parts, "a") if str(a["href"]).startswith("#")]

    assert len(ids) == len(set(ids))
    assert set(inward) <= set(ids)


def test_no_key_is_left_untranslated(
    day: DispatchDay, replay: DispatchReplay, offer: FlexibilityAssessment, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown: list[str] = []
    monkeypatch.setattr(words, "humanised", lambda key: unknown.append(key) or key)

    pages = [dispatch_page(day), replay_page(replay), offer_page(offer)]

    assert unknown == []
    texts = [text for page in pages for text in parsed(page).text]
    assert [text for text in texts if re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", text)] == []


def test_hostile_names_stay_text(made: Callable[..., DispatchDay]) -> None:
    name = '</script><script>alert("x")</script><img src=x>'
    day = made(name)
    jobs = replace(day.question.jobs, classes=tuple(replace(c, name=name) for c in day.question.jobs.classes))
    hostile = replace(day, question=replace(day.question, jobs=jobs))

    html = dispatch_page(hostile)

    assert len(list(of_tag(parsed(html), "script"))) == 3
    assert list(of_tag(parsed(html), "img")) == []


@pytest.mark.parametrize(("lang", "checked"), [("en", "lang-en"), ("zh", "lang-zh")])
def test_the_page_opens_in_the_language_asked_for(day: DispatchDay, lang: words.Lang, checked: str) -> None:
    assert [a["id"] for a in of_tag(parsed(dispatch_page(day, lang=lang)), "input") if "checked" in a] == [checked]


def test_the_course_draws_both_loads_above_price_and_carbon(page: str) -> None:
    """Jiangsu from 6:00: 20 + 2 MW of IT at once, a tenth more, and 1 MW; as planned only the firm 2 MW."""
    found = drawn(page)["charts"]["course"]["variants"]
    jiangsu, ningxia = found

    assert [one["name"]["zh"] for one in found] == ["江苏", "宁夏"]
    assert [one["label"] for one in jiangsu["series"]] == ["load_at_once_mw", "load_plan_mw", "limit_mw"]
    assert [one["label"] for one in ningxia["series"]][2] == "import_plan_mw"
    assert (jiangsu["series"][0]["values"][12], jiangsu["series"][1]["values"][12]) == (25.2, 3.2)
    assert (jiangsu["x"][12], jiangsu["price"][15], jiangsu["price"][16]) == ("03-01 06:00", 300.0, 480.0)
    assert jiangsu["carbon"][0] == 600.0
    assert jiangsu["end"] == 48


def test_pictures_end_with_the_last_job(page: str) -> None:
    """The axis reaches to 8:00 of the second day, the last job to 6:00."""
    charts = drawn(page)["charts"]

    assert charts["course"]["variants"][0]["x"][-1] == "03-02 05:30"
    assert len(charts["gantt"]["x"]) == 60


def test_the_gantt_draws_every_job_with_its_window_level_and_site(page: str) -> None:
    rows = {row["id"]: row for row in drawn(page)["charts"]["gantt"]["rows"]}

    assert len(rows) == 10
    assert rows["tune-0"]["bars"] == [[20.0, 32.0, 1, 1.0]]
    assert (rows["tune-0"]["home"], rows["tune-0"]["window"]) == (0, [12.0, 48.0])
    assert rows["pre-1"]["bars"] == [[44.0, 60.0, 0, 0.5]]
    assert rows["pre-1"]["window"] == [32.0, 60.0]  # Due at 8:00, drawn to the end of the picture.
    assert "All 10 of 10 jobs are drawn" in article(page, "en")


def test_classes_are_stacked_as_planned_and_at_once(page: str) -> None:
    plan, at_once = drawn(page)["charts"]["classes"]["variants"]

    assert [one["label"] for one in plan["series"]] == ["class.pretraining", "class.fine_tuning", "class.night tests"]
    assert (plan["series"][1]["values"][20], at_once["series"][1]["values"][20]) == (20.0, 20.0)
    assert (plan["series"][1]["values"][30], at_once["series"][1]["values"][30]) == (20.0, 0.0)


def test_notes_and_versions_stand_at_the_end(page: str) -> None:
    end = article(page, "zh-CN").split("说明、校核与来源")[-1]

    assert "电价为假设值。" in end
    assert "jobs.csv sha256" in end


def test_a_year_is_drawn_by_day(replay: DispatchReplay) -> None:
    """64 half-hours are drawn one by one; 8,760 hours as 365 means."""
    import numpy as np  # noqa: PLC0415 - only here

    from wattloom.domain.time import TimeAxis  # noqa: PLC0415

    axis = TimeAxis(replay.axis.start, 60, 8760)
    power = np.tile(np.arange(24.0), (2, 365))
    long = replace(
        replay,
        axis=axis,
        import_price_cny_per_mwh=power,
        carbon_kg_per_mwh=power,
        results=tuple(replace(one, axis=axis, draw_mw=power, it_mw=power) for one in replay.results),
    )

    charts = drawn(replay_page(long))["charts"]

    together, jiangsu, _ = charts["course"]["variants"]
    assert len(together["x"]) == len(together["series"][0]["values"]) == 365
    assert set(together["series"][0]["values"]) == {23.0}
    assert set(jiangsu["series"][0]["values"]) == {11.5}
    assert charts["by_hour"]["variants"][1]["series"][0]["values"] == list(np.arange(24.0))


def test_savings_are_drawn_with_their_interval(replay: DispatchReplay) -> None:
    spec = drawn(replay_page(replay))["charts"]["savings"]

    assert spec["values"] == [replay.savings[0].saved_cny, -1000.0]
    assert (spec["low"][1], spec["high"][1]) == (-2500.0, 600.0)


def test_the_sheet_is_a_grid_of_notice_by_duration(offer: FlexibilityAssessment) -> None:
    """Ningxia lowers 8, 6 and 3 MW at ten minutes' notice; its largest, 16 MW, is deepest in colour."""
    english = article(offer_page(offer), "en")
    sheet = english[english.index("Ningxia · Draw lowered") : english.index("Ningxia · Draw raised")]

    assert re.findall(r"<b>([\d.]+)</b>", sheet) == ["8", "6", "3", "16", "12", "6"]
    assert re.findall(r"--heat: (\d+)%", sheet) == ["50", "38", "19", "100", "75", "38"]
    assert sheet.count("Deadlines") == 6
    assert "Jiangsu: nothing is offered as draw lowered" in english
