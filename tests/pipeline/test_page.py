"""The report says the right figures, in one file that needs nothing else, and cannot name a person."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

import contracts
from pipeline.charts import Part, meter
from pipeline.page import render, words
from pipeline.page.model import (
    Arrivals,
    Delivery,
    Facts,
    Feed,
    Grade,
    LeadCount,
    LinkedFeed,
    Platform,
    ReasonCount,
    Recognition,
    Rule,
    Run,
)
from transforms.matching.world import METHODS

MONTHS = ("2026-09", "2026-10")
PROPERTIES = ("规范性", "完整性", "准确性", "一致性", "时效性", "可访问性", "综合")


def delivery(feed: str, month: str, lines: int = 1000, **change: object) -> Delivery:
    """A published delivery of `lines` rows that balances: 1 % rejected or quarantined, 2 rows repeated."""
    rejected, quarantined = lines // 200, lines // 200
    typed = lines - rejected - quarantined
    whole = Delivery(
        feed, month, "published", "pass", None, "gb18030", lines * 90, lines, lines - rejected, rejected, typed,
        quarantined, typed - 2, 2, 0, (), 1.5,
    )  # fmt: skip
    return replace(whole, **change)  # type: ignore[arg-type]


def county() -> Facts:
    """Two months of every feed, with something of everything the page can show."""
    feeds = tuple(
        Feed(c.feed, c.title, c.department, c.source.format, c.delivery.mode) for c in contracts.by_feed().values()
    )
    names = [f.feed for f in feeds]
    return Facts(
        generated_at=datetime(2026, 11, 2, 8, 30, tzinfo=UTC),
        months=MONTHS,
        feeds=feeds,
        deliveries=delivered(names),
        arrivals=(
            Arrivals(names[0], MONTHS[0], "new", 1),
            Arrivals(names[0], MONTHS[1], "duplicate", 2),
            Arrivals(None, MONTHS[1], "unknown", 3),
            Arrivals(names[16], MONTHS[0], "waiting", 1),
        ),
        reasons=tuple(
            ReasonCount(f, m, reason, field, 3 + i)
            for i, f in enumerate(names)
            for m in MONTHS
            for reason, field in (("id_missing", "id_number"), ("date_invalid", "born_on"), ("field_count", None))
        ),
        grades=grades(dict.fromkeys(f.department for f in feeds)),
        recognition=recognition(names),
        rules=rules(),
        leads=leads(),
        platform=Platform({"huilian": "0.1.0", "PostgreSQL": "18.6"}, 48_000_000),
    )


def delivered(names: list[str]) -> tuple[Delivery, ...]:
    """A delivery a feed and month: one warned of, one stopped, one unreadable, and two that are not there."""
    found = [delivery(f, m, 400 + 137 * (i % 9)) for i, f in enumerate(names) for m in MONTHS]
    found[4] = replace(found[4], refused_words=("政治面貌", "民族"), verdict="warn")
    found[7] = replace(found[7], state="stopped", verdict="stop", reason="too_few_rows", published=None)
    found[9] = replace(
        found[9], state="refused", verdict=None, reason="unreadable", encoding=None, lines=None, parsed=None,
        rejected=None, typed=None, quarantined=None, published=None, deduplicated=None, unknown_columns=3, seconds=None,
    )  # fmt: skip
    del found[31:33]  # one did not come, the next is still being written
    return tuple(found)


def grades(departments: Iterable[str]) -> tuple[Grade, ...]:
    """Every grade there is, over departments, properties and months."""
    return tuple(
        Grade(d, m, p, 98.0 - 3.5 * ((i + j) % 8) + k, "ABCD"[((i + j) % 8) // 2])
        for i, d in enumerate(departments)
        for j, p in enumerate(PROPERTIES)
        for k, m in enumerate(MONTHS)
    )


def leads() -> tuple[LeadCount, ...]:
    """Leads of every rule, month and two levels, one of them refuted."""
    found = [
        LeadCount(r.rule, m, "suspected", level, 3 + 2 * i, 1 + k)
        for i, r in enumerate(rules())
        for k, m in enumerate(MONTHS)
        for level in ("E3", "E2")
    ]
    return (*found, LeadCount("pension_paid_after_death", MONTHS[0], "closed", "E1", 3, 2, refuted=2))


def recognition(names: list[str]) -> Recognition:
    """A linker's result with every part filled."""
    return Recognition(
        mentions=25_104,
        persons=5_873,
        organisations=412,
        by_feed=tuple(
            LinkedFeed(f, 500 + 90 * i, 480 + 80 * i, {1: 30 + i, 2: 100, 3: 150, 4: 120 + 20 * i, 5: 100 + 69 * i})
            for i, f in enumerate(names)
        ),
        sizes={1: 801, 2: 930, 3: 1220, 4: 1105, 5: 803, 6: 500, 7: 280, 8: 120, 9: 64, 10: 50},
        reach={1: 900, 2: 1600, 3: 1700, 4: 1000, 5: 673},
        methods={"spine": 19_000, "pair": 5_200, "alone": 904},
        addresses=2_310,
        grey={"person": 142, "organisation": 3},
        conflicts={"id_conflict": 17},
        runs=(
            Run(datetime(2026, 11, 2, 8, 20, tzinfo=UTC), "person", 12_400, 5_800, {"minted": 5_800}),
            Run(datetime(2026, 11, 2, 8, 28, tzinfo=UTC), "person", 25_104, 5_873, {"minted": 75, "merged": 2}),
        ),
    )


def rules() -> tuple[Rule, ...]:
    """Two rules of each sort."""
    return (
        Rule(
            "allowance_unclaimed", "八十周岁以上未领高龄津贴", "民政局", ("老年人权益保障法第三十三条",), True, 30, 10
        ),
        Rule("not_enrolled", "适龄儿童未入学", "教育局", ("义务教育法第十三条",), True, None, 10),
        Rule("birth_not_registered", "出生未申报户口", "公安局", ("户口登记条例第七条",), True, 30, 10),
        Rule("pension_paid_after_death", "去世后仍在发放养老金", "人社局", ("社会保险法第五十七条",), False, 31, 10),
        Rule("dibao_owns_two_homes", "低保对象名下有两套以上住房", "民政局", ("社会救助法第四十条",), False, None, 10),
    )


class Page(HTMLParser):
    """Collects what a browser would fetch, the text, and whether tags close."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fetches: list[str] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headless = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "link", "img", "iframe", "object", "embed", "base", "form"):
            self.fetches.append(tag)
        self.fetches += [
            v or "" for k, v in attrs if k in ("src", "href", "xlink:href") and not (v or "").startswith("#")
        ]
        self.fetches += [k for k in given if k.startswith("on")]
        self.ids += [v for k, v in attrs if k == "id" and v]
        self.links += [v[1:] for k, v in attrs if k == "href" and v and v.startswith("#")]
        if tag == "th" and "scope" not in given:
            self.headless += 1
        if tag not in ("meta", "rect", "line", "path", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("rect", "line", "path"):
            return
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text.append(data)


@pytest.fixture(scope="module")
def html() -> str:
    return render(county())


@pytest.fixture(scope="module")
def text(html: str) -> str:
    return re.sub(r"\s+", " ", " ".join(Page(html).text))


def test_page_fetches_nothing_and_runs_no_script(html: str) -> None:
    assert Page(html).fetches == []
    assert not re.search(r"https?://|@import|url\(", html)


def test_page_is_well_formed_and_its_contents_list_leads_somewhere(html: str) -> None:
    page = Page(html)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert set(page.links) <= set(page.ids)
    assert page.headless == 0, "every table header says what it heads"


def test_every_chart_has_words_for_those_who_cannot_see_it(html: str) -> None:
    charts = re.findall(r"<svg[^>]*>", html)
    assert len(charts) > 30
    assert all('role="img"' in c and "aria-label=" in c for c in charts)


def test_benefits_come_before_everything_else(text: str) -> None:
    assert text.index("适龄儿童未入学") < text.index("户籍人口登记") < text.index("去世后仍在发放养老金")


def test_headline_adds_up_the_last_month_only(text: str) -> None:
    # rules 0..4 have 2 * (3 + 2i) open leads in October; the first three bring benefits
    assert "待核实线索（2026年10月） 70 其中应享未享 30 条" in text
    assert "识别为 5,873 人，另有 412 个单位" in text


def test_the_sentence_on_verification_stands_with_the_leads(text: str) -> None:
    assert text.count("线索须经核实，不得据此直接停发待遇。") == 2
    assert "累计核实不属实 2 条" in text


def test_what_did_not_come_and_what_was_refused_is_said(text: str) -> None:
    assert "未送达" in text
    assert "暂缓入库" in text
    assert "行数明显偏少" in text
    assert "依法不接收：政治面貌、民族" in text
    assert "约定外的列 3 个" in text
    assert "不属于任何约定" in text
    assert text.count("尚在写入") == 2, "in its month, and among the files that are no deliveries"


@pytest.mark.parametrize(
    ("change", "said"),
    [({}, "平"), ({"rejected": 9}, "不平"), ({"published": None}, "未完成")],
    ids=["balanced", "a row is lost", "not there yet"],
)
def test_equations_are_judged_delivery_by_delivery(change: dict[str, int | None], said: str) -> None:
    one = delivery("gongan_hukou", MONTHS[0], **change)
    page = Page(render(replace(county(), deliveries=(one,))))
    assert [t for t in page.text if t in ("平", "不平", "未完成")] == [said]


def test_values_to_correct_are_counted_apart_from_rows_sent_back(html: str) -> None:
    # the first department has feeds 0 and 1: id_missing and date_invalid, (3 + i) in each of two months
    row = html.split(">房管局</th><td")[1].split("</tr>")[0]
    assert re.findall(r'class="n">([\d.,]+)<', row) == ["1,874", "1,850", "8", "16", "28", "1.5"]


def test_every_code_the_linker_stores_has_a_word(text: str) -> None:
    assert set(METHODS) <= set(words.METHODS)
    assert not re.search(r"\b(spine|pair|alone|id_conflict|suspected|minted)\b", text)


def test_a_grade_shows_where_it_moved_from_last_month(html: str) -> None:
    assert re.search(r'<span class="g1">A \d+ ↑</span>', html)


def test_no_lead_is_not_mistaken_for_a_question_that_was_not_asked() -> None:
    facts = county()
    asked, other = facts.rules[0], facts.rules[1]
    page = render(replace(facts, rules=(asked, replace(other, unasked=MONTHS)), leads=()))
    assert page.count("未比对") == 3, "on its card, and in its row for either month"


def test_names_are_escaped() -> None:
    facts = county()
    evil = Rule("r", "<script>alert(1)</script>", "甲<b>局", ("依&据",), True, None, 10)
    page = render(replace(facts, rules=(evil,), leads=(LeadCount("r", MONTHS[1], "suspected", "E3", 1, 1),)))
    assert "<script" not in page
    assert "甲&lt;b&gt;局" in page


@pytest.mark.parametrize("months", [(), MONTHS[:1]], ids=["nothing yet", "first month"])
def test_page_stands_before_there_is_anything_to_show(months: tuple[str, ...]) -> None:
    page = render(Facts(generated_at=datetime(2026, 11, 2, tzinfo=UTC), months=months))
    assert Page(page).open == []
    assert "尚未比对" in page


def test_a_meter_fills_its_rail_and_no_more() -> None:
    widths = [
        float(w) for w in re.findall(r'class="f-[ab]".*?width="([\d.]+)"', meter([Part("a", 3), Part("b", 1)], 8))
    ]
    assert widths == [37.5, 12.5]
    assert 'width="100.00"' in meter([Part("a", 5)], 0)


def test_of_two_deliveries_of_a_whole_register_the_first_was_corrected() -> None:
    facts = county()
    whole = next(f for f in facts.feeds if f.mode == "snapshot")
    part = next(f for f in facts.feeds if f.mode == "increment")
    twice = tuple(delivery(f.feed, MONTHS[0], 100 + n) for f in (whole, part) for n in (1, 2))
    page = render(replace(facts, deliveries=twice))
    assert page.count("已被更正") == 1, "of an increment both hold"
    refused = replace(twice[1], state="refused", published=None)
    assert "已被更正" not in render(replace(facts, deliveries=(twice[0], refused)))
