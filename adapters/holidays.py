"""Public holidays of a country as dates to be excluded: `pip install duetime[holidays]`."""

from collections.abc import Iterable
from datetime import tzinfo
from importlib.metadata import version

from duetime.adapters.extras import require
from duetime.engine.errors import BadTriggerError
from duetime.engine.triggers.exclude import Exclusions


def public_holidays(
    country: str, *, years: int | Iterable[int], tz: tzinfo | str, subdivision: str = ""
) -> Exclusions:
    """Return the public holidays of a country, or of a part of it, in some years.

    `country`, `subdivision`: codes of ISO 3166, such as "DE" and "BY".
    `years`: outside of them nothing is excluded, so take enough.
    The version of the set names that of the package `holidays` and the years: an update may change
    the dates. Raises BadTriggerError for a country or subdivision that the package does not know;
    MissingExtraError where it is not installed.

    >>> days = public_holidays("DE", subdivision="BY", years=2026, tz="Europe/Berlin")
    >>> days.name, len(days.dates), str(days.dates[0])
    ('public holidays DE-BY', 12, '2026-01-01')
    """
    require("holidays", "holidays")
    import holidays

    wanted = sorted({years} if isinstance(years, int) else set(years))
    if not wanted:
        raise BadTriggerError("public_holidays: years is empty; give at least one, such as 2026")
    try:
        found = holidays.country_holidays(country, subdiv=subdivision or None, years=wanted)
    except NotImplementedError as error:
        raise BadTriggerError(f"public_holidays: {error}; use codes of ISO 3166") from None
    place = f"{country}-{subdivision}" if subdivision else country
    source = f"holidays {version('holidays')}, {wanted[0]} to {wanted[-1]}"
    return Exclusions(f"public holidays {place}", version=source, dates=sorted(found), tz=tz)
