"""Durability: what was written is read back whole, or up to where it was torn, or not at all."""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from duetime.adapters.journals import FileJournal, read_journal
from duetime.adapters.testing.bare import Bare
from duetime.adapters.testing.program_strategies import (
    EVERYTHING,
    JITTERY,
    RESTARTS,
    SLOTS,
    programs,
)
from duetime.adapters.testing.programs import Program
from duetime.engine.errors import JournalError, ReplayError
from duetime.engine.history import timeline
from duetime.engine.journal import Journal, fold, replay, state_hash
from duetime.engine.machine import Machine
from tests.properties.samples import SAMPLE

PROGRAMS = programs(*EVERYTHING, RESTARTS, first=JITTERY, slots=SLOTS)
GOLDEN = Path(__file__).parents[1] / "golden" / "journal_v1.jsonl"


def text_of(journal: Journal) -> bytes:
    """Write a journal as the content of a file."""
    return "".join(f"{line}\n" for line in journal.lines()).encode()


def read_back(content: bytes) -> Journal:
    """Read the content of a file, and see that going on with it cuts off what is torn."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.jsonl"
        path.write_bytes(content)
        read = read_journal(path)
        FileJournal(path, go_on=True).close()
        assert path.read_bytes() == text_of(read)
    return read


def assert_a_prefix(read: Journal, whole: Journal, count: int) -> None:
    """Assert that a journal is the first records of another, and leads to what they lead to."""
    assert read.records == whole.records[:count]
    inputs = [record.input for record in whole.records[:count]]
    assert state_hash(replay(read).machine) == state_hash(fold(inputs, Machine(whole.settings))[0])


@given(PROGRAMS, st.data())
def test_p51_a_journal_cut_anywhere_is_what_was_written_before(
    program: Program, data: st.DataObject
) -> None:
    """A cut inside of a record leaves those before it, and is told; none is made up."""
    whole = Bare().play(program).journal
    content = text_of(whole)
    cut = data.draw(st.integers(content.index(b"\n"), len(content)))
    read, lines = read_back(content[:cut]), content[: cut + 1].count(b"\n")
    assert_a_prefix(read, whole, lines - 1)
    assert bool(read.notice) == (content[cut - 1 : cut + 1].count(b"\n") == 0)


def test_p51_every_cut_of_the_last_record_is_told() -> None:
    """At each of its bytes."""
    whole = Bare().play(SAMPLE).journal
    content = text_of(whole)
    start = content[:-1].rindex(b"\n") + 1
    for cut in range(start + 1, len(content) - 1):
        read = read_back(content[:cut])
        assert len(read.records) == len(whole.records) - 1
        assert f"line {len(whole.records) + 1} of the journal ends with" in read.notice
    assert read_back(content[:-1]).records == read_back(content).records == whole.records


@st.composite
def damages(draw: st.DrawFn, line: str) -> list[str]:
    """Draw what stands in place of a line: nothing, itself twice, or a text that is hardly changed.

    A digit in place of a digit leaves a line that can be read: only its checksum is wrong.
    """
    anywhere = draw(st.integers(0, len(line) - 1))
    digit = draw(st.sampled_from([place for place, text in enumerate(line) if text.isdigit()]))
    changed = {anywhere: "~", digit: str((int(line[digit]) + 1) % 10)}
    texts = [line[:place] + text + line[place + 1 :] for place, text in changed.items()]
    return draw(st.sampled_from([[], [line, line], *([text] for text in texts)]))


@given(PROGRAMS, st.data())
def test_p51_damage_before_the_last_record_is_refused(
    program: Program, data: st.DataObject
) -> None:
    """A line that is missing, there twice or changed: the error names the first that is wrong."""
    header, *lines = Bare().play(program).journal.lines()
    assume(len(lines) > 1)
    place = data.draw(st.integers(0, len(lines) - 2))
    line = lines[place]
    other = data.draw(damages(line))
    wrong = place + (3 if len(other) > 1 else 2)
    with pytest.raises(JournalError, match=f"line {wrong} of the journal"):
        Journal.parse([header, *lines[:place], *other, *lines[place + 1 :]])


def as_version_1(line: str) -> str:
    """Write a line as the version before did: without a number and a checksum."""
    data = {key: value for key, value in json.loads(line).items() if key not in ("n", "sum")}
    return json.dumps({**data, "duetime": 1} if "duetime" in data else data)


@given(PROGRAMS)
def test_p53_a_journal_of_the_version_before_says_the_same(program: Program) -> None:
    """Record by record."""
    journal = Bare().play(program).journal
    old = Journal.parse(map(as_version_1, journal.lines()))
    assert old.records == journal.records
    assert list(old.lines()) == list(journal.lines())


def test_p53_a_journal_that_an_old_release_wrote_replays_to_the_same(
    golden: Callable[[str, str], None],
) -> None:
    """The file was written by the release that had version 1."""
    again = replay(read_journal(GOLDEN))
    assert again.records == 28
    golden("journal_v1.txt", timeline(again.history) + "\n")


def test_p53_the_first_decision_that_is_another_is_named() -> None:
    """Where an engine decides otherwise than the old one did."""
    lines = GOLDEN.read_text("utf-8").splitlines()
    changed = [line.replace('"fate":"missed"', '"fate":"dropped"') for line in lines]
    first = next(place for place, line in enumerate(lines) if line != changed[place])
    with pytest.raises(ReplayError, match=f"record {first}, .*dropped.*missed") as caught:
        replay(Journal.parse(changed))
    assert caught.value.number == first
