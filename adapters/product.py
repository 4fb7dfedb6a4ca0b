"""The version of duetime, for all that writes it down."""

VERSION = "0.1.0"
