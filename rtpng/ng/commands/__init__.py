"""One module per group of ng commands."""
