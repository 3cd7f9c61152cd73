"""The rtpng daemon: a drop-in replacement for rtpengine."""

import kernel
import sipcore

DISTRIBUTION = "rtpng"


# The four folders are plain top-level packages, so another distribution could shadow one of them.
for _package in (kernel, sipcore):
    if getattr(_package, "DISTRIBUTION", None) != DISTRIBUTION:
        raise ImportError(f"{_package.__name__} at {_package.__file__} is not rtpng's: give rtpng its own environment")
