"""Triggers of the calendar: times of day on days that a rule picks, in a zone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta, tzinfo

from duetime.engine.errors import BadTriggerError
from duetime.engine.instants import DAY, MICROSECOND, SECOND, Instant, Span
from duetime.engine.policies import Fold, Gap, parse_enum
from duetime.engine.triggers.base import Trigger, call_text
from duetime.engine.zones import zone, zone_key
