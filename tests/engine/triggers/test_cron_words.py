"""Cron expressions in plain English."""

import pytest
from hypothesis import given

from duetime.engine.triggers import Cron
from tests.engine.triggers.cron_oracle import Expression, expressions

NEAREST = "the Monday-to-Friday day nearest to"


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("* * * * *", "every minute"),
        ("*/5 * * * *", "every 5 minutes"),
        ("30 2 * * *", "at 02:30, every day"),
        ("0 9 * * 1-5", "at 09:00, Monday to Friday"),
        ("0 0 1 * *", "at 00:00, on day 1 of the month"),
        ("0 17 * * 5L", "at 17:00, on the last Friday of the month"),
        ("0 0 29 2 *", "at 00:00, on day 29 of the month, in February"),
        ("15 10 4 7 *", "at 10:15, on day 4 of the month, in July"),
        ("@hourly", "every hour"),
        ("@weekly", "at 00:00, on Sunday"),
        # times of day
        ("0 */2 * * *", "every 2 hours"),
        ("30 */2 * * *", "every 2 hours from 00:30 to 22:30"),
        ("30 * * * *", "at minute 30 of every hour"),
        ("*/5 9-17 * * 1-5", "every 5 minutes from 09:00 to 17:55, Monday to Friday"),
        ("* 9 * * *", "every minute from 09:00 to 09:59"),
        ("0 9,12,15 * * *", "at 09:00, 12:00 and 15:00, every day"),
        ("0 9,12,15,18,21 * * *", "every 3 hours from 09:00 to 21:00"),
        ("*/7 * * * *", "every 7th minute from 0 to 56 of every hour"),
        ("*/11 8 1 * *", "every 11 minutes from 08:00 to 08:55, on day 1 of the month"),
        ("0-10 * * * *", "at minutes 0 to 10 of every hour"),
        ("5,7,30 1,2,9 * * *", "at minutes 5, 7 and 30 of hours 1, 2 and 9, every day"),
        ("*/5 9,11 * * *", "every 5 minutes of hours 9 and 11"),
        # seconds
        ("* * * * * *", "every second"),
        ("*/10 * * * * *", "every 10 seconds"),
        ("5,30 * * * * *", "at seconds 5 and 30 of every minute"),
        ("*/10 0 * * * *", "every 10 seconds of minute 0 of every hour"),
        ("0,30 0 9 * * *", "at seconds 0 and 30 of minute 0 of hour 9, every day"),
        ("*/22 0 9 * * *", "every 22nd second from 0 to 44 of minute 0 of hour 9"),
        ("15 30 2 * * *", "at 02:30:15, every day"),
        ("15 */5 * * * *", "every 5 minutes at second 15"),
        ("15 */5 9-17 * * *", "every 5 minutes from 09:00 to 17:55 at second 15"),
        ("15 7 * * * *", "at minute 7 of every hour at second 15"),
        # days
        ("0 0 1,15,L * *", "at 00:00, on days 1 and 15 and the last day of the month"),
        (
            "0 0 L-1,L-3 * *",
            "at 00:00, on 1 day before the last day and 3 days before the last day of the month",
        ),
        ("0 0 */2 * *", "at 00:00, on every 2nd day from 1 to 31 of the month"),
        ("0 0 15W * *", f"at 00:00, on {NEAREST} day 15 of the month"),
        ("0 0 LW * *", f"at 00:00, on {NEAREST} the last day of the month"),
        ("0 0 L-2W * *", f"at 00:00, on {NEAREST} 2 days before the last day of the month"),
        ("0 0 * * SAT,SUN", "at 00:00, on Saturday and Sunday"),
        ("0 0 * * 0-4", "at 00:00, Sunday to Thursday"),
        ("0 0 * * 1,3,5", "at 00:00, on Monday, Wednesday and Friday"),
        ("0 0 * * MON,5#2", "at 00:00, on Monday and the 2nd Friday of the month"),
        ("0 0 13 * FRI", "at 00:00, on day 13 of the month or on Friday"),
        ("0 0 13 * +FRI", "at 00:00, on day 13 of the month if it is Friday"),
        ("0 0 1-7 * +1-5", "at 00:00, on days 1 to 7 of the month if it is Monday to Friday"),
        ("0 0 1 * 1-5", "at 00:00, on day 1 of the month or Monday to Friday"),
        ("0 0 */1 * MON", "at 00:00, every day"),
        # months and years
        ("* * * 7 *", "every minute, in July"),
        ("0 0 * JAN-MAR,12 *", "at 00:00, every day, in January, February, March and December"),
        ("0 0 1 4-6 *", "at 00:00, on day 1 of the month, in April to June"),
        ("0 0 0 1 1 * 2030", "at 00:00, on day 1 of the month, in January, in 2030"),
        ("0 0 0 1 * * 2030-2032", "at 00:00, on day 1 of the month, in 2030 to 2032"),
        ("0 0 0 L * * 2030,2032", "at 00:00, on the last day of the month, in 2030 and 2032"),
        (
            "0 0 0 1 * * 1970/3",
            "at 00:00, on day 1 of the month, in every 3rd year from 1970 to 2198",
        ),
    ],
)
def test_what_an_expression_picks_is_said(expression: str, words: str) -> None:
    """The times of day, the days, the months, the years."""
    assert Cron(expression).describe() == words


@given(expressions())
def test_what_picks_the_same_is_said_the_same(expression: Expression) -> None:
    """It is told from what is picked: written out number by number, it reads no differently."""
    minute, hour, *rest = expression.text.split()
    every = (len(expression.minutes), 60, minute), (len(expression.hours), 24, hour)
    words = [
        "*" if count == all_ else ",".join(map(str, sorted(numbers)))
        for (count, all_, _), numbers in zip(
            every, (expression.minutes, expression.hours), strict=True
        )
    ]
    assert Cron(" ".join([*words, *rest])).describe() == Cron(expression.text).describe()
