"""The live view of a daemon: what it says (``poll``), what follows (``rows``, ``detail``), the screen (``screen``)."""
