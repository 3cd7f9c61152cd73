"""The works: what is done with each relay, and the figures that come of it."""
