"""What calendars must answer, found out the slow way: date by date, with zoneinfo alone.

Nothing here uses the package's zones, tables or day rules.
"""

import calendar
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DayMatch = Callable[[date], bool]


def instant(moment: datetime) -> int:
    """Return nanoseconds since the epoch."""
    return (moment - EPOCH) // timedelta(microseconds=1) * 1_000


def moment(instant_: int, key: str = "UTC") -> datetime:
    """Return an instant, in whole microseconds, as a datetime of a zone."""
    utc = EPOCH + timedelta(microseconds=instant_ // 1_000)
    return utc.astimezone(ZoneInfo(key))


def exists(local: datetime) -> bool:
    """Tell whether the clock of the zone ever shows this time."""
    there = local.astimezone(UTC).astimezone(local.tzinfo)
    return there.replace(tzinfo=None) == local.replace(tzinfo=None)


@cache
def date_exists(key: str, day: date) -> bool:
    """Tell whether a zone has any hour of a date."""
    zone = ZoneInfo(key)
    return any(exists(datetime.combine(day, time(hour), zone)) for hour in (0, 6, 12, 18, 23))


def resolve(key: str, day: date, at: time, gap: str, fold: str) -> list[int]:
    """Return the instants of one time on one date."""
    local = datetime.combine(day, at, ZoneInfo(key))
    early, late = instant(local.replace(fold=0)), instant(local.replace(fold=1))
    if exists(local):
        both = sorted({early, late})
        return {"first": both[:1], "second": both[-1:], "both": both}[fold]
    if gap == "skip" or not date_exists(key, day):
        return []
    # In a gap fold=0 stands for the offset before it (PEP 495): later by the length of the gap.
    return [early] if gap == "shift" else [change_between(key, late, early)]


def change_between(key: str, low: int, high: int) -> int:
    """Return the second at which a zone changes its offset, by halving."""
    offset = moment(low, key).utcoffset()
    low, high = low // 1_000_000_000 * 1_000_000_000, -(-high // 1_000_000_000) * 1_000_000_000
    while high - low > 1_000_000_000:
        middle = (low + high) // 2 // 1_000_000_000 * 1_000_000_000
        if moment(middle, key).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high


def occurrences(
    key: str,
    matches: DayMatch,
    at: Iterable[time],
    *,
    window: tuple[int, int],
    gap: str = "next_valid",
    fold: str = "first",
) -> list[int]:
    """Return all instants in a window, both ends included, in order and each once."""
    low, high = window
    first, last = moment(low, key).date(), moment(high, key).date()
    days = (first + timedelta(days=n) for n in range(-2, (last - first).days + 3))
    found = {
        each
        for day in days
        if matches(day)
        for one in at
        for each in resolve(key, day, one, gap, fold)
    }
    return sorted(each for each in found if low <= each <= high)


def scan(key: str, matches: DayMatch, at: Iterable[time], window: tuple[int, int]) -> list[int]:
    """Look at every minute of a window: what its clock shows. Both of a fold, none of a gap."""
    wanted = {(one.hour, one.minute) for one in at}
    zone = ZoneInfo(key)
    low, high = (bound // 1_000_000_000 for bound in window)
    found = []
    for second in range(low + -low % 60, high + 1, 60):
        local = datetime.fromtimestamp(second, zone)
        if (local.hour, local.minute) in wanted and matches(local.date()):
            found.append(second * 1_000_000_000)
    return found


def month_days(year: int, month: int, day: int | str, overflow: str) -> list[date]:
    """Return the dates of one rule in one month, by looking at each day of it."""
    length = calendar.monthrange(year, month)[1]
    days = [date(year, month, number) for number in range(1, length + 1)]
    if isinstance(day, str) and not day.startswith("weekday nearest"):
        return nth_of(days, day)
    number = int(str(day).rsplit(" ", 1)[-1])
    if abs(number) > length:
        if overflow == "skip" or isinstance(day, str):
            return []
        if number < 0:
            found = days[0]
        else:
            found = days[-1] if overflow == "clip" else days[-1] + timedelta(days=1)
    else:
        found = days[number - 1 if number > 0 else number]
    return [nearest_weekday(found)] if isinstance(day, str) else [found]


def nth_of(days: list[date], text: str) -> list[date]:
    """Return the day that "2nd last fri" or "3rd weekday" means among those of a month."""
    *words, name = text.split()
    names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    wanted = range(5) if name == "weekday" else [names.index(name)]
    found = [day for day in days if day.weekday() in wanted]
    nth = int(words[0][:-2]) if words[0] != "last" else 1
    if nth > len(found):
        return []
    return [found[-nth] if "last" in words else found[nth - 1]]


def nearest_weekday(day: date) -> date:
    """Return the nearest Monday to Friday in the same month: one day off, or two at its edges."""
    for days in (0, -1, 1, -2, 2):
        other = day + timedelta(days=days)
        if other.weekday() < 5 and other.month == day.month:
            return other
    raise AssertionError(day)
