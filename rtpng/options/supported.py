"""The options that rtpng acts on."""

from rtpng.config import FACILITIES, LEARNING, LOG_FORMATS
from rtpng.log import SUBSYSTEMS
from rtpng.options.dtls_options import DTLS
from rtpng.options.export_options import EXPORT
from rtpng.options.option import Kind, Option, without_effect

LISTEN = "[ADDR:]PORT"

_START = (
    Option("help", Kind.BOOL, False, "Print this text and exit.", "h"),
    Option("version", Kind.BOOL, False, "Print the version and exit.", "v"),
    Option("codecs", Kind.BOOL, False, "Print the codecs that can be transcoded and exit."),
    Option("config-file", Kind.PATH, None, "Read options from this file; the word none reads no file."),
    Option("config-section", Kind.STRING, "rtpengine", "The section of the configuration file to read."),
    Option("foreground", Kind.BOOL, False, "Stay in the foreground instead of forking.", "f", sets="foreground"),
    Option(
        "no-redis-required", Kind.BOOL, False, "Start although Redis is asked for and calls are not kept there.", "q"
    ),
    Option("pidfile", Kind.PATH, None, "Write the process id to this file.", "p", sets="pidfile"),
)

_ADDRESSES = (
    Option(
        "interface",
        Kind.LIST,
        (),
        "A local address for media: a numeric address, a device, a host name or the word any; after ! the address that "
        "SDP shows. NAME=OTHER is an alias, BASE:SUFFIX/ADDR a member of a group used in turn. The first is default.",
        "i",
        "[NAME/]ADDR[!ADDR]",
    ),
    Option("interfaces-config", Kind.STRING, None, "Prefix of the file's sections that each describe one interface."),
    Option(
        "listen-ng", Kind.LIST, (), "Answer the ng protocol on this UDP port; without an address, on all.", "n", LISTEN
    ),
    Option(
        "listen-tcp-ng",
        Kind.LIST,
        (),
        "Answer the ng protocol on this TCP port; without an address, on all.",
        "N",
        LISTEN,
    ),
    Option(
        "listen-cli",
        Kind.LIST,
        (),
        "Answer rtpengine-ctl on this TCP port; without an address, on all.",
        "c",
        LISTEN,
    ),
    Option("port-min", Kind.INT, 30000, "Lowest port for media.", "m", low=1, high=65535),
    Option("port-max", Kind.INT, 39999, "Highest port for media.", "M", low=1, high=65535),
)

_HTTP = (
    Option(
        "listen-http",
        Kind.LIST,
        (),
        "Answer the ng protocol and the CLI over HTTP and WebSocket on this TCP port.",
        None,
        LISTEN,
    ),
    Option("listen-https", Kind.LIST, (), "The same over TLS.", None, LISTEN),
    Option("https-cert", Kind.PATH, None, "Certificate for HTTPS, in PEM, with its chain.", sets="https_cert"),
    Option(
        "https-key",
        Kind.PATH,
        None,
        "Private key for HTTPS; without it, the key in the file of the certificate.",
        sets="https_key",
    ),
    Option(
        "http-idle-timeout",
        Kind.INT,
        0,
        "Close an HTTP connection that is idle for this time; 0 means 75.",
        None,
        "SECS",
        low=0,
        sets="http_idle_timeout",
    ),
    Option(
        "http-allow-origin",
        Kind.STRING,
        None,
        "Web pages of this origin may control calls, * for all pages; without it, no web page may.",
        None,
        "ORIGIN",
        sets="http_allow_origin",
    ),
)

_FORWARDING = (
    Option(
        "table",
        Kind.INT,
        -1,
        "Number of the nftables table that forwards media in the kernel; -1 forwards all media in userspace.",
        "t",
        low=-1,
        high=2**31 - 1,
        sets="table",
    ),
    Option(
        "no-fallback",
        Kind.BOOL,
        False,
        "End at the start when the kernel cannot forward media.",
        "F",
        sets="no_fallback",
    ),
    Option(
        "num-threads",
        Kind.INT,
        0,
        "Processes that carry SRTP, and what else the kernel does not forward; 0 is one per core. Each is started when "
        "it is first needed.",
        low=0,
        high=256,
        sets="workers",
    ),
    Option(
        "gather",
        Kind.INT,
        1000,
        "Microseconds that a first packet in userspace waits for others, to be handled with them; with 0 nothing waits "
        "and a packet costs twice the CPU time.",
        low=0,
        high=20_000,
        sets="gather",
    ),
    Option(
        "endpoint-learning",
        Kind.STRING,
        "heuristic",
        "How the address of a peer behind NAT is learned from its media.",
        choices=LEARNING,
        sets="endpoint_learning",
    ),
    Option(
        "sip-source",
        Kind.BOOL,
        False,
        "Believe the source of the SIP message more than the address in SDP.",
        sets="sip_source",
    ),
    Option(
        "insecure-accept-any-source",
        Kind.BOOL,
        False,
        "Forward packets of any source, as rtpengine does: anybody who can reach a media port can then hear and speak "
        "in calls.",
        sets="insecure_accept_any_source",
    ),
    Option("tos", Kind.INT, 0, "TOS byte of media; 0 leaves it alone.", "T", low=0, high=255, sets="tos"),
    Option(
        "control-tos",
        Kind.INT,
        0,
        "TOS byte of what control ports send; 0 leaves it alone.",
        low=0,
        high=255,
        sets="control_tos",
    ),
    Option(
        "control-pmtu",
        Kind.STRING,
        None,
        "Whether ng replies discover the path's MTU (want), or may be fragmented on the way (dont).",
        choices=("want", "dont"),
        sets="control_pmtu",
    ),
    Option(
        "max-sessions",
        Kind.INT,
        -1,
        "Refuse new calls at this number of calls; -1 is no limit.",
        low=-1,
        sets="max_sessions",
    ),
    Option("max-load", Kind.FLOAT, None, "Refuse new calls from this load average on.", sets="max_load"),
    Option("max-cpu", Kind.FLOAT, None, "Refuse new calls from this use of the processors on, in %.", sets="max_cpu"),
    Option(
        "max-bandwidth",
        Kind.INT,
        None,
        "Refuse new calls from this rate of media on, in bytes per second.",
        sets="max_bandwidth",
    ),
    Option(
        "templates",
        Kind.STRING,
        None,
        "The file's section of named sets of flags, each written as in rtpp-flags. Those named default, or as a "
        "command, apply by themselves, others by the key template.",
    ),
)

_TIMES = (
    Option("timeout", Kind.INT, 60, "End a call after this time without any media; 0 means 60.", "o", "SECS"),
    Option("silent-timeout", Kind.INT, 3600, "The same for a call on hold; 0 means 3600.", "s", "SECS"),
    Option("final-timeout", Kind.INT, 0, "End every call at this age; 0 is never.", "a", "SECS"),
    Option("offer-timeout", Kind.INT, 3600, "End a call that was never answered; 0 means 3600.", None, "SECS"),
    Option("delete-delay", Kind.INT, 30, "Keep a deleted call for this time.", "d", "SECS", low=0),
)

_LOGGING = (
    Option(
        "log-level",
        Kind.INT,
        6,
        "How much is logged: 0 (emergencies only) to 7 (everything); -1 is nothing.",
        "L",
        low=-1,
        high=7,
        sets="log_level",
    ),
    Option("log-stderr", Kind.BOOL, False, "Log to stderr instead of syslog.", "E", sets="log_stderr"),
    Option("no-log-timestamps", Kind.BOOL, False, "Leave the time out of the lines on stderr."),
    Option(
        "log-facility",
        Kind.STRING,
        "daemon",
        "The facility of syslog.",
        None,
        "daemon|local0|...|local7",
        FACILITIES,
        sets="log_facility",
    ),
    Option("log-format", Kind.STRING, "default", "Form of the lines.", choices=LOG_FORMATS, sets="log_format"),
    Option("log-name", Kind.STRING, "rtpengine", "The program name in syslog.", sets="log_name"),
    Option(
        "max-log-line-length",
        Kind.INT,
        0,
        "Break longer lines; 0 is no limit on stderr and 500 in syslog, -1 is never.",
        low=-1,
        sets="max_log_line_length",
    ),
    Option("log-mark-prefix", Kind.STRING, "", "Text before call-ids and tags in log lines.", sets="log_mark_prefix"),
    Option("log-mark-suffix", Kind.STRING, "", "Text after call-ids and tags in log lines.", sets="log_mark_suffix"),
)

_THEIR_SUBSYSTEMS = (
    "core",
    "spandsp",
    "ffmpeg",
    "transcoding",
    "codec",
    "rtcp",
    "ice",
    "crypto",
    "srtp",
    "internals",
    "http",
    "control",
    "dtx",
)


def _log_level(subsystem: str) -> Option:
    return Option(
        f"log-level-{subsystem}", Kind.INT, None, f"The log level of the subsystem {subsystem}.", low=-1, high=7
    )


_LOG_LEVELS = (
    *map(_log_level, SUBSYSTEMS),
    *without_effect(
        "rtpng has no log lines of this subsystem",
        *(_log_level(name) for name in _THEIR_SUBSYSTEMS if name not in SUBSYSTEMS),
    ),
)

_DIGITS = (
    Option(
        "dtmf-log-dest",
        Kind.STRING,
        None,
        "Tell this UDP address of the digits of all calls (RFC 4733 events), as JSON. Streams with events are then "
        "forwarded in userspace.",
        None,
        "HOST:PORT",
    ),
    Option(
        "dtmf-log-ng-tcp",
        Kind.BOOL,
        False,
        "Tell the clients of --listen-tcp-ng of the digits of all calls.",
        sets="dtmf_log_ng_tcp",
    ),
    Option(
        "dtmf-no-log-injects",
        Kind.BOOL,
        False,
        "Tell nobody of digits that were played by the command play DTMF.",
        sets="dtmf_no_log_injects",
    ),
    Option(
        "log-facility-dtmf",
        Kind.STRING,
        None,
        "Write a record of each digit to this facility of syslog; they are secrets, often.",
        None,
        "daemon|local0|...|local7",
        FACILITIES,
        sets="log_facility_dtmf",
    ),
    Option(
        "log-facility-cdr",
        Kind.STRING,
        None,
        "Write a record of each finished call to this facility of syslog, in rtpengine's form.",
        None,
        "daemon|local0|...|local7",
        FACILITIES,
        sets="log_facility_cdr",
    ),
)

_RECORDING = (
    Option(
        "recording-dir",
        Kind.PATH,
        None,
        "Folder of recordings; without one no call is recorded. Has the folders pcaps, metadata and tmp.",
        sets="recording_dir",
    ),
    Option(
        "recording-format",
        Kind.STRING,
        "raw",
        "Packets of recordings without (raw) or with an Ethernet header (eth).",
        choices=("raw", "eth"),
        sets="recording_format",
    ),
    Option(
        "recording-method",
        Kind.STRING,
        "pcap",
        "Who writes recordings: rtpng writes pcap files; the others need rtpengine's kernel module and get them too.",
        choices=("pcap", "proc", "all"),
    ),
)

_QUALITY = (
    Option(
        "mos",
        Kind.LIST,
        ("CQ",),
        "What mean opinion scores tell: how a conversation is (CQ, with delay), or how it sounds (LQ, without).",
        choices=("LQ", "CQ"),
    ),
    Option(
        "ssrc-reporting",
        Kind.STRING,
        "full",
        "Where replies to query and delete tell of SSRCs: in a dictionary of their own (global), within each media "
        "(inline), both, or nowhere.",
        choices=("full", "inline", "global", "none"),
        sets="ssrc_reporting",
    ),
)

SUPPORTED = (
    *_START,
    *_ADDRESSES,
    *_HTTP,
    *_FORWARDING,
    *_TIMES,
    *DTLS,
    *_DIGITS,
    *_RECORDING,
    *_QUALITY,
    *EXPORT,
    *_LOGGING,
    *_LOG_LEVELS,
)
