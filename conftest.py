"""Keeps pytest from collecting the three folders twice; lets tests try the pytest plugin out.

The folders are collected as duetime.*.
"""

collect_ignore = ["engine", "clocks", "adapters"]

pytest_plugins = ["pytester"]
