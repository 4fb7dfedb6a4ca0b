"""Offline simulation: what a plan comes to over years, before anything runs."""
