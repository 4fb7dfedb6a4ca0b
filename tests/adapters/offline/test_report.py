"""The report: one HTML file."""

import base64
import re
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from duetime.adapters.extras import MissingExtraError
from duetime.adapters.offline.report import report_html, write_report
from tests.adapters.offline.samples import BEGIN, YEAR, changes, lane, nothing, sample

VOID = {"meta", "link", "img", "source"}
EVIL = "<script>alert('x')</script>\" onload=\"alert(1)"


class Reading(HTMLParser):
    """Reads a page: counts elements, collects attributes and text, holds ends against starts."""

    def __init__(self, page: str) -> None:
        """Read all of it."""
        super().__init__()
        self.open: list[str] = []
        self.elements: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count it; `open`: those that have not ended."""
        self.elements[tag] += 1
        self.attributes += [(tag, name, text or "") for name, text in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost, which it must be."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Collect it."""
        self.text.append(data)

    def all_of(self, tag: str, attribute: str) -> list[str]:
        """Return what an attribute says, for each such element."""
        return [text for each, name, text in self.attributes if (each, name) == (tag, attribute)]


def pictures(page: str) -> list[str]:
    """Return every SVG that is embedded."""
    found = re.findall(r'"data:image/svg\+xml;base64,([^"]+)"', page)
    return [base64.b64decode(text).decode() for text in found]


def cells(page: str, caption: str) -> list[list[str]]:
    """Return the cells of the table with this caption, row by row."""
    (inner,) = re.findall(rf"<caption>{caption}.*?</caption>(.*?)</table>", page, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", inner, re.DOTALL)
    return [re.findall(r">([^<>]+)</", row) for row in rows]


def test_the_report_is_well_formed_and_has_a_structure() -> None:
    """One heading, tables with captions, figures with captions and words for who sees none."""
    reading = Reading(report_html(sample()))
    assert reading.open == []
    assert reading.elements["h1"] == reading.elements["main"] == 1
    assert reading.elements["table"] == reading.elements["caption"] == 5
    assert reading.elements["figure"] == reading.elements["figcaption"] == 3
    assert len(list(filter(None, reading.all_of("img", "alt")))) == 3
    assert reading.all_of("html", "lang") == ["en"]


def test_each_picture_is_there_for_light_and_for_dark_pages() -> None:
    """The browser chooses; on paper it is the light one."""
    page = report_html(sample())
    reading = Reading(page)
    assert reading.all_of("source", "media") == ["screen and (prefers-color-scheme: dark)"] * 3
    roots = [ElementTree.fromstring(svg) for svg in pictures(page)]
    assert len(roots) == 6
    assert len(set(pictures(page))) == 6


def test_the_report_needs_no_network_and_runs_no_script() -> None:
    """Neither the page nor a picture in it names any address."""
    page = report_html(sample())
    assert "://" not in page
    assert Reading(page).elements["script"] == 0
    for svg in pictures(page):
        assert set(re.findall(r"\w+://[^\"' ]+", svg)) <= {
            "http://www.w3.org/2000/svg",
            "http://www.w3.org/1999/xlink",
        }


def test_what_the_user_wrote_is_text() -> None:
    """Names and titles make no elements and no attributes, whatever they hold."""
    harmless = Reading(report_html(sample()))
    figures = sample(title=EVIL, lanes=[lane(EVIL), lane("\x00</td>")])
    reading = Reading(report_html(figures))
    assert reading.elements == harmless.elements
    assert [(tag, name) for tag, name, _ in reading.attributes] == [
        (tag, name) for tag, name, _ in harmless.attributes
    ]
    assert EVIL in reading.text


def test_it_says_what_was_simulated() -> None:
    """Zone, begin, end, length, and how many tasks and runs."""
    text = Reading(report_html(sample())).text
    expected = ["Europe/Berlin", "Sat 28 Mar 2026 00:00", "Mon 30 Mar 2026 01:00", "2 days", "8"]
    assert [each for each in expected if each not in text] == []


def test_changes_of_clocks_are_told() -> None:
    """When, by the new time and as an instant, and by how much."""
    rows = cells(report_html(sample()), "When the clock of Europe/Berlin is changed")
    assert rows[1:] == [["Sun 29 Mar 2026 03:00", "2026-03-29T01:00:00Z", "+1h"]]
    assert "No clock of UTC is changed in this time." in report_html(sample(tz="UTC"))


def test_many_changes_of_clocks_are_folded() -> None:
    """They are in the page, but do not push the rest away."""
    end = BEGIN + 10 * YEAR
    figures = replace(sample(end=end), changes=changes("Europe/Berlin", BEGIN, end))
    assert "<summary>21 changes of the clock</summary>" in report_html(figures)


def test_the_tallies_have_the_fates_that_occur_and_their_sums() -> None:
    """A fate that no task has would be a column of zeros."""
    assert cells(report_html(sample()), "Runs of each task, those asked") == [
        ["Task", "Runs", "Started", "Missed"],
        ["report", "4", "4", "1"],
        ["sweep", "4", "4", "1"],
        ["All", "8", "8", "2"],
    ]


def test_each_picture_has_its_numbers_as_a_table() -> None:
    """For who does not see it, and for who wants to copy them."""
    page = report_html(sample())
    timeline = cells(page, "Runs and fates of each task")
    assert timeline[1] == ["report", *"111111111"]
    assert [len(row) for row in cells(page, "Starts of runs by weekday")] == [25] * 8
    busy = cells(page, r"Runs at once, in spans of 12 hours")
    assert busy[2] == ["Sat 28 Mar 2026 12:00", "3", "1.50"]


def test_words_stand_for_the_pictures() -> None:
    """They tell the main thing, not that there is a picture."""
    timeline, week, busy = Reading(report_html(sample())).all_of("img", "alt")
    assert "each of 2 tasks" in timeline
    assert "2 failed" in timeline
    assert "most, 138, on Sundays from 23:00 on" in week
    assert "at most 3, first after Sat 28 Mar 2026 12:00; 0.75 on average" in busy


def test_a_report_of_nothing_says_so() -> None:
    """No task, no run, no time: it is a report all the same."""
    page = report_html(replace(nothing(), lanes=[], tallies=[]))
    assert "There is no task." in page
    assert all("none" in alt or "nothing" in alt for alt in Reading(page).all_of("img", "alt"))


def test_it_is_the_same_each_time_and_written_as_it_is(tmp_path: Path) -> None:
    """No time of writing, no random ids."""
    write_report(sample(), tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text("utf-8") == report_html(sample())


def test_a_report_without_matplotlib_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has pictures."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'duetime\[plot\]'"):
        report_html(sample())
