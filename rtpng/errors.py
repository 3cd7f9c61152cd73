"""What goes wrong in a request: the text of each error is the reply's ``error-reason``."""


class NgError(Exception):
    """The request cannot be carried out; nothing was changed."""


class NotFoundError(NgError):
    """The call, or the party, that the request names does not exist."""


class ExhaustedError(NgError):
    """A resource is used up; proxies try the next relay when they see "Ran out of ports"."""


class UnsupportedError(NgError):
    """A command or a combination that rtpng does not offer."""


class ConfigError(ValueError):
    """Command line or configuration file ask for something impossible; the message says what to do about it."""
