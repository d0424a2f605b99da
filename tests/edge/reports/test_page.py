"""Is the report one page that loads nothing, says everything in both languages, and trusts no name?"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from wattloom.edge import reports
from wattloom.edge.reports import page as pages
from wattloom.edge.reports import words
from wattloom.plan.result import Scan, SitePlan

BYTES_MAX = 2_000_000
HAN = re.compile(r"[\u4e00-\u9fff]")


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
    """The part of the page that is written in a language."""
    start = html.index(f'<main class="speech" lang="{lang}"')
    return html[start : html.index("</main>", start)]


def test_the_page_is_smaller_than_two_megabytes(page: str) -> None:
    assert 1_000_000 < len(page.encode()) < BYTES_MAX


def test_nothing_is_loaded_from_elsewhere(page: str) -> None:
    loading = [
        (tag, name, value)
        for tag, attributes in parsed(page).tags
        for name, value in attributes.items()
        if name in {"src", "href", "srcset", "data", "action", "poster"} and tag != "a"
    ]
    css = files("wattloom.edge.reports").joinpath("assets/report.css").read_text("utf-8")

    assert loading == [("link", "href", "data:,")]
    assert "url(" not in css
    assert "@import" not in css


def test_the_page_forbids_its_browser_to_load_anything(page: str) -> None:
    policy = next(a["content"] for a in of_tag(parsed(page), "meta") if a.get("http-equiv"))

    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy


def test_links_leave_without_telling_from_where(page: str) -> None:
    outward = [a for a in of_tag(parsed(page), "a") if (a["href"] or "").startswith("http")]

    assert outward
    assert {a.get("rel") for a in outward} == {"noreferrer"}


def test_the_chinese_report_follows_the_order_of_an_application(page: str) -> None:
    headings = re.findall(r"<h2>(.*?)</h2>", article(page, "zh-CN"))

    assert headings == [
        "摘要与结论",
        "项目概况",
        "电源、负荷与储能配置",
        "电量平衡与自发自用比例",
        "接网与电价",
        "经济性",
        "合规",
        "敏感性",
        "数据来源与待确认事项",
    ]


def test_both_languages_show_the_same_tables_and_pictures(page: str) -> None:
    english, chinese = (parsed(article(page, lang)) for lang in ("en", "zh-CN"))

    def pictures(parts: Parts) -> list[str | None]:
        return sorted(str(a["data-chart"]) for a in of_tag(parts, "div") if "data-chart" in a)

    assert pictures(english) == pictures(chinese)
    assert len(pictures(english)) >= 9
    assert len(list(of_tag(english, "tr"))) == len(list(of_tag(chinese, "tr"))) > 150


def test_no_chinese_stands_in_the_english_article(page: str) -> None:
    assert [text for text in parsed(article(page, "en")).text if HAN.search(text)] == []


def test_no_key_is_left_untranslated(plan: SitePlan, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown: list[str] = []
    monkeypatch.setattr(words, "humanised", lambda key: unknown.append(key) or key)

    html = reports.site_plan(plan)

    assert unknown == []
    texts = parsed(html).text
    assert [t for t in texts if re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", t)] == []


def test_every_picture_has_data_a_description_and_a_heading(page: str) -> None:
    parts = parsed(page)
    data = json.loads(re.search(r'id="pictures">(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]

    places = [a for a in of_tag(parts, "div") if "data-chart" in a]

    assert {a["data-chart"] for a in places} == set(data["charts"])
    assert all(a["role"] == "img" and len(a["aria-label"] or "") > 8 for a in places)
    assert len({a["id"] for a in places}) == len(places)


def test_every_label_of_a_picture_is_said_in_both_languages(page: str) -> None:
    data = json.loads(re.search(r'id="pictures">(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]

    assert set(data["labels"]["en"]) == set(data["labels"]["zh"])
    assert all(data["labels"]["en"].values())
    assert not any(HAN.search(text) for text in data["labels"]["en"].values())


def test_ids_are_unique_and_links_inside_the_page_arrive(page: str) -> None:
    parts = parsed(page)
    ids = [a["id"] for _, a in parts.tags if "id" in a]

    inward = [str(a["href"])[1:] for a in of_tag(parts, "a") if str(a["href"]).startswith("#")]

    assert len(ids) == len(set(ids))
    assert set(inward) <= set(ids)


@pytest.mark.parametrize(("lang", "checked"), [("en", "lang-en"), ("zh", "lang-zh")])
def test_the_page_opens_in_the_language_asked_for(plan: SitePlan, lang: words.Lang, checked: str) -> None:
    html = reports.site_plan(plan, lang=lang)

    assert [a["id"] for a in of_tag(parsed(html), "input") if "checked" in a] == [checked]


def test_a_hostile_name_stays_text(hostile_plan: SitePlan) -> None:
    html = reports.site_plan(hostile_plan)

    parts = parsed(html)

    assert len(list(of_tag(parts, "script"))) == 3
    assert list(of_tag(parts, "img")) == []
    assert "&lt;/script&gt;&lt;script&gt;" in html


def test_hostile_names_of_assets_cannot_end_the_data(plan: SitePlan) -> None:
    name = "</script><script>alert(1)//"
    parts = {**plan.outcome.parts, name: replace(plan.outcome.parts["pv"], name=name)}
    flows = replace(plan.outcome.flows, sources={**plan.outcome.flows.sources, name: plan.outcome.flows.sources["pv"]})
    hostile = replace(plan, outcome=replace(plan.outcome, parts=parts, flows=flows))

    html = reports.site_plan(hostile)

    assert len(list(of_tag(parsed(html), "script"))) == 3
    assert name not in html


def test_json_in_the_page_means_the_same_after_escaping() -> None:
    value = {"</script>": ["<!--", "&amp;", "\u2028", 1.5]}

    text = pages.inline_json(value)

    assert json.loads(text) == value
    assert not re.search("[<>&\u2028]", text)


def test_a_source_becomes_a_link_and_nothing_else_does() -> None:
    linked = pages.linked("see https://www.nea.gov.cn/a.html; <b> javascript:alert(1)")

    assert linked == (
        'see <a href="https://www.nea.gov.cn/a.html" rel="noreferrer">nea.gov.cn</a>; &lt;b&gt; javascript:alert(1)'
    )


def test_the_vendored_script_is_the_one_whose_origin_is_told() -> None:
    told = pages.vendored()["echarts.min.js"]

    assert hashlib.sha256(pages.asset("echarts.min.js").encode()).hexdigest() == told["sha256"]
    assert f'version="{told["version"]}"' in pages.asset("echarts.min.js")
    licences = files("wattloom.edge.reports").joinpath("assets/licenses")
    assert {"echarts.LICENSE", "echarts.NOTICE"} <= {entry.name for entry in licences.iterdir()}


def test_the_colours_of_roles_exist_for_paper_and_dark() -> None:
    css = pages.asset("report.css")
    light, dark = css.split("prefers-color-scheme: dark", 1)

    roles = set(re.findall(r"--c-([\w-]+):", light))

    assert {"import", "export", "solar", "wind", "discharge", "charge", "load", "draw", "inject"} <= roles
    assert roles == set(re.findall(r"--c-([\w-]+):", dark))


def test_draw_and_inject_keep_their_colours() -> None:
    css = pages.asset("report.css")

    def colours(role: str) -> list[str]:
        return re.findall(rf"--c-{role}: (#\w+)", css)

    assert colours("draw") == colours("import")
    assert colours("inject") == colours("export")
    assert len(colours("draw")) == 2


def test_a_coarse_plan_has_a_report_too(made: Callable[..., SitePlan]) -> None:
    html = reports.site_plan(made(step_minutes=180, name="Three hours"))

    assert "Three hours: plan of the site" in html


def test_a_scan_page_draws_lines_where_the_axis_is_a_number_and_bars_where_it_is_a_name() -> None:
    frontier = Scan(
        key="frontier",
        columns=("green_share_goal", "energy_cost_cny_per_mwh", "green_share_hourly"),
        rows=((0.5, 290.0, 0.5), (0.8, 330.0, 0.8), (0.9, None, None)),
    )
    compared = Scan(key="compare", columns=("territory", "cost_reduction"), rows=(("ningxia", 0.3), ("jiangsu", None)))

    html = reports.scan_page(
        {"en": "A & B", "zh": "甲与乙"}, [frontier, compared], {"en": ["n"], "zh": ["注"]}, lang="zh"
    )

    data = json.loads(re.search(r'id="pictures">(.*?)</script>', html, re.DOTALL)[1])  # type: ignore[index]
    assert {name: spec["kind"] for name, spec in data["charts"].items()} == {
        "frontier-0": "lines",
        "frontier-1": "lines",
        "compare-0": "columns",
    }
    assert data["charts"]["frontier-0"]["series"][0]["values"] == [290.0, 330.0, None]
    assert "A &amp; B" in html
    assert "宁夏" in article(html, "zh-CN")


def test_no_english_prose_stands_in_the_chinese_article(page: str, plan: SitePlan) -> None:
    prose = re.compile(r"[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}")
    assert plan.project.claim is not None
    own = (*plan.project.notes, plan.project.claim.source)  # The user's own words stay in the user's language.

    texts = parsed(article(page, "zh-CN")).text
    said = [text for text in texts if prose.search(text) and not any(word in text for word in own)]

    assert said == []


def test_the_load_is_classified_with_its_reasons(page: str) -> None:
    assert "“cluster”的灵活性：42 分（满分 100 分），中等灵活性。" in article(page, "zh-CN")
    assert "jobs: 70% of the mean power may wait" in article(page, "en")


def test_the_report_says_on_which_basis_prices_are(page: str) -> None:
    assert "Prices and charges are without value-added tax." in article(page, "en")
    assert "电价与各项费用均为不含税口径。" in article(page, "zh-CN")


def test_carbon_names_its_factor_document_and_method(plan: SitePlan) -> None:
    factor = replace(plan.facts["loss_rate"], value=0.6516, unit="t/MWh")
    counted = replace(plan, facts={"emission_factor_t_per_mwh": factor})

    html = article(reports.site_plan(counted), "zh-CN")

    assert "0.652\u00a0t/MWh 计（发改能源〔2025〕650号）；方法：温室气体核算体系范围二，基于位置" in html


def test_other_years_are_drawn_by_cost_and_share(page: str) -> None:
    assert page.count('data-chart="years-0"') == page.count('data-chart="years-1"') == 2
    assert 'data-chart="years-2"' not in page
