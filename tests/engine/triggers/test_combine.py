"""Combined triggers: sample cases, sets, bounds, offsets, jitter, and searches that end."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.engine.errors import BadTriggerError, SearchLimitError
from duetime.engine.instants import (
    DAY,
    HOUR,
    LAST_INSTANT,
    MICROSECOND,
    MINUTE,
    SECOND,
    Instant,
    iso,
    to_instant,
    to_span,
)
from duetime.engine.triggers import (
    AfterFinish,
    AllOf,
    AnyOf,
    Cron,
    Daily,
    ElapsedJitter,
    Every,
    Except,
    Jitter,
    Limit,
    Once,
    OnDemand,
    Shift,
    Trigger,
    Weekly,
    Within,
    trigger_from_json,
)
from duetime.engine.triggers.combine import OfOne
from duetime.engine.triggers.every import ElapsedGrid
from duetime.engine.triggers.exclude import Exclusions
from tests.engine.triggers.case_files import read_cases
from tests.engine.triggers.strategies import Case, cases, triggers

START = to_instant("2026-01-01T00:00Z")
NINE = Daily("09:00", tz="UTC")
TEN = Daily("10:00", tz="UTC")
FAR = Daily("09:00", tz="UTC", anchor="2026-01-01")
FAR_START = START + 9 * HOUR
OPERATIONS = {"union": AnyOf, "intersection": AllOf, "difference": Except}


@pytest.mark.parametrize("case", read_cases("combo.jsonl"), ids=lambda case: case["id"])
def test_a_sample_combination_comes_out(case: dict[str, object]) -> None:
    """Union, intersection and difference of cron expressions, in (start, end]."""
    parts = [Cron(part["expr"], tz=str(case["tz"])) for part in case["parts"]]  # type: ignore[attr-defined]  # JSON
    trigger = OPERATIONS[str(case["op"])](*parts)
    start, end = (int(str(case[name])) * SECOND for name in ("start_epoch", "end_epoch"))
    found = [instant // SECOND for instant in trigger.between(start, end)]
    expected = case["expected_epoch"]
    assert found == expected if case["complete"] else found[: int(str(case["n"]))] == expected


@pytest.mark.parametrize(
    "case",
    [case for case in read_cases("interval.jsonl") if case["kind"] == "interval"],
    ids=lambda case: case["id"],
)
def test_a_sample_interval_comes_out(case: dict[str, int]) -> None:
    """Elapsed time from an anchor, within bounds that are included or not."""
    trigger: Trigger = Every(seconds=case["every_seconds"], anchor=str(case["anchor"]))
    if case["end"]:
        end = str(case["end"])
        trigger = Limit(trigger, end=end if case["end_inclusive"] else _just_before(end))
    start = case["start_epoch"] * SECOND - (1 if case["start_inclusive"] else 0)
    found = [start]
    while len(found) <= case["n"] and (after := trigger.next_after(found[-1])) is not None:
        found.append(after)
    assert [each // SECOND for each in found[1:]] == case["expected_epoch"]


def _just_before(end: str) -> datetime:
    return datetime.fromisoformat(end) - timedelta(microseconds=1)


@pytest.mark.parametrize(
    "case",
    [case for case in read_cases("interval.jsonl") if case["kind"] == "interval_exact"],
    ids=lambda case: case["id"],
)
def test_a_sample_interval_is_exact(case: dict[str, str]) -> None:
    """Number k is anchor + k × period, without any error that adds up."""
    trigger = Every(f"{case['every']}s", anchor="2026-01-01T00:00Z")
    expected = START + int(case["offset"]) * SECOND
    assert trigger.next_after(expected - 1) == expected
    assert trigger.count(START, expected) == int(case["k"])


def members(trigger: Trigger, low: Instant, high: Instant) -> set[Instant]:
    """Return what is due in a stretch, as a set."""
    return set(trigger.between(low, high))


@given(cases(), cases(), st.integers(0, 40))
def test_union_intersection_and_difference_are_those_of_sets(
    case: Case, another: Case, days: int
) -> None:
    """Instants are compared to the nanosecond; each is there once, in order."""
    one, other = case.trigger, AnyOf(another.trigger, case.trigger)
    low, high = case.near, case.near + days * DAY // 4
    first, second = members(one, low, high), members(other, low, high)
    for trigger, expected in (
        (AnyOf(one, other), first | second),
        (AllOf(one, other), first & second),
        (Except(other, one), second - first),
    ):
        assert list(trigger.between(low, high)) == sorted(expected)
        assert trigger.count(low, high) == len(expected)


@given(triggers(), st.timedeltas(timedelta(days=-2), timedelta(days=2)))
def test_a_shifted_trigger_is_the_same_set_later_or_earlier(
    drawn: tuple[Trigger, int], by: timedelta
) -> None:
    """In both directions of searching."""
    trigger, near = drawn
    shifted, span = Shift(trigger, by), to_span(by)
    low, high = near - 2 * DAY, near + 2 * DAY
    expected = [each + span for each in trigger.between(low - span, high - span)]
    assert list(shifted.between(low, high)) == expected
    assert shifted.count(low, high) == len(expected)
    before = trigger.previous_before(high - span)
    assert shifted.previous_before(high) == (None if before is None else before + span)


def first(trigger: Trigger, count: int = 3) -> list[str]:
    """Return the first few occurrences of 2026 as text."""
    found, instant = list[str](), trigger.next_after(START)
    while instant is not None and len(found) < count:
        found.append(iso(instant)[5:16])
        instant = trigger.next_after(instant)
    return found


def test_bounds_are_included() -> None:
    """Start and end themselves are due; a datetime or text names them."""
    end = datetime(2026, 1, 3, 9, tzinfo=UTC)
    assert first(Limit(NINE, start="2026-01-02T09:00Z", end=end)) == ["01-02T09:00", "01-03T09:00"]
    assert first(Limit(NINE, end="2026-01-01T08:59Z")) == []
    assert Limit(NINE, start=end).previous_before(to_instant(end)) is None
    assert Limit(NINE, end=end).previous_before(1 << 62) == to_instant(end)


def test_a_count_begins_at_the_start_or_in_1970() -> None:
    """The same ones are due, whoever asks and when."""
    trigger = Limit(NINE, start="2026-01-02T09:00Z", count=2)
    assert first(trigger) == ["01-02T09:00", "01-03T09:00"]
    assert trigger.count(0, LAST_INSTANT) == 2
    assert iso(Limit(NINE, count=2).previous_before(START) or 0) == "1970-01-02T09:00:00Z"
    assert Limit(NINE, count=2).previous_before(9 * HOUR) is None
    assert first(Limit(NINE, start="2026-01-01T00:00Z", end="2026-01-02T12:00Z", count=9)) == [
        "01-01T09:00",
        "01-02T09:00",
    ]


def test_a_search_without_a_match_ends() -> None:
    """Two triggers that never meet give None after 40 years, in both directions."""
    never = AllOf(NINE, TEN)
    assert never.next_after(START) is None
    assert never.previous_before(START + 50 * 366 * DAY) is None
    assert AllOf(NINE, OnDemand()).next_after(START) is None
    assert AnyOf(OnDemand(), OnDemand()).next_after(START) is None
    assert AnyOf(OnDemand(), OnDemand()).previous_before(START) is None


def test_a_search_that_refuses_too_much_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is on the work, as two dense triggers may meet every few years or never."""
    monkeypatch.setattr("duetime.engine.triggers.combine.SEARCH_LIMIT", 1000)
    even, odd = (Every("2s", anchor=f"2000-01-01T00:00:0{n}Z") for n in (0, 1))
    message = r"searched from 2026-01-01T00:00:00Z, 1,000 candidates .* exclude whole dates"
    with pytest.raises(SearchLimitError, match=message):
        AllOf(even, odd).next_after(START)
    with pytest.raises(SearchLimitError, match=message):
        AllOf(even, odd).previous_before(START)


JITTERED = Jitter(NINE, "30m", seed=3)


@given(st.integers(0, 2**40), st.text(), st.integers(1, 90 * MINUTE // MICROSECOND))
def test_a_planned_time_lies_before_the_spread_and_the_next_nominal_time(
    number: int, name: str, spread: int
) -> None:
    """Never early, never as late as the next one, whole microseconds; the nominal set is kept."""
    hourly = Every(hours=1)
    trigger = Jitter(hourly, timedelta(microseconds=spread))
    nominal = hourly.next_after(number * SECOND % LAST_INSTANT // 2) or 0
    planned = trigger.planned(nominal, name)
    assert nominal <= planned < min(nominal + spread * MICROSECOND, nominal + HOUR)
    assert planned % MICROSECOND == 0
    assert trigger.next_after(nominal - 1) == nominal


def test_jitter_spreads_and_depends_on_seed_task_and_time() -> None:
    """The draws of a thousand days fill the whole spread evenly."""
    draws = [
        JITTERED.planned(day * DAY + 9 * HOUR, "report") % DAY - 9 * HOUR for day in range(1000)
    ]
    tenths = [sum(1 for draw in draws if draw * 10 // (30 * MINUTE) == n) for n in range(10)]
    assert min(tenths) > 60
    nominal = START + 9 * HOUR
    others = [
        Jitter(NINE, "30m", seed=4).planned(nominal, "report"),
        JITTERED.planned(nominal, "b"),
    ]
    assert len({JITTERED.planned(nominal, "report"), *others}) == 3
    assert Jitter(Once("2026-01-01T00:00Z"), "30m").planned(START, "once") > START


def test_a_planned_time_is_the_same_in_every_process() -> None:
    """Whatever the seed of Python's own hashing; the value itself is pinned here."""
    code = (
        "from duetime.engine.triggers import Daily, Jitter;"
        "daily = Jitter(Daily('09:00', tz='UTC'), '30m', seed=3);"
        "print(daily.planned(1767258000 * 10**9, 'report'))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        ).stdout.strip()
        for seed in ("0", "1")
    }
    assert found == {str(JITTERED.planned(START + 9 * HOUR, "report"))}
    assert iso(JITTERED.planned(START + 9 * HOUR, "report")) == "2026-01-01T09:11:41.680969Z"


def test_jitter_of_an_interval_keeps_to_elapsed_time() -> None:
    """The grid inside is bound when the task is added, and kept when it is edited."""
    bound = Jitter(Every("5m"), "30s").bind(START, None)
    assert bound == ElapsedJitter(ElapsedGrid(5 * MINUTE, START), "30s")
    assert (bound.elapsed, Jitter(NINE, "30s").elapsed) == (True, False)
    edited = Jitter(Every("7m"), "10s", seed=1).bind(START + HOUR, bound)
    assert edited == ElapsedJitter(ElapsedGrid(7 * MINUTE, START), "10s", seed=1)
    assert trigger_from_json(bound.to_json()) == bound
    assert JITTERED.bind(START, bound) == JITTERED
    assert JITTERED.first(START) == START + 9 * HOUR
    assert (JITTERED.previous_before(START), JITTERED.count(START, START + 10 * DAY)) == (
        START - 15 * HOUR,
        10,
    )
    assert list(JITTERED.between(START, START + DAY)) == [START + 9 * HOUR]


COMBINED = [
    AnyOf(NINE, Every(hours=7)),
    AllOf(NINE, Weekly("mon", "09:00", tz="UTC")),
    Limit(NINE, start="2026-01-01T00:00Z", end="2027-01-01T00:00:00.5Z", count=5),
    Limit(AnyOf(NINE, TEN), count=3),
    Shift(NINE, "-2h 30m"),
    Shift(NINE, timedelta(days=1)),
    JITTERED,
    Jitter(AnyOf(NINE, Within(TEN, days="mon", tz="UTC")), "1m"),
    Except(NINE, AllOf(NINE, TEN)),
]


@pytest.mark.parametrize("trigger", COMBINED, ids=repr)
def test_a_combined_trigger_survives_as_text_and_as_json(trigger: Trigger) -> None:
    """The repr can be pasted; JSON leads back, however deep."""
    pasted = eval(repr(trigger))
    assert pasted == trigger == trigger_from_json(trigger.to_json())
    assert hash(pasted) == hash(trigger)


@pytest.mark.parametrize(
    ("trigger", "zone"),
    [
        (AnyOf(NINE, TEN), "UTC"),
        (AnyOf(Daily("09:00", tz="Asia/Tokyo"), Every("1h")), "Asia/Tokyo"),
        (AnyOf(Daily("09:00", tz="Asia/Tokyo"), NINE), "UTC"),
        (
            Limit(AnyOf(Except(Daily("09:00", tz="Asia/Tokyo"), NINE), Every("1h")), count=1),
            "Asia/Tokyo",
        ),
        (Within(Every("1h"), days="mon", tz="Asia/Tokyo"), "Asia/Tokyo"),
        (AllOf(Daily("09:00", tz="Asia/Tokyo"), Daily("10:00", tz="Asia/Tokyo")), "Asia/Tokyo"),
        (Limit(Daily("09:00", tz="Asia/Tokyo"), count=1), "Asia/Tokyo"),
        (Shift(Daily("09:00", tz="Asia/Tokyo"), "1h"), "Asia/Tokyo"),
        (Jitter(Daily("09:00", tz="Asia/Tokyo"), "1h"), "Asia/Tokyo"),
        (Jitter(Every("1h"), "1m"), "UTC"),
    ],
    ids=repr,
)
def test_a_combined_trigger_is_in_the_zone_of_its_parts(trigger: Trigger, zone: str) -> None:
    """Of those that have one; UTC where none has, or they are not the same."""
    assert getattr(trigger, "tz", None) == zone


@pytest.mark.parametrize(
    "around",
    [
        lambda cron: AnyOf(NINE, cron),
        lambda cron: AllOf(cron, Cron("0 * * * *")),
        lambda cron: Limit(cron, start="2026-01-01T00:00Z", end="2027-01-01T00:00Z"),
        lambda cron: Shift(cron, "-90m"),
        lambda cron: Jitter(cron, "5m", seed=3),
        lambda cron: Within(cron, days=["mon"], tz="UTC"),
        lambda cron: Except(cron, "2026-06-12", on_excluded="next_allowed"),
        lambda cron: Except(NINE, cron, Exclusions("x", version="1", dates=[], tz="UTC")),
    ],
)
def test_the_name_of_a_task_reaches_what_is_inside(around: Callable[[Trigger], Trigger]) -> None:
    """H is filled in wherever it stands; a trigger that leaves nothing to the name stays itself."""
    named = around(Cron("H * * * *", name="sweep"))
    assert around(Cron("H * * * *")).named("sweep") == named
    assert named.named("report") is named


def test_what_a_trigger_is_put_around_is_known_to_each_kind() -> None:
    """What all that are made of one trigger share is no trigger by itself."""
    with pytest.raises(NotImplementedError):
        OfOne()._around(NINE)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: AnyOf(), r"AnyOf\(\) is empty; give at least one trigger"),
        (lambda: AllOf(), r"AllOf\(\) is empty"),
        (lambda: AnyOf("09:00"), "'09:00' is no trigger; pass one such as"),  # type: ignore[arg-type]
        (lambda: AnyOf(AfterFinish("5m")), "AnyOf: .* follows runs, so it is no set of instants"),
        (lambda: Limit(ElapsedGrid(5, 0), count=1), "Limit: .* follows runs"),
        (lambda: Limit(JITTERED, count=1), r"cannot be inside; put Jitter outside: Jitter\(Limit"),
        (lambda: Limit(NINE), "Limit limits nothing; give start, end or count"),
        (lambda: Limit(NINE, count=0), "Limit: count=0; allowed are 1 to 1,000,000"),
        (lambda: Limit(NINE, count=True), "count=True; allowed"),
        (lambda: Shift(NINE, "soon"), "Shift: duration 'soon': cannot read"),
        (lambda: Jitter(NINE, "0s"), "Jitter: spread '0s' must be at least a microsecond"),
        (lambda: Jitter(NINE, 5), "Jitter: 5 is no duration"),  # type: ignore[arg-type]
        (lambda: Jitter(NINE, "1s", seed=True), "Jitter: seed True is no whole number"),
        (lambda: Jitter(JITTERED, "1s"), "has no times that can be spread"),
        (lambda: Jitter(AfterFinish("1s"), "1s"), "has no times that can be spread"),
        (lambda: trigger_from_json({"type": "AnyOf"}), "triggers must be a list"),
        (lambda: trigger_from_json({"type": "Limit", "trigger": 5}), "5 is no trigger; its type"),
        (lambda: trigger_from_json({"type": "Shift", "by": "1h"}), "None is no trigger"),
    ],
)
def test_what_cannot_be_combined_is_refused(make: "type[Trigger]", message: str) -> None:
    """The message says which trigger, which part, what is allowed and what to do."""
    with pytest.raises(BadTriggerError, match=message):
        make()


@pytest.mark.parametrize(
    "trigger",
    [
        AllOf(FAR, FAR),
        Except(FAR, Daily("10:00", tz="UTC")),
        Within(FAR, between=("08:00", "17:00"), tz="UTC"),
    ],
    ids=lambda trigger: type(trigger).__name__,
)
def test_all_ways_to_ask_end_at_the_same_horizon(trigger: Trigger) -> None:
    """What lies more than 40 years ahead is found by none of them; from nearer by, by all."""
    near = FAR_START - 39 * 366 * DAY
    assert (trigger.next_after(0), list(trigger.between(0, FAR_START + DAY))) == (None, [])
    assert trigger.count(0, FAR_START + DAY) == 0
    first = trigger.next_after(near)
    assert list(trigger.between(near, FAR_START + DAY)) == [first, FAR_START + DAY]
    assert trigger.count(near, FAR_START + DAY) == 2
