"""The model of a call and the pure decisions about it."""
