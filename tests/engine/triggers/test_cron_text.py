"""Cron expressions as text: what each field picks, and what is said about those that are wrong."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from duetime.engine.errors import BadTriggerError, CronSyntaxError
from duetime.engine.instants import LAST_INSTANT
from duetime.engine.triggers import Cron
from duetime.engine.triggers.cron_text import (
    FIELDS,
    MAX_LENGTH,
    NICKNAMES,
    CronFields,
    Field,
    parse_cron,
)
from tests.engine.triggers.cron_oracle import expressions

CASES = Path(__file__).parents[2] / "cases" / "cron_invalid.jsonl"
NAMES = [field.name for field in FIELDS]


def picked(mask: int) -> list[int]:
    """Return the numbers of a set of bits."""
    return [number for number in range(mask.bit_length()) if mask >> number & 1]


def numbers_of(fields: CronFields, name: str) -> list[int]:
    """Return what one field picks."""
    rule = fields.dates
    masks = {
        "second": fields.seconds,
        "minute": fields.minutes,
        "hour": fields.hours,
        "day-of-month": rule.days,
        "month": rule.months,
        "day-of-week": rule.weekdays,
        "year": (rule.years or 0) << 1970,
    }
    return picked(masks[name])


def with_field(name: str, text: str) -> str:
    """Write an expression of seven fields with one of them given."""
    return " ".join(text if each == name else "*" for each in NAMES)


def refusal(expression: str, **options: object) -> CronSyntaxError:
    """Return the error that an expression gets."""
    with pytest.raises(CronSyntaxError) as caught:
        Cron(expression, **options)  # type: ignore[arg-type]  # options are for the constructor
    return caught.value


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("minute", "5", [5]),
        ("minute", "05", [5]),
        ("minute", "1,2,1", [1, 2]),
        ("minute", "10-13", [10, 11, 12, 13]),
        ("minute", "10-10", [10]),
        ("minute", "10-10/5", [10]),
        ("minute", "10-20/5", [10, 15, 20]),
        ("minute", "*/20", [0, 20, 40]),
        ("minute", "*/70", [0]),
        ("minute", "5/20", [5, 25, 45]),
        ("minute", "1/99999999999", [1]),
        ("second", "59,0", [0, 59]),
        ("hour", "*/6,23", [0, 6, 12, 18, 23]),
        ("day-of-month", "*/10", [1, 11, 21, 31]),
        ("day-of-month", "?", list(range(1, 32))),
        ("day-of-month", "30,*", list(range(1, 32))),
        ("month", "JAN,mar-May,12", [1, 3, 4, 5, 12]),
        ("month", "jan-dec/3", [1, 4, 7, 10]),
        ("day-of-week", "0", [0]),
        ("day-of-week", "7", [0]),
        ("day-of-week", "?", [0, 1, 2, 3, 4, 5, 6]),
        ("day-of-week", "0-7", [0, 1, 2, 3, 4, 5, 6]),
        ("day-of-week", "1-7", [0, 1, 2, 3, 4, 5, 6]),
        ("day-of-week", "5-7", [0, 5, 6]),
        ("day-of-week", "7/2", [0]),
        ("day-of-week", "*/2", [0, 2, 4, 6]),
        ("day-of-week", "3/2", [3, 5]),
        ("day-of-week", "mon-fri/2", [1, 3, 5]),
        ("day-of-week", "1-THU,sat", [1, 2, 3, 4, 6]),
        # Sunday ends a week that does not begin with it.
        ("day-of-week", "SAT-SUN", [0, 6]),
        ("day-of-week", "MON-SUN", [0, 1, 2, 3, 4, 5, 6]),
        ("day-of-week", "SUN-TUE", [0, 1, 2]),
        ("day-of-week", "SUN-SUN", [0]),
        ("year", "2027,2030-2032", [2027, 2030, 2031, 2032]),
        ("year", "*/100", [1970, 2070, 2170]),
        ("year", "2198/1", [2198, 2199]),
    ],
)
def test_a_field_picks_numbers(name: str, text: str, expected: list[int]) -> None:
    """Numbers, names, ranges, steps and lists."""
    assert numbers_of(parse_cron(with_field(name, text)), name) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("hour", "22-2", [0, 1, 2, 22, 23]),
        ("hour", "22-2/2", [0, 2, 22]),
        ("month", "NOV-FEB", [1, 2, 11, 12]),
        ("day-of-month", "30-2", [1, 2, 30, 31]),
        ("day-of-week", "FRI-MON", [0, 1, 5, 6]),
        ("day-of-week", "6-0", [0, 6]),
        ("day-of-week", "7-2", [0, 1, 2]),
    ],
)
def test_a_range_may_run_over_the_end_where_wrap_is_given(
    name: str, text: str, expected: list[int]
) -> None:
    """Steps are counted across the end."""
    assert numbers_of(parse_cron(with_field(name, text), wrap=True), name) == expected
    assert "wrap=True" in str(refusal(with_field(name, text)))


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (
            "0 9 * * 99",
            "cron '0 9 * * 99': day-of-week 99 at column 9; allowed 0-7 or SUN-SAT",
        ),
        ("0 24 * * *", "hour 24 at column 3; allowed 0-23; 24:00 is 0:00 of the next day"),
        ("\t0   0 1,32 * *", "day-of-month 32 at column 10; allowed 1-31"),
        ("0 0 1-32 * *", "day-of-month 32 at column 7; allowed 1-31"),
        ("0 0 * Sept *", "month 'Sept' at column 7; allowed 1-12 or JAN-DEC; names have three"),
        ("0 0 * * JAN", "day-of-week JAN at column 9; allowed 0-7 or SUN-SAT; JAN is a month"),
        ("0 0 * MON *", "month MON at column 7; allowed 1-12 or JAN-DEC; MON is a day of the week"),
        ("0 0 * * FRI-MON", "day-of-week FRI-MON at column 9; allowed 0-7 or SUN-SAT; the range "),
        ("0 0 * * FRI-MON", "; write FRI-SAT,SUN-MON, or pass wrap=True"),
        ("0 22-2 * * *", "; write 22-23,0-2, or pass wrap=True"),
        ("0 0 * * 7-2", "; write 0-2, or pass wrap=True"),
        ("0 0 0 1 1 * 2030-2020", "year 2030-2020 at column 13; allowed 1970-2199; the range"),
        ("*/0 * * * *", "minute step 0 at column 3; allowed 0-59; a step is a whole number from 1"),
        ("~ * * * *", "minute '~' at column 1; allowed 0-59; nothing is drawn at random; H spr"),
        ("0 0 * * L", "after a weekday, as in 5L for the last Friday"),
        ("0 0 * * 1,5#6", "day-of-week 5#6 at column 13; allowed 0-7 or SUN-SAT; the number aft"),
        ("0 0 L-31 * *", "day-of-month L-31 at column 5; allowed 1-31; L-1 to L-30 count back"),
        ("0 0 1,15W * *", "day-of-month 15W at column 7; allowed 1-31; W goes with a single day"),
        ("0 0 * * MON,+TUE", "day-of-week '+TUE' at column 13; allowed 0-7 or SUN-SAT; + stands"),
        ("0 0 * * +MON,", "day-of-week '' at column 14; allowed 0-7 or SUN-SAT; a number is missi"),
        ("TZ=UTC 0 0 * * *", "second 'TZ=UTC' at column 1; allowed 0-59; the time zone is given"),
        ("0 0 * * *\n", r"day-of-week '*\n' at column 9"),
        ("* * * *", "4 fields, more expected at column 8; allowed are 5 (minute hour day-of-mon"),
        ("", "cron '': 0 fields, more expected at column 1"),
        ("0 0 0 1 1 * 2030 x", "8 fields, one too many at column 18"),
        ("@reboot", "@reboot at column 1; a start of the machine is no time; run the task when"),
        ("@every 90m", "@every at column 1; an interval is a trigger of its own: Every('1h 30m')"),
        ("@Daily", "@Daily at column 1; write @daily"),
        (" @daily 0", "@daily at column 2; a nickname stands alone"),
        ("@foo", "@foo at column 1; allowed are @yearly, @annually, @monthly, @weekly, @daily"),
    ],
)
def test_an_error_says_where_and_what_is_allowed(expression: str, message: str) -> None:
    """Field, what was given, column, what is allowed, what to do."""
    assert message in str(refusal(expression))


def test_the_parts_of_an_error_are_attributes() -> None:
    """`field` and `column`, counted from 1."""
    error = refusal("0 9 * * 1,99")
    assert (error.field, error.column) == ("day-of-week", 11)
    assert isinstance(error, BadTriggerError)
    assert isinstance(error, ValueError)


BAD_ANYWHERE = """
    -1 1- - / */ /5 */0 */-1 */a */1.5 ** *5 5* 1, ,1 1,,2 , 1--2 1-2-3 1/2/3 1.5 1e1 0x1 ~ 1~2
    ! % $ & ' " ; : @daily foo januar 1;2 *-5 5-* *,? ?/2 ?,1 1-? # 1# ## #2 5##2 L- WL LL 1LL -L
    H( H() H(1-) H(5-1) H(1-99) H/0 H-1 HH H, (1) 1_0 １ ² ٣ é NULL None 99999999999999999999999
""".split()


@pytest.mark.parametrize("field", FIELDS, ids=NAMES)
@pytest.mark.parametrize("bad", BAD_ANYWHERE)
def test_nothing_malformed_gets_through(field: Field, bad: str) -> None:
    """Whatever the field; the error names it, and the column lies inside of it."""
    expression = with_field(field.name, bad)
    error = refusal(expression, name="task")
    start = 2 * NAMES.index(field.name) + 1
    assert error.field == field.name
    assert start <= error.column <= start + len(bad)
    assert f"at column {error.column}" in str(error)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        *[(field.name, str(field.last + 1)) for field in FIELDS],
        *[(field.name, str(field.first - 1)) for field in FIELDS if field.first],
        *[(name, "?") for name in NAMES if not name.startswith("day")],
        *[(name, "L") for name in NAMES if name != "day-of-month"],
        *[(name, "15W") for name in NAMES if name != "day-of-month"],
        *[(name, "LW") for name in NAMES if name != "day-of-month"],
        *[(name, "1#1") for name in NAMES if name != "day-of-week"],
        *[(name, "1L") for name in NAMES if name != "day-of-week"],
        *[(name, "+1") for name in NAMES if name != "day-of-week"],
        *[(name, "MON") for name in NAMES if name != "day-of-week"],
        *[(name, "JAN") for name in NAMES if name != "month"],
        *[
            ("day-of-month", bad)
            for bad in "1-15W 15W,1 1,LW 0W 32W L-0 L-31 L-3-5 L/2 1-L".split()
        ],
        *[("day-of-week", bad) for bad in "5#0 5#6 5#-1 8#1 8L 1-5#2 1-5L MON#TUE 5L/2 +".split()],
        *[("day-of-week", bad) for bad in "++1 1+ 6-0 5-2 MONDAY M MO".split()],
        *[("month", bad) for bad in "0 13 5-2 DEC-JAN JANUARY J".split()],
        *[("year", bad) for bad in "H 70 1969 2200 2030-2020".split()],
    ],
)
def test_what_belongs_elsewhere_is_refused(name: str, bad: str) -> None:
    """Numbers out of range, and letters in fields that do not have them."""
    assert refusal(with_field(name, bad), name="task").field == name


@pytest.mark.parametrize("line", CASES.read_text("utf-8").splitlines())
def test_an_invalid_expression_of_the_collection_is_refused(line: str) -> None:
    """With a field and a column, each of them."""
    error = refusal(json.loads(line)["expr"])
    assert error.field
    assert error.column >= 1


@pytest.mark.parametrize("given", [None, 5, b"* * * * *", ["*"] * 5])
def test_what_is_no_text_is_refused(given: object) -> None:
    """With the same error as bad text."""
    with pytest.raises(CronSyntaxError, match="is no text; write it like"):
        Cron(given)  # type: ignore[arg-type]  # that is the point


def test_a_very_long_expression_is_refused_before_it_is_read() -> None:
    """All numbers of all fields written out are accepted."""
    every = [
        ",".join(str(number) for number in range(field.first, field.last + 1)) for field in FIELDS
    ]
    assert len(" ".join(every)) < MAX_LENGTH
    assert Cron(" ".join(every)).next_after(0) == 10**9
    error = refusal("1," * MAX_LENGTH + "1 * * * *")
    assert str(error) == "cron expression of 4009 characters; allowed are 2000"
    assert error.column == MAX_LENGTH + 1


@pytest.mark.parametrize(("nickname", "expression"), NICKNAMES.items())
def test_a_nickname_is_five_fields(nickname: str, expression: str) -> None:
    """It picks the same, and is a wildcard where its fields are."""
    assert parse_cron(f" {nickname}\t") == parse_cron(expression)


def test_h_is_the_same_everywhere_and_spread_over_its_range() -> None:
    """The value comes from the name and the field: the same in every process, for ever."""
    assert numbers_of(parse_cron("H H * * *", name="report"), "minute") == [48]
    assert numbers_of(parse_cron("H H * * *", name="report"), "hour") == [18]
    assert numbers_of(parse_cron("0 0 H H H", name="report"), "day-of-month") == [15]
    for name, text, low, high in [
        ("second", "H", 0, 59),
        ("minute", "H", 0, 59),
        ("minute", "H(10-29)", 10, 29),
        ("hour", "h", 0, 23),
        ("day-of-month", "H", 1, 28),
        ("day-of-month", "H(29-31)", 29, 31),
        ("month", "H", 1, 12),
        ("day-of-week", "H(MON-FRI)", 1, 5),
        ("day-of-week", "H", 0, 6),
    ]:
        found = [
            numbers_of(parse_cron(with_field(name, text), name=str(number)), name)
            for number in range(600)
        ]
        assert {len(each) for each in found} == {1}
        assert {each[0] for each in found} == set(range(low, high + 1))


@given(st.text(min_size=1), st.integers(1, 90))
def test_h_with_a_step_keeps_its_distance(name: str, step: int) -> None:
    """From a start below the step up to the end of the range."""
    found = numbers_of(parse_cron(f"H/{step} * * * *", name=name), "minute")
    assert found[0] < step
    assert {later - earlier for earlier, later in pairwise(found)} <= {step}
    assert found[-1] + step > 59
    within = numbers_of(parse_cron(f"H(20-39)/{step} * * * *", name=name), "minute")
    assert 20 <= within[0] <= within[-1] <= 39


def read_or_error(text: str, *, wrap: bool) -> Cron | CronSyntaxError:
    """Return the trigger, or what is raised instead."""
    try:
        return Cron(text, name="task", wrap=wrap)
    except CronSyntaxError as error:
        return error


ALPHABET = "0123456789" * 2 + "*/-,?LWH#+@~()" * 2 + "  \t\nSUNMOJANlwh.é"


@settings(max_examples=300)
@given(
    st.text(ALPHABET, max_size=40) | st.lists(st.text(ALPHABET[:-9], max_size=6)).map(" ".join),
    st.booleans(),
)
@example("0 0 29 2 +1#5", False)
@example("* * * * * * 2199", True)
def test_no_text_hangs_or_fails_otherwise(text: str, wrap: bool) -> None:
    """Any text is an expression whose questions end, or an error that says where it is wrong."""
    read = read_or_error(text, wrap=wrap)
    if isinstance(read, CronSyntaxError):
        assert 1 <= read.column <= len(text) + 1
        assert read.field
    else:
        found = read.next_after(LAST_INSTANT // 2)
        assert found is None or read.previous_before(found + 1) == found
        assert read.describe()


@given(expressions(seconds=True))
def test_spaces_and_tabs_do_not_matter(expression: object) -> None:
    """Any number of them, also around the fields."""
    text = str(getattr(expression, "text", ""))
    assert parse_cron("\t " + text.replace(" ", " \t  ") + " ") == parse_cron(text)
