"""``python -m cli`` is ``rtpng``."""

from cli.main import main

main()
