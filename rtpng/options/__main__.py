"""Prints docs/options.md."""

import sys

from rtpng.options.printing import docs_page

if __name__ == "__main__":
    sys.stdout.write(docs_page())
