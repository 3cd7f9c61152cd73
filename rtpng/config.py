"""The daemon's settings: one frozen value, built once from the command line and the config file."""

from dataclasses import dataclass, field

from rtpng.dtls.settings import DtlsSettings
from rtpng.interfaces import Interface
from sipcore.address import Address


@dataclass(frozen=True, slots=True)
class Listen:
    """A control port: ``host`` None listens on all addresses of both families."""

    host: str | None
    port: int

    def __str__(self) -> str:
        return str(Address(self.host or "*", self.port))


LEARNING = ("delayed", "immediate", "off", "heuristic")
LOG_FORMATS = ("default", "parsable")
FACILITIES = (
    *("auth", "authpriv", "cron", "daemon", "ftp", "kern", "lpr", "mail", "news", "syslog", "user", "uucp"),
    *(f"local{number}" for number in range(8)),
)


@dataclass(frozen=True, slots=True)
class Notice:
    """A line that belongs into the log as soon as there is one; ``level`` is syslog's (4 warning, 6 info)."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that the daemon needs to know; times in seconds."""

    interfaces: tuple[Interface, ...]
    aliases: tuple[tuple[str, str], ...] = ()  # --interface=NAME=OTHER
    listen_ng: tuple[Listen, ...] = ()
    listen_tcp_ng: tuple[Listen, ...] = ()
    listen_cli: tuple[Listen, ...] = ()
    listen_http: tuple[Listen, ...] = ()
    listen_https: tuple[Listen, ...] = ()
    https_cert: str | None = None  # file names
    https_key: str | None = None  # None: in the file of the certificate
    http_idle_timeout: int = 0  # seconds; 0 is the default of 75
    http_allow_origin: str | None = None  # the web pages that may control calls, as in Access-Control-Allow-Origin
    table: int = -1  # -1: no kernel forwarding
    no_fallback: bool = False
    workers: int = 0  # processes that carry media in userspace; 0: one per core
    timeout: float = 60.0  # no media at all
    silent_timeout: float = 3600.0  # no media on a call on hold
    final_timeout: float = 0.0  # absolute age; 0 is none
    offer_timeout: float = 3600.0
    delete_delay: float = 30.0
    tos: int = 0  # of media; 0 leaves the packets' own
    control_tos: int = 0
    control_pmtu: str | None = None  # "want" or "dont"; None leaves the system's
    max_sessions: int = -1
    max_load: float | None = None  # load average
    max_cpu: float | None = None  # percent
    max_bandwidth: int | None = None  # bytes per second
    templates: tuple[tuple[str, str], ...] = ()  # names and raw flags
    sip_source: bool = False
    endpoint_learning: str = "heuristic"
    gather: int = 1000  # microseconds; see MediaPlane
    insecure_accept_any_source: bool = False  # forward packets of any source, as rtpengine does
    mos: tuple[str, ...] = ("CQ",)  # CQ regards delay, LQ does not
    graphite: Address | None = None
    graphite_interval: int = 1  # seconds
    graphite_prefix: str = ""
    graphite_timeout: int = 0  # seconds; 0 is the default of 5
    homer: Address | None = None
    homer_protocol: str = "udp"
    homer_id: int = 2001
    homer_disable_rtcp_stats: bool = False
    homer_enable_ng: bool = False
    homer_ng_capture_proto: int = 0x3D
    ssrc_reporting: str = "full"  # where replies tell of SSRCs
    foreground: bool = False
    pidfile: str | None = None
    log_level: int = 6
    log_stderr: bool = False
    log_timestamps: bool = True
    log_format: str = "default"
    log_facility: str = "daemon"
    log_facility_dtmf: str | None = None  # of records of digits
    log_facility_cdr: str | None = None  # of records of calls
    dtmf_log_dest: Address | None = None  # who is told of digits, over UDP
    dtmf_no_log_injects: bool = False  # tell nobody of digits that were played
    dtmf_log_ng_tcp: bool = False  # tell the clients of ng over TCP of digits
    log_levels: tuple[tuple[str, int], ...] = ()  # subsystem and its own level
    log_name: str = "rtpengine"  # in syslog
    log_mark_prefix: str = ""  # around call-ids and tags
    log_mark_suffix: str = ""
    max_log_line_length: int = 0  # 0: no limit on stderr, 500 in syslog; -1: no limit
    recording_dir: str | None = None
    recording_format: str = "raw"
    dtls: DtlsSettings = field(default_factory=DtlsSettings)
    notices: tuple[Notice, ...] = ()
