"""Record what systemd answers to calendar expressions, as a file for the tests.

    python tests/cases/make_systemd_calendar.py > tests/cases/systemd_calendar.jsonl

Needs `systemd-analyze` (Debian's package systemd); recorded with version 252. One line for each
expression: its normalised form and the first four times after `base`, in UTC; or null where systemd
refuses it. What systemd itself gets wrong is left out: it loses times after a repetition that
does not divide the hour or the day, and refuses some lists of days from the end.
"""

import json
import os
import random
import re
import subprocess
import sys
from datetime import UTC, datetime

BASES = ["2024-02-27 23:59:30", "2026-01-15 12:00:00", "2030-06-30 22:10:05"]
BY_HAND = """
Mon..Fri 09:00|Sat,Thu,Mon..Wed,Sat..Sun|Mon,Sun 12-*-* 2,1:23|Wed *-1|Wed..Wed,Wed *-1|Wed, 17:48
Wed..Sat,Tue 12-10-15 1:2:3|*-*-7 0:0:0|10-15|monday *-12-* 17:00|Mon,Fri *-*-3,1,2 *:30:45
12,14,13,12:20,10,30|12..14:10,20,30|mon,fri *-1/2-1,3 *:30:45|03-05 08:05:40|08:05:40|05:40
Sat,Sun 12-05 08:05:40|Sat,Sun 08:05:40|2003-03-05 05:40|05:40:23.4200004/3.1700005|2003-02..04-05
2003-03-05 05:40 UTC|2003-03-05|03-05|hourly|daily|daily UTC|monthly|weekly|weekly Europe/Berlin
yearly|annually|quarterly|semiannually|minutely|*:2/3|*-*~01|*-*~1 23:30|Mon *-*~07/1|*-02~03
*-*-* 00/2:15|*-02-29|*-02-30|2026-02-29|Fri *-*-13|Mon *-02-29|*:*:0/0.5|@1395716396|@0
""".replace("\n", "|").split("|")
REFUSED = """
24:00|Fri..Mon 10:00|10|*|*-13-1|*-1-32|*-*~29|*:0/60|*:*:60|Mon,,Tue|Mo 9:00|daily daily|1969-1-1
2200-1-1|*-*-* 9|9:00:00:00|1-1-1-1|*/2:00|1,*:00|9:00 Nowhere/Land|2026..2024-1-1|*:30/30|5:00 pm
""".replace("\n", "|").split("|")
SIZES = {"hour": (0, 23), "minute": (0, 59), "second": (0, 59), "day": (1, 31), "month": (1, 12)}


def component(rnd: random.Random, name: str, *, plain: bool = False) -> str:
    """Return a random number, range, repetition or list of a field."""
    low, high = SIZES[name]
    first, last = sorted(rnd.sample(range(low, high + 1), 2))
    size = high + 1 - low
    step = rnd.choice([each for each in range(2, size // 2 + 1) if size % each == 0 or low])
    start = low + rnd.randrange(min(step, size - step))
    single = [
        f"{first}",
        f"{first:02d}",
        f"{first}..{last}",
        f"{first}..{last}/{1 + (last - first) // 3}",
    ]
    text = rnd.choice([*single, "*", f"{start}/{step}"])
    if text in single and not plain and rnd.random() < 0.4:
        text += "," + rnd.choice([f"{last}", f"{low}..{low + 3}"])
    if name == "second" and text.isdigit() and rnd.random() < 0.3:
        text += rnd.choice([".5", ".25", ".000001"])
    return text


def expression(rnd: random.Random) -> str:
    """Return a random expression that systemd should take."""
    names = ["Mon", "tue", "Wednesday", "Thu", "FRI", "Sat", "Sun"]
    words = []
    if rnd.random() < 0.4:
        first, last = sorted(rnd.sample(range(7), 2))
        words.append(
            rnd.choice([f"{names[first]}..{names[last]}", f"{names[last]},{names[first]}"])
        )
    if rnd.random() < 0.6:
        day = rnd.choice(
            ["-" + component(rnd, "day"), f"~{rnd.randint(1, 28)}", "~03..07", "~07/1"]
        )
        year = rnd.choice(["*-", "*-", "", f"{rnd.randint(2024, 2040)}-", "2026..2034/2-", "26-"])
        words.append(year + component(rnd, "month") + day)
    if rnd.random() < 0.8 or not words:
        time = f"{component(rnd, 'hour')}:{component(rnd, 'minute')}"
        words.append(time + (":" + component(rnd, "second") if rnd.random() < 0.5 else ""))
    return " ".join(words)


def ask(text: str, base: str) -> dict[str, object]:
    """Ask systemd for the normalised form and the first four times."""
    command = ["systemd-analyze", "calendar", "--iterations=4", f"--base-time={base}", "--", text]
    environment = {"TZ": "UTC", "PATH": os.environ["PATH"], "SYSTEMD_COLORS": "0"}
    answer = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    normalised = re.search(r"Normalized form: (.*)", answer.stdout)
    found = re.findall(r"(?:elapse|#\d+): \w+ (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC", answer.stdout)
    times = [int(datetime.fromisoformat(each).replace(tzinfo=UTC).timestamp()) for each in found]
    form = normalised[1] if normalised else None
    return {"expression": text, "base": base, "normalised": form, "next": times}


def main() -> None:
    """Write one line for each expression."""
    rnd = random.Random(252)
    texts = [text for text in (*BY_HAND, *REFUSED) if text]
    texts += [expression(rnd) for _ in range(500)]
    for number, text in enumerate(dict.fromkeys(texts)):
        sys.stdout.write(json.dumps(ask(text, BASES[number % len(BASES)])) + "\n")


if __name__ == "__main__":
    main()
