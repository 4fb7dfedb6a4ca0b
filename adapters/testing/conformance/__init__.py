"""Conformance suites: what every store, clock and executor promises, as tests of one's own.

A subclass says how to make the thing; each method `test_…` that it inherits is a rule.
"""

from duetime.adapters.testing.conformance.clocks import ClockConformance
from duetime.adapters.testing.conformance.executors import ExecutorConformance
from duetime.adapters.testing.conformance.stores import StoreConformance

__all__ = ["ClockConformance", "ExecutorConformance", "StoreConformance"]
