"""Keeps pytest from collecting the three folders twice: they are collected as duetime.*."""

collect_ignore = ["engine", "clocks", "adapters"]
