"""A plan that commands are tried on."""

PLAN = """\
[defaults]
tz = "Europe/Berlin"

[tasks.night]
daily = "02:30"
takes = "40m"

[tasks.sweep]
cron = "*/20 * * * *"

[tasks.noon]
daily = "12:00"

[tasks.tick]
every = "90s"
takes = "2m"
"""
FROM = ("--from", "2026-01-01T00:00Z")
