"""Daily, Weekly, Monthly, Yearly: sample cases, what is read, what is refused, far ends."""

from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

import pytest

from duetime.engine.errors import BadTriggerError, UnknownZoneError
from duetime.engine.instants import DAY, LAST_INSTANT, SECOND, iso, to_instant
from duetime.engine.policies import Fold, Gap
from duetime.engine.triggers import Daily, Monthly, Trigger, Weekly, Yearly, trigger_from_json
from duetime.engine.triggers.day_rules import Overflow
from tests.engine.triggers.case_files import read_cases

NTH = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 5: "5th", -1: "last"}
NTH |= {-number: f"{NTH[number]} last" for number in range(2, 6)}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def trigger_of(case: dict[str, object]) -> Trigger:
    """Make the trigger of a sample case."""
    spec = dict(case["spec"])  # type: ignore[call-overload]  # an object of JSON
    common = {
        "tz": case["tz"],
        "every": spec.get("every", 1),
        "anchor": spec.get("anchor"),
        "gap": {"end": "next_valid"}.get(str(case["gap"]), case["gap"]),
        "fold": case["fold"],
    }
    if spec["freq"] == "daily":
        return Daily(spec["at"], **common)
    if spec["freq"] == "weekly":
        return Weekly(spec["weekdays"], spec["at"], **common)
    if "monthdays" in spec:
        return Monthly(spec["monthdays"], spec["at"], overflow=spec["overflow"], **common)
    days = [f"{NTH[nth]} {WEEKDAYS[weekday]}" for nth, weekday in spec["nth_weekday"]]
    return Monthly(days, spec["at"], **common)


@pytest.mark.parametrize("case", read_cases("calendar.jsonl"), ids=lambda case: case["id"])
def test_a_sample_case_comes_out(case: dict[str, list[int]]) -> None:
    """Strictly after the start, one after another; at once, backwards and counted alike."""
    trigger, start = trigger_of(case), case["start_epoch"] * SECOND  # type: ignore[operator]
    expected = [second * SECOND for second in case["expected_epoch"]]
    found = [start]
    for _ in expected:
        found.append(trigger.next_after(found[-1]) or 0)
    assert found[1:] == expected
    assert list(trigger.between(start, expected[-1])) == expected
    assert trigger.count(start, expected[-1]) == len(expected)
    assert [trigger.previous_before(each) for each in expected[1:]] == expected[:-1]


TRIGGERS = [
    Daily("02:30", tz="Europe/Berlin"),
    Daily("02:30:15.5", tz="UTC", every=3, anchor="2026-01-31", gap="skip", fold="both"),
    Weekly("mon", "09:00", tz="Europe/Berlin"),
    Weekly(["sun", "tue"], ["09:00", "17:00"], tz="Asia/Tokyo", every=2, anchor="2026-01-31"),
    Monthly(-1, "18:00", tz="UTC"),
    Monthly([31, -31, "last fri", "weekday nearest 15"], "00:00", tz="UTC", overflow="next"),
    Yearly("feb", 29, "00:00", tz="UTC", overflow="clip", gap="shift"),
    Yearly(["mar", "sep"], "1st weekday", "07:00", tz="UTC", every=4, anchor="2000-01-01"),
]


@pytest.mark.parametrize("trigger", TRIGGERS, ids=repr)
def test_a_trigger_survives_as_text_and_as_json(trigger: Trigger) -> None:
    """The repr can be pasted; JSON leads back; equal triggers have equal hashes."""
    pasted = eval(repr(trigger))
    assert pasted == trigger == trigger_from_json(trigger.to_json())
    assert hash(pasted) == hash(trigger)
    assert pasted.next_after(0) == trigger.next_after(0)


def test_what_is_given_is_kept_sorted_each_once_and_typed() -> None:
    """Times, names, zones and policies may be given in several ways, and are kept in one."""
    daily = Daily(["9:00", time(0, 30), "09:00:00"], tz=ZoneInfo("Europe/Berlin"), gap=Gap.SKIP)
    assert daily == Daily([time(0, 30), time(9)], tz="Europe/Berlin", gap="SKIP")
    assert (daily.at, daily.tz, daily.gap) == ((time(0, 30), time(9)), "Europe/Berlin", Gap.SKIP)
    weekly = Weekly([6, "MON", "monday", 0], time(9), tz=UTC, anchor=date(2026, 1, 1))
    assert (weekly.days, weekly.tz, weekly.anchor) == (("mon", "sun"), "UTC", date(2026, 1, 1))
    monthly = Monthly([-1, "First  Weekday", 15, "2nd tuesday", 1, 15], "09:00", tz="UTC")
    assert monthly.days == (1, 15, -1, "1st weekday", "2nd tue")
    yearly = Yearly([12, "feb", "February"], "2nd last sun", "09:00", tz="UTC", overflow="Clip")
    assert (yearly.month, yearly.overflow, yearly.fold) == (
        ("feb", "dec"),
        Overflow.CLIP,
        Fold.FIRST,
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Daily("24:00", tz="UTC"),
            "Daily: at '24:00': a day ends before 24:00; use '00:00'",
        ),
        (lambda: Daily("25:00", tz="UTC"), "Daily: at '25:00': hour must be in 0..23"),
        (lambda: Daily("2.30", tz="UTC"), "Daily: at '2.30' is no time of day; write it like"),
        (lambda: Daily("09:00:00.1234567", tz="UTC"), "is no time of day"),
        (lambda: Daily(9, tz="UTC"), "Daily: at 9 is no time of day"),  # type: ignore[arg-type]
        (lambda: Daily([], tz="UTC"), "Daily: at is empty; give at least one"),
        (lambda: Daily(time(9, tzinfo=UTC), tz="UTC"), "has a zone; give that as tz="),
        (
            lambda: Daily("09:00", tz="UTC", every=0),
            "every=0; allowed are the whole numbers from 1",
        ),
        (lambda: Daily("09:00", tz="UTC", every=True), "every=True; allowed"),
        (lambda: Daily("09:00", tz="UTC", anchor="1.1.2026"), "anchor '1.1.2026' is no date; pass"),
        (lambda: Daily("09:00", tz="UTC", anchor=datetime(2026, 1, 1)), "is no date; pass date"),
        (lambda: Daily("09:00", tz="UTC", gap="jump"), "gap 'jump' is unknown; allowed are"),
        (
            lambda: Weekly("mo", "09:00", tz="UTC"),
            r"Weekly: weekday 'mo' is unknown; allowed are 'mon'",
        ),
        (lambda: Weekly(7, "09:00", tz="UTC"), r"weekday 7 is unknown; .* or 0 \(Monday\) to 6"),
        (lambda: Weekly([], "09:00", tz="UTC"), "Weekly: weekday is empty"),
        (lambda: Monthly(32, "09:00", tz="UTC"), "Monthly: day 32 is unknown; allowed are 1 to 31"),
        (lambda: Monthly(0, "09:00", tz="UTC"), "day 0 is unknown"),
        (lambda: Monthly(True, "09:00", tz="UTC"), "day True is unknown"),
        (lambda: Monthly("6th mon", "09:00", tz="UTC"), "day '6th mon' is unknown"),
        (lambda: Monthly("0th mon", "09:00", tz="UTC"), "day '0th mon' is unknown"),
        (lambda: Monthly("24th weekday", "09:00", tz="UTC"), "day '24th weekday' is unknown"),
        (lambda: Monthly("2nd day", "09:00", tz="UTC"), "day '2nd day' is unknown"),
        (lambda: Monthly("fri", "09:00", tz="UTC"), "day 'fri' is unknown"),
        (
            lambda: Monthly("weekday nearest 32", "09:00", tz="UTC"),
            "is unknown; allowed are 1 to 31",
        ),
        (
            lambda: Monthly(1, "09:00", tz="UTC", overflow="x"),
            "overflow 'x' is unknown; allowed are",
        ),
        (
            lambda: Yearly(13, 1, "09:00", tz="UTC"),
            r"Yearly: month 13 is unknown; .* 1 \(January\)",
        ),
        (lambda: Yearly("janu", 1, "09:00", tz="UTC"), "month 'janu' is unknown"),
    ],
)
def test_what_makes_no_sense_is_refused(make: "type[Trigger]", message: str) -> None:
    """The message says which trigger, which part, what is allowed and what to do."""
    with pytest.raises(BadTriggerError, match=message):
        make()


@pytest.mark.parametrize("tz", ["Europe/Berln", datetime.now(UTC).astimezone().tzinfo])
def test_a_zone_needs_a_name(tz: str | tzinfo) -> None:
    """Unknown names and bare offsets are no zones."""
    with pytest.raises(UnknownZoneError):
        Daily("09:00", tz=tz)


def first(trigger: Trigger, after: str, count: int = 3) -> list[str]:
    """Return the first few occurrences as text."""
    found, instant = [], trigger.next_after(to_instant(after))
    while instant is not None and len(found) < count:
        found.append(iso(instant)[:16])
        instant = trigger.next_after(instant)
    return found


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        # Before the anchor nothing is due; its own day is the first.
        (
            Daily("09:00", tz="UTC", every=10, anchor="2026-03-01"),
            ["2026-03-01T09:00", "2026-03-11T09:00"],
        ),
        # The week of the anchor counts, but not its days before the anchor.
        (
            Weekly(["mon", "fri"], "09:00", tz="UTC", every=2, anchor="2026-03-05"),
            ["2026-03-06T09:00", "2026-03-16T09:00"],
        ),
        (
            Monthly(1, "09:00", tz="UTC", every=5, anchor="2026-01-15"),
            ["2026-06-01T09:00", "2026-11-01T09:00"],
        ),
        (
            Yearly(2, 1, "09:00", tz="UTC", every=3, anchor="2026-02-02"),
            ["2029-02-01T09:00", "2032-02-01T09:00"],
        ),
        # Without one, the count begins in 1970: with the week from 1969-12-29, in January.
        (Daily("09:00", tz="UTC", every=20000), ["2079-07-08T09:00", "2134-04-11T09:00"]),
        (Weekly("mon", "09:00", tz="UTC", every=1000), ["2027-06-28T09:00", "2046-08-27T09:00"]),
        (Monthly(1, "09:00", tz="UTC", every=120), ["2030-01-01T09:00", "2040-01-01T09:00"]),
        (Yearly(1, 1, "09:00", tz="UTC", every=100), ["2070-01-01T09:00", "2170-01-01T09:00"]),
        # Clipped from the original day, never from the clipped one.
        (Monthly(31, "09:00", tz="UTC", overflow="clip"), ["2026-01-31T09:00", "2026-02-28T09:00"]),
        (
            Monthly([1, 31], "09:00", tz="UTC", overflow="next"),
            ["2026-01-31T09:00", "2026-02-01T09:00"],
        ),
        (Yearly(2, 29, "09:00", tz="UTC"), ["2028-02-29T09:00", "2032-02-29T09:00"]),
        (Yearly(2, 29, "09:00", tz="UTC", every=100), []),
    ],
    ids=repr,
)
def test_anchors_steps_and_overflow(trigger: Trigger, expected: list[str]) -> None:
    """Steps are counted in days, weeks, months and years of the calendar, from the anchor."""
    assert first(trigger, "2026-01-05T00:00Z", 2)[: len(expected)] == expected


def test_a_search_ends_at_the_end_of_the_supported_years() -> None:
    """Up to 2261 there are occurrences; after that, and for what never comes, there is None."""
    daily = Daily("09:00", tz="America/New_York")
    last = daily.previous_before(1 << 70)
    assert iso(last or 0) == "2261-12-31T14:00:00Z"
    assert daily.next_after(LAST_INSTANT - DAY) == last
    assert daily.next_after(last or 0) is None
    assert daily.next_after(1 << 70) is None
    never = Yearly("feb", 30, "09:00", tz="America/New_York")
    assert (never.next_after(0), never.previous_before(LAST_INSTANT)) == (None, None)
    assert (list(never.between(0, LAST_INSTANT)), never.count(0, LAST_INSTANT)) == ([], 0)


def test_a_search_begins_in_1800() -> None:
    """Before that there is no zone data, and nothing is due."""
    daily = Daily("09:00", tz="Europe/Berlin")
    assert daily.previous_before(to_instant("1970-01-01T00:00Z") - 200 * 366 * DAY) is None
    assert iso(daily.next_after(-(1 << 70)) or 0) == "1800-01-01T08:06:32Z"
    assert daily.previous_before(daily.next_after(-(1 << 70)) or 0) is None
    assert Daily("09:00", tz="UTC", anchor="2026-01-01").previous_before(0) is None


@pytest.mark.parametrize(
    ("trigger", "years", "expected"),
    [
        (Daily("02:30", tz="Europe/Berlin"), 400, 365 * 292 + 71),
        (Daily(["00:00", "12:00"], tz="UTC"), 400, 2 * (365 * 292 + 71)),
        (Weekly("thu", "00:00", tz="UTC"), 30, 1566),
        (Monthly([1, -1], "00:00", tz="Asia/Tokyo"), 10, 240),
        (Yearly("feb", 29, "00:00", tz="UTC"), 50, 12),
    ],
    ids=repr,
)
def test_counting_over_years_is_right(trigger: Trigger, years: int, expected: int) -> None:
    """Occurrences from 1970 on, its first instant included, are counted without a walk."""
    end = min(
        to_instant(f"{1970 + years}-01-01T00:00Z") if years < 200 else LAST_INSTANT, LAST_INSTANT
    )
    assert trigger.count(-1, end - 1) == expected == len(list(trigger.between(-1, end - 1)))
