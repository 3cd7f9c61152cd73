"""OPTIONS: every option of rtpengine 10.5 and 26, and ours; the one place that knows them."""

import difflib

from rtpng.errors import ConfigError
from rtpng.options.accepted import ACCEPTED, REFUSED
from rtpng.options.media_options import MEDIA
from rtpng.options.option import Option
from rtpng.options.supported import SUPPORTED

OPTIONS: tuple[Option, ...] = (*SUPPORTED, *ACCEPTED, *MEDIA, *REFUSED)
BY_NAME = {option.name: option for option in OPTIONS}
BY_SHORT = {option.short: option for option in OPTIONS if option.short}


def named(name: str, complaint: str, dashes: str = "") -> Option:
    """The option of that name. Raises ConfigError: the complaint, and the nearest known name."""
    option = BY_NAME.get(name)
    if option is None:
        nearest = difflib.get_close_matches(name, BY_NAME, n=1, cutoff=0.6)
        raise ConfigError(f"{complaint}: {f'did you mean {dashes}{nearest[0]}?' if nearest else 'see --help'}")
    return option
