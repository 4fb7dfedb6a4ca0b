"""Journals in files: what is written, when, and what is refused."""

import gc
import json
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

import duetime
from duetime.adapters.journals import FileJournal, explain, read_journal, replay
from duetime.adapters.simulate import Simulation
from duetime.adapters.threads import Scheduler
from duetime.adapters.zone_data import zone_data
from duetime.engine.accounts import Standing
from duetime.engine.catchup import Fate
from duetime.engine.errors import JournalError, JournalVersionError, ReplayError
from duetime.engine.journal import Journal, fold
from duetime.engine.machine import Settings
from duetime.engine.triggers.every import Every
from duetime.engine.triggers.once import OnDemand

START = "2026-01-01T00:00Z"
HEADER = b'{"duetime":1,"settings":{"type":"Settings"}}\n'
GOLDEN = Path(__file__).parents[1] / "golden" / "journal_v1.jsonl"


def simulate(journal: Journal | Path | str) -> None:
    """Run something with a journal."""
    with Simulation(START, journal=journal) as simulation:
        simulation.add("page", Every(minutes=1))
        simulation.add("mail", OnDemand(), takes="10s")
        simulation.demand("mail")
        simulation.clock.advance(minutes=2)


def test_a_file_holds_the_same_as_a_journal_in_memory(tmp_path: Path) -> None:
    """A file is the journal's lines, a stride or not; and says which versions were in use."""
    journal = Journal()
    simulate(journal)
    simulate(tmp_path / "journal.jsonl")
    written = (tmp_path / "journal.jsonl").read_text("utf-8")
    journal.zone_data, journal.product = zone_data().version, duetime.__version__
    assert written == "".join(line + "\n" for line in journal.lines())


def test_a_journal_that_is_read_back_replays(tmp_path: Path) -> None:
    """By its path, or as what was read."""
    path = tmp_path / "journal.jsonl"
    simulate(path)
    assert replay(path).records == replay(read_journal(path)).records == 8


def test_a_journal_tells_why(tmp_path: Path) -> None:
    """By its path, as what was read, or while it is being written, all tell the same."""
    journal, path = Journal(), tmp_path / "journal.jsonl"
    simulate(journal)
    simulate(path)
    account = explain(journal, "page", "2026-01-01T00:01Z")
    assert (account.fate, account.number, len(account.parts)) == (Fate.STARTED, 1, 2)
    with path.open("a") as file:
        file.write('{"effects":[{"cause"')  # by whoever is writing
    for each in (path, str(path), read_journal(path)):
        assert explain(each, "page", "2026-01-01T00:01Z") == account


def test_a_shell_tells_why_from_the_file_that_it_writes(tmp_path: Path) -> None:
    """What it has written by then, also after its end."""
    with Simulation(START, journal=tmp_path / "journal.jsonl") as simulation:
        simulation.add("page", Every(minutes=1))
        simulation.clock.advance(minutes=2)
        assert simulation.explain("page", "2026-01-01T00:03Z").fate is Standing.AHEAD
        simulation.clock.advance(minutes=1)
    account = simulation.explain("page", "2026-01-01T00:03Z")
    assert (account.fate, account.journalled) == (Fate.STARTED, True)


def test_a_journal_that_begins_with_a_snapshot_tells_why(tmp_path: Path) -> None:
    """Of what was before that, nothing is known."""
    whole, rest, path = Journal(), Journal(), tmp_path / "rest.jsonl"
    simulate(whole)
    machine, _ = fold(record.input for record in whole.records[:6])
    rest.base, rest.first = machine.snapshot(), 7
    rest.extend(whole.records[6:])
    path.write_text("".join(f"{line}\n" for line in rest.lines()))
    asked = [explain(path, "page", f"2026-01-01T00:0{minute}Z").fate for minute in (1, 2, 3)]
    assert asked == [Standing.UNKNOWN, Fate.STARTED, Standing.AHEAD]


def test_a_record_is_in_the_file_before_anything_is_done(tmp_path: Path) -> None:
    """A run finds its own start in the file."""
    path = tmp_path / "journal.jsonl"
    seen: list[str] = []

    def look() -> None:
        seen.append(json.loads(path.read_text("utf-8").splitlines()[-1])["effects"][0]["type"])

    with Simulation(START, journal=path) as simulation:
        simulation.add("look", OnDemand(), look)
        simulation.run_now("look")
    assert seen == ["StartRun"]


def shut_down_simulation(path: Path) -> None:
    """End a simulation while two runs are held, one of which ends afterwards."""
    with Simulation(START, journal=path) as simulation:
        for name in ("mail", "post"):
            simulation.add(name, OnDemand(), takes="hold")
            simulation.demand(name)
    simulation.finish("mail")


def shut_down_scheduler(path: Path) -> None:
    """End a scheduler that has had a run."""
    with Scheduler(journal=path) as scheduler:
        scheduler.add("mail", OnDemand(), lambda: None)
        scheduler.demand("mail")


@pytest.mark.parametrize("live_and_end", [shut_down_simulation, shut_down_scheduler])
def test_a_file_that_a_shell_opened_is_closed_with_it(
    live_and_end: Callable[[Path], None], tmp_path: Path
) -> None:
    """At the shutdown, whatever is still going; an end that comes later is written down."""
    path = tmp_path / "journal.jsonl"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        live_and_end(path)
        gc.collect()
    assert [str(each.message) for each in caught] == []
    assert "RunFinished" in path.read_text("utf-8").splitlines()[-1]


def test_an_existing_file_is_refused(tmp_path: Path) -> None:
    """A journal is the story of one scheduler."""
    path = tmp_path / "journal.jsonl"
    path.touch()
    with pytest.raises(JournalError, match=r"journal\.jsonl exists already; give a new path"):
        FileJournal(path)


@pytest.mark.parametrize("place", ["nowhere/journal.jsonl", "file/journal.jsonl", "x" * 300])
def test_a_place_that_cannot_be_written_is_refused(place: str, tmp_path: Path) -> None:
    """A folder that is not there, a file in its place, a name too long: the message says which."""
    (tmp_path / "file").touch()
    with pytest.raises(JournalError) as caught:
        FileJournal(tmp_path / place)
    assert str(caught.value).startswith(f"{tmp_path / place} cannot be written: ")


@pytest.mark.parametrize("use", [FileJournal, read_journal])
def test_a_folder_is_no_journal(use: Callable[[Path], object], tmp_path: Path) -> None:
    """Neither for writing nor for reading."""
    with pytest.raises(JournalError, match=r"exists already|cannot be read: Is a directory"):
        use(tmp_path)


def test_a_torn_last_line_is_cut_off_when_the_journal_goes_on(tmp_path: Path) -> None:
    """In the file; what is appended follows the last whole record."""
    path = tmp_path / "journal.jsonl"
    simulate(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    journal = FileJournal(path, go_on=True)
    assert path.read_bytes() == whole[: whole[:-1].rindex(b"\n") + 1]
    assert journal.notice.startswith(f"line {len(whole.splitlines())} of the journal ends with")
    journal.begin(Settings())
    last = Journal.parse(whole.decode().splitlines()).records[-1]
    journal.append(last.input, last.effects)
    journal.close()
    assert path.read_bytes() == whole


def test_a_last_line_without_its_end_is_whole(tmp_path: Path) -> None:
    """It gets its end when the journal goes on."""
    path = tmp_path / "journal.jsonl"
    simulate(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert replay(path).notice == ""
    journal = FileJournal(path, go_on=True)
    assert (journal.notice, path.read_bytes()) == ("", whole)
    journal.close()


def test_a_journal_goes_on_with_its_own_machine_only(tmp_path: Path) -> None:
    """Other settings would make another story of it; an old version is only read."""
    simulate(tmp_path / "journal.jsonl")
    journal = FileJournal(tmp_path / "journal.jsonl", go_on=True)
    with pytest.raises(JournalError, match=r"journal\.jsonl is the journal of a machine with .*"):
        journal.begin(Settings(max_running=1))
    journal.close()
    with pytest.raises(JournalVersionError, match="version 1, which is only read"):
        FileJournal(GOLDEN, go_on=True)


def test_a_file_is_the_journal_of_one_machine(tmp_path: Path) -> None:
    """A second one would write its records among those of the first."""
    journal = FileJournal(tmp_path / "journal.jsonl")
    journal.begin(Settings())
    with pytest.raises(JournalError, match="is the journal of another machine already"):
        journal.begin(Settings())
    journal.close()


def test_what_utf_8_cannot_write_is_written_all_the_same(tmp_path: Path) -> None:
    """Half a surrogate pair, as broken file names have them, comes back as it was."""
    path = tmp_path / "journal.jsonl"
    args = {"page": "Zürich \udc80 \U0001f4c4"}
    with Simulation(START, journal=path) as simulation:
        simulation.add("page", OnDemand(), lambda page: None, args=args)
        simulation.demand("page")
        simulation.disable("page", reason="half: \ud83d")
    assert replay(path).history.runs("page")[0].args == args
    assert replay(path).machine.view("page") == simulation.view("page")


def test_a_replay_names_the_first_record_that_differs(tmp_path: Path) -> None:
    """With its number, what the journal says and what this engine decides."""
    lines = GOLDEN.read_text("utf-8").splitlines()
    broken = next(number for number, line in enumerate(lines) if '"cause":"due"' in line)
    lines[broken] = lines[broken].replace('"number":1', '"number":7')
    path = tmp_path / "journal.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    with pytest.raises(ReplayError) as caught:
        replay(path)
    journal_says, engine_decides = str(caught.value).split("this engine decides")
    assert caught.value.number == broken
    assert journal_says.startswith(f"record {broken}, Ticked(")
    assert ("number=7" in journal_says, "number=1" in engine_decides) == (True, True)


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"", JournalError, "line 1 of the journal is no JSON"),
        (b"\xff\xfe", JournalError, "line 1 of the journal is not UTF-8 text"),
        (b'{"name":"x"}\n', JournalError, "is no header of a journal of duetime"),
        (b'{"duetime":9}\n', JournalVersionError, "of version 9; this release reads versions 1"),
        (HEADER + b"nonsense\n\n", JournalError, "line 2 of the journal is no JSON"),
        (HEADER + b'{"\xff":1}\n{}\n', JournalError, "line 2 of the journal is not UTF-8 text"),
        (HEADER + b'{"input":{"type":"X"}}\n', JournalError, "line 2 of the journal cannot be"),
    ],
)
def test_what_is_no_journal_is_refused(
    content: bytes, error: type[JournalError], message: str, tmp_path: Path
) -> None:
    """The message names the file and the line."""
    path = tmp_path / "journal.jsonl"
    path.write_bytes(content)
    with pytest.raises(error, match=rf"journal\.jsonl: .*{message}"):
        read_journal(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The message has the path."""
    with pytest.raises(JournalError, match=r"nothing\.jsonl cannot be read: No such file"):
        read_journal(tmp_path / "nothing.jsonl")
