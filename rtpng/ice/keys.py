"""The credentials of both sides, as STUN wants them."""

from dataclasses import dataclass, field

from sipcore.sdp.ice import Credentials


@dataclass(slots=True)
class Keys:
    """``remote`` is None until signalling has told it."""

    local: Credentials
    remote: Credentials | None = None
    password: bytes = field(init=False, repr=False)
    remote_password: bytes = field(default=b"", init=False, repr=False)

    def __post_init__(self) -> None:
        self.password = self.local.pwd.encode()

    def meet(self, remote: Credentials) -> None:
        self.remote, self.remote_password = remote, remote.pwd.encode()

    @property
    def username(self) -> str:
        """USERNAME of our checks (RFC 8445 7.2.2)."""
        return f"{'' if self.remote is None else self.remote.ufrag}:{self.local.ufrag}"

    def name(self, ours: str, theirs: str) -> bool:
        """Whether the halves of a USERNAME are ours and the peer's; of one that is not known yet any will do."""
        return ours == self.local.ufrag and (self.remote is None or theirs == self.remote.ufrag)
