"""Streams carried by processes of their own, one per core: Python's lock lets one process use one core only."""
