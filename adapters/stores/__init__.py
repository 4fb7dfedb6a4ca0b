"""Stores: where tasks and their state outlive the process that declared them."""

from duetime.adapters.stores.opening import open_store

__all__ = ["open_store"]
