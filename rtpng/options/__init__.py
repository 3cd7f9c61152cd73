"""The daemon's options: one table, and what is derived from it (parser, file reader, help, documentation)."""
