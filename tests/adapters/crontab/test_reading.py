"""Crontabs as they are read: sample files, each kind of line, and what is wrong with a line."""

import string
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from duetime.adapters.crontab import CrontabError, Entry, load
from duetime.adapters.crontab.reading import read_setting, split_percent
from duetime.adapters.local_zone import local_zone
from duetime.engine.triggers.cron import Cron

CRONTABS = Path(__file__).parents[2] / "cases" / "crontabs"
BLANKS = " \t"


def entry_text(entry: Entry) -> str:
    """Write all that an entry has, a line each."""
    lines = [f"line {entry.line}: {entry.trigger!r}{' at the start' * entry.at_start}"]
    lines += [f"  name    {entry.name}", f"  command {entry.command!r}"]
    if entry.stdin is not None:
        lines.append(f"  stdin   {entry.stdin!r}")
    if entry.user is not None:
        lines.append(f"  user    {entry.user}")
    lines += [f"  {name}={value!r}" for name, value in entry.environment.items()]
    return "\n".join(lines)


@pytest.mark.parametrize("name", sorted(path.name for path in CRONTABS.iterdir()))
def test_a_crontab_is_read(
    name: str, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries with all they have, then the notices; or one error with all that is wrong."""
    monkeypatch.chdir(CRONTABS)
    try:
        found = load(name, system="system" in name, tz="UTC")
        parts = [*map(entry_text, found.entries), *map(str, found.notices)]
    except CrontabError as error:
        parts = [str(error)]
    golden(f"crontabs/{name}.txt", "\n".join(parts) + "\n")


@pytest.mark.parametrize(
    ("line", "read"),
    [
        # Debian's crontab(5) and cronie's: what each of them says, in its words or by an example.
        ("NAME=value", "setting"),
        ("NAME  =  value", "setting"),
        ("  NAME=value", "setting"),
        ("'NAME'=\"value\"", "setting"),
        ('NAME=""', "setting"),
        ("5 = five", "setting"),
        ("NAME=", "wrong"),
        ("'NA=ME'=value", "wrong"),
        ("NAME='value", "wrong"),
        ("NAME='value' more", "wrong"),
        ("MY NAME=value", "wrong"),
        ("# 5 4 * * * x", "nothing"),
        (" \t ", "nothing"),
        ("5 4 * * * x", "entry"),
        ("\t5\t4 * * *\tx", "entry"),
        ("5 4 * * sun x", "entry"),
        ("5 4 * * 7 x", "entry"),
        ("5 4 * jan-MAR/2,12 mon,Tue x", "entry"),
        ("0-59/7,3 0-23 */3 * * x", "entry"),
        ("5 4 * * * NAME=value x", "entry"),
        ("@yearly x", "entry"),
        ("@reboot x", "entry"),
        ("@reboot\tNAME=value x", "entry"),
        ("5 4 * * sunday x", "wrong"),
        ("5 4 0 * * x", "wrong"),
        ("5 4 * * 8 x", "wrong"),
        ("5 4 * 13 * x", "wrong"),
        ("5 4 * * 5-1 x", "wrong"),
        ("0~59 4 * * * x", "wrong"),
        ("@fortnightly x", "wrong"),
        ("@daily", "wrong"),
        ("5 4 * *", "wrong"),
        ("* * * * * *", "wrong"),
    ],
)
def test_a_line_is_one_of_four_things(line: str, read: str, tmp_path: Path) -> None:
    """A setting, an entry, nothing at all, or wrong."""
    path = tmp_path / "crontab"
    path.write_text(f"{line}\n0 0 1 1 * probe\n")
    if read == "wrong":
        with pytest.raises(CrontabError, match="line 1, column"):
            load(path, tz="UTC")
    else:
        *entries, probe = load(path, tz="UTC").entries
        assert read == ("entry" if entries else "setting" if probe.environment else "nothing")


def setting_by_the_book(line: str) -> tuple[str, str] | None:
    """Read a setting character by character: a name, blanks, =, blanks, a value, blanks."""
    name, rest = piece(line.lstrip(BLANKS), ends=string.whitespace + "=")
    rest = rest.lstrip()
    if not name or "=" in name or not rest.startswith("="):
        return None
    rest = rest[1:].lstrip()
    value, after = piece(rest, ends="")
    if not rest or value is None or after.strip():
        return None
    return name, value if rest[0] in "'\"" else value.rstrip()


def piece(text: str, ends: str) -> tuple[str | None, str]:
    """Take what is in quotes off the front, or all up to one of `ends`; None: not closed."""
    if text[:1] in ("'", '"'):
        inside, mark, rest = text[1:].partition(text[0])
        return (inside, rest) if mark else (None, text)
    end = next((index for index, each in enumerate(text) if each in ends), len(text))
    return text[:end], text[end:]


@given(st.text("AB='\" \t#\\%", max_size=12))
@example("A='it' 's'")
@example("A=it's")
@example("'A\"'= \"'\"  ")
def test_settings_are_read_by_the_book(line: str) -> None:
    """A pattern, and a reader that goes from character to character, agree about every line."""
    assert read_setting(line) == setting_by_the_book(line)


def percent_by_the_book(text: str) -> tuple[str, str | None]:
    """Go through a command by character, then through what it reads."""
    command, rest = "", iter(text)
    for each in rest:
        if each == "%":
            return command, lines_by_the_book("".join(rest))
        if each == "\\":
            following = next(rest, "")
            each = following if following == "%" else each + following
        command += each
    return command, None


def lines_by_the_book(text: str) -> str:
    """Make lines; a backslash before a percent sign takes its meaning away, and goes."""
    lines = ""
    for each in text:
        if each == "%":
            lines = lines[:-1] + "%" if lines.endswith("\\") else lines + "\n"
        else:
            lines += each
    return lines + "\n" if lines and not lines.endswith("\n") else lines


@given(st.text("a%\\", max_size=12))
def test_percent_signs_are_read_by_the_book(text: str) -> None:
    """A pattern, and a reader that goes from character to character, agree about every command."""
    assert split_percent(text) == percent_by_the_book(text)


def test_times_are_those_of_debians_cron(tmp_path: Path) -> None:
    """Where a day field begins with `*`, both must match: Debian's star bit."""
    path = tmp_path / "crontab"
    path.write_text("0 0 */2 * 1 x\n")
    (entry,) = load(path, tz="Asia/Tokyo").entries
    assert entry.trigger == Cron("0 0 */2 * 1", tz="Asia/Tokyo", day_rule="vixie")


def test_times_are_local_where_nothing_else_is_said(tmp_path: Path) -> None:
    """As cron has them."""
    path = tmp_path / "crontab"
    path.write_text("0 0 * * * x")
    (entry,) = load(path).entries
    assert entry.trigger == Cron("0 0 * * *", tz=local_zone(), day_rule="vixie")


@pytest.mark.parametrize(
    ("path", "system"),
    [("/etc/crontab", True), ("/etc/cron.d/certbot", True), ("/etc/passwd", False)],
)
def test_system_crontabs_are_known_by_their_place(
    path: str, system: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There a user stands before the command, unless one says otherwise."""
    monkeypatch.setattr(Path, "read_text", lambda *_: "0 0 * * * alice x y\n")
    assert load(path, tz="UTC").entries[0].user == ("alice" if system else None)
    assert load(path, tz="UTC", system=not system).entries[0].user == (None if system else "alice")


def test_names_are_stable_and_unique(tmp_path: Path) -> None:
    """File and command name a task; long ones are told apart by a digest, equal ones by number."""
    path = tmp_path / "crontab"
    long = "x" * 300
    path.write_text(f"0 1 * * * a\tb\n0 2 * * * a  b\n0 3 * * * {long}y\n0 4 * * * {long}z\n")
    names = [entry.name for entry in load(path, tz="UTC").entries]
    path.write_text(f"# moved\n0 9 * * * {long}z\n0 9 * * * a\tb\n")
    assert names[:2] == ["crontab: a b", "crontab: a b (2)"]
    assert len(set(names)) == 4
    assert max(map(len, names)) <= 200
    assert [entry.name for entry in load(path, tz="UTC").entries] == [names[3], names[0]]


def test_lines_of_any_length_are_read(tmp_path: Path) -> None:
    """At once, and what is too much for an expression is said to be so."""
    path, many = tmp_path / "crontab", 200_000
    path.write_text(
        f"A=x{' ' * many}y{' ' * many}\n"
        f"RANDOM_DELAY={'9' * many}\n"
        f"0 0 * * * {'%' * many}\n"
        f"0{',0' * many} 0 * * * x\n"
    )
    with pytest.raises(CrontabError) as caught:
        load(path, tz="UTC")
    assert [(each.line, each.text[:46]) for each in caught.value.problems] == [
        (3, "the command is missing"),
        (4, "cron expression of 400009 characters; allowed "),
    ]


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    """The line is named."""
    path = tmp_path / "crontab"
    path.write_bytes(b"0 0 * * * x\n0 0 * * * \xff\n")
    with pytest.raises(CrontabError, match="line 2, column 1: this is no UTF-8 text") as caught:
        load(path, tz="UTC")
    assert (caught.value.path, caught.value.problems[0].line) == (path, 2)


def test_a_file_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    """As for any file."""
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "crontab")
