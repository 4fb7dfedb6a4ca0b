"""Cron expressions in plain English: said from what the fields pick, not from how it is written."""

from collections.abc import Sequence
from datetime import date, datetime

from duetime.engine.triggers.cron_days import FIRST_RULE_YEAR, DateRule, cron_days
from duetime.engine.triggers.cron_text import (
    HOUR,
    MINUTE,
    MONTH,
    MONTH_DAY,
    SECOND,
    WEEKDAY,
    CronFields,
    Field,
)

_MOST_LISTED = 4
"""Up to so many times of day are listed one by one."""
_MINUTES_OF_DAY = 1440

_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_WEEKDAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split()
_WEEKS = ((1, 2, 3, 4, 5, 6, 0), (0, 1, 2, 3, 4, 5, 6))
_NEAREST = "the Monday-to-Friday day nearest to"


def words_of(fields: CronFields) -> str:
    """Say which times the fields pick: the times of day, the days, the months, the years."""
    times, days = _time_words(fields), _day_words(fields.dates)
    if not days and times.startswith("at ") and fields.hours != HOUR.full:
        days = "every day"
    parts = (times, days, _month_words(fields.dates.months), _year_words(fields.dates.years))
    return ", ".join(part for part in parts if part)


def mismatches(fields: CronFields, moment: datetime) -> list[str]:
    """Name the parts of a clock's time that the fields do not pick."""
    parts = (
        ("second", fields.seconds, moment.second),
        ("minute", fields.minutes, moment.minute),
        ("hour", fields.hours, moment.hour),
    )
    found = [f"{name} {number}" for name, mask, number in parts if not mask >> number & 1]
    if moment.microsecond:
        found.insert(0, "a fraction of a second")
    day = moment.toordinal() - date(1970, 1, 1).toordinal()
    if cron_days(fields.dates).at_or_after(day) != day:
        found.append(f"{_WEEKDAYS[moment.isoweekday() % 7]} {moment.date()}")
    return found


def _time_words(fields: CronFields) -> str:
    seconds = _numbers(fields.seconds)
    if len(seconds) == 1:
        return _minute_words(fields, seconds[0])
    second = _set_words("second", SECOND, fields.seconds)
    if fields.minutes == MINUTE.full and fields.hours == HOUR.full:
        return second if second.startswith("every") else f"at {second} of every minute"
    return _at(f"{second} of {_minute_and_hour(fields)}")


def _minute_words(fields: CronFields, second: int) -> str:
    hours, minutes = _numbers(fields.hours), _numbers(fields.minutes)
    times = [hour * 60 + minute for hour in hours for minute in minutes]
    if len(times) <= _MOST_LISTED:
        return f"at {_join([_clock(time, second) for time in times])}"
    tail = f" at second {second}" if second else ""
    step, first = _step(times), times[0]
    if not step or (step == 60 and first > 0 and len(times) == 24):
        return _at(_minute_and_hour(fields)) + tail
    often = _every("minute", step) if step % 60 else _every("hour", step // 60)
    if first == 0 and len(times) * step == _MINUTES_OF_DAY:
        return often + tail
    return f"{often} from {_clock(first)} to {_clock(times[-1])}{tail}"


def _minute_and_hour(fields: CronFields) -> str:
    minute = _set_words("minute", MINUTE, fields.minutes)
    return f"{minute} of {_set_words('hour', HOUR, fields.hours)}"


def _day_words(rule: DateRule) -> str:
    any_day, any_weekday = rule.days == MONTH_DAY.full, rule.weekdays == WEEKDAY.full
    if (any_day and any_weekday) or (rule.either and (any_day or any_weekday)):
        return ""
    weekdays = _weekday_words(rule)
    on_weekdays = weekdays if " to " in weekdays else f"on {weekdays}"
    if any_day:
        return on_weekdays
    days = f"on {_month_day_words(rule)} of the month"
    if any_weekday:
        return days
    return f"{days} or {on_weekdays}" if rule.either else f"{days} if it is {weekdays}"


def _month_day_words(rule: DateRule) -> str:
    days = [_set_words("day", MONTH_DAY, rule.days)] if rule.days else []
    days += [f"{_before_last(back)}the last day" for back in _numbers(rule.days_before_last)]
    days += [f"{_NEAREST} day {day}" for day in _numbers(rule.near)]
    nearest_back = _numbers(rule.near_before_last)
    days += [f"{_NEAREST} {_before_last(back)}the last day" for back in nearest_back]
    return _join(days)


def _before_last(back: int) -> str:
    if not back:
        return ""
    return "1 day before " if back == 1 else f"{back} days before "


def _weekday_words(rule: DateRule) -> str:
    numbered = [
        f"the {_ordinal(number // 7 + 1)} {_WEEKDAYS[number % 7]}"
        for number in _numbers(rule.nth_weekdays)
    ]
    numbered += [f"the last {_WEEKDAYS[number]}" for number in _numbers(rule.last_weekdays)]
    names = [_WEEKDAYS[number] for number in _WEEKS[0] if rule.weekdays >> number & 1]
    if numbered:
        return f"{_join(names + numbered)} of the month"
    for week in _WEEKS:
        picked = "".join(str(rule.weekdays >> number & 1) for number in week).strip("0")
        if len(picked) > 2 and "0" not in picked:
            days = [_WEEKDAYS[number] for number in week if rule.weekdays >> number & 1]
            return f"{days[0]} to {days[-1]}"
    return _join(names)


def _month_words(months: int) -> str:
    if months == MONTH.full:
        return ""
    numbers = _numbers(months)
    names = [_MONTHS[number - 1] for number in numbers]
    return f"in {f'{names[0]} to {names[-1]}' if _step(numbers) == 1 else _join(names)}"


def _year_words(years: int | None) -> str:
    if years is None:
        return ""
    numbers = [FIRST_RULE_YEAR + number for number in _numbers(years)]
    step = _step(numbers)
    if step == 1:
        return f"in {numbers[0]} to {numbers[-1]}"
    if step and len(numbers) > _MOST_LISTED:
        return f"in every {_ordinal(step)} year from {numbers[0]} to {numbers[-1]}"
    return f"in {_join([str(number) for number in numbers])}"


def _set_words(name: str, field: Field, mask: int) -> str:
    """Say which numbers of a field are picked, as in "every minute" or "hours 9 to 17"."""
    numbers, size = _numbers(mask), field.top - field.first + 1
    first, last, step = numbers[0], numbers[-1], _step(numbers)
    if step == 1:
        return f"every {name}" if len(numbers) == size else f"{name}s {first} to {last}"
    if not step:
        plural = "s" if len(numbers) > 1 else ""
        return f"{name}{plural} {_join([str(number) for number in numbers])}"
    if first == field.first == 0 and len(numbers) * step == size:
        return _every(name, step)
    return f"every {_ordinal(step)} {name} from {first} to {last}"


def _numbers(mask: int) -> list[int]:
    return [number for number in range(mask.bit_length()) if mask >> number & 1]


def _step(numbers: Sequence[int]) -> int:
    """Return the distance between neighbours, if there are three or more and it is the same."""
    if len(numbers) < 3:
        return 0
    steps = range(numbers[0], numbers[-1] + 1, numbers[1] - numbers[0])
    return steps.step if list(steps) == list(numbers) else 0


def _at(words: str) -> str:
    return words if words.startswith("every") else f"at {words}"


def _clock(minute_of_day: int, second: int = 0) -> str:
    text = f"{minute_of_day // 60:02d}:{minute_of_day % 60:02d}"
    return f"{text}:{second:02d}" if second else text


def _every(name: str, number: int) -> str:
    return f"every {name}" if number == 1 else f"every {number} {name}s"


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"


def _join(parts: Sequence[str]) -> str:
    """Write "a", "a and b", "a, b and c"."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
