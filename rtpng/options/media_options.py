"""Options about media, codecs, recording and encryption that have no effect in rtpng."""

from rtpng.options.option import Kind, Option, without_effect

_SECRETS = without_effect(
    "rtpng never writes keys to a log",
    Option("log-srtp-keys", Kind.BOOL, False, "Log the keys of SRTP."),
    Option("debug-srtp", Kind.BOOL, False, "Log the encryption of SRTP packets."),
)

_SDP = without_effect(
    "rtpng always refuses SDP that breaks the format",
    Option("reject-invalid-sdp", Kind.BOOL, False, "Refuse SDP that breaks the format."),
)

_QUALITY = without_effect(
    "rtpng reads the RTCP of the peers: RTP is forwarded in the kernel, or by workers, without a look at its quality",
    Option("measure-rtp", Kind.BOOL, False, "Measure the quality of RTP itself."),
)

_OWN_RTCP = without_effect(
    "rtpng passes on the RTCP of the peers and writes none",
    Option("rtcp-interval", Kind.INT, 5000, "Milliseconds between own RTCP packets."),
)

_RECORDING = without_effect(
    "recordings have what is received; the commands start, stop and pause recording control them",
    Option("record-egress", Kind.BOOL, False, "Record what is sent instead of what is received."),
    Option("record-both", Kind.BOOL, False, "Record both."),
    Option("vsc-start-rec", Kind.STRING, None, "DTMF code that starts recording."),
    Option("vsc-stop-rec", Kind.STRING, None, "DTMF code that stops recording."),
    Option("vsc-start-stop-rec", Kind.STRING, None, "DTMF code that starts or stops recording."),
    Option("vsc-pause-rec", Kind.STRING, None, "DTMF code that pauses recording."),
    Option("vsc-pause-resume-rec", Kind.STRING, None, "DTMF code that pauses or resumes recording."),
    Option("vsc-start-pause-resume-rec", Kind.STRING, None, "DTMF code that starts, pauses or resumes recording."),
)

_DTMF = without_effect(
    "rtpng recognises events (RFC 4733), which are no audio, and no codes",
    Option("dtmf-no-suppress", Kind.BOOL, False, "Keep audio while DTMF is sent."),
    Option("dtmf-digit-delay", Kind.INT, 2500, "Milliseconds between the digits of a code."),
)

_PLAYBACK = without_effect(
    "rtpng plays no media",
    Option("mysql-host", Kind.STRING, None, "MySQL server with media.", None, "HOST"),
    Option("mysql-port", Kind.INT, None, "Port of the MySQL server."),
    Option("mysql-user", Kind.STRING, None, "MySQL user."),
    Option("mysql-pass", Kind.STRING, None, "MySQL password."),
    Option("mysql-query", Kind.STRING, None, "Query that finds a medium."),
    Option("player-cache", Kind.BOOL, False, "Keep encoded media in memory."),
    Option("preload-media-files", Kind.LIST, (), "Files to load at the start.", None, "FILE"),
    Option("media-files-reload", Kind.INT, None, "Seconds between reloads of files."),
    Option("media-files-expire", Kind.INT, None, "Seconds until an unused file is dropped."),
    Option("expiry-timer", Kind.INT, None, "Seconds between looks for unused media."),
    Option("preload-db-media", Kind.LIST, (), "Media to load from the database.", None, "INT"),
    Option("db-media-reload", Kind.INT, None, "Seconds between reloads from the database."),
    Option("db-media-expire", Kind.INT, None, "Seconds until an unused medium is dropped."),
    Option("db-media-cache", Kind.PATH, None, "Folder for media of the database."),
    Option("preload-db-cache", Kind.LIST, (), "Media to copy into that folder.", None, "INT"),
    Option("db-cache-reload", Kind.INT, None, "Seconds between reloads of that folder."),
    Option("db-cache-expire", Kind.INT, None, "Seconds until an unused copy is dropped."),
    Option("audio-player", Kind.STRING, None, "When one player makes all audio.", None, "on-demand|...|always"),
    Option("audio-buffer-length", Kind.INT, 500, "Milliseconds of audio in a player."),
    Option("audio-buffer-delay", Kind.INT, 5, "Milliseconds before a player starts."),
    Option("moh-max-duration", Kind.INT, 1800000, "Milliseconds of music on hold."),
    Option("moh-max-repeats", Kind.INT, 999, "Repeats of music on hold."),
    Option("moh-attr-name", Kind.STRING, None, "SDP attribute of music on hold."),
    Option("moh-prevent-double-hold", Kind.BOOL, False, "No music when both sides hold."),
)

_CODECS = without_effect(
    "rtpng passes codecs through and transcodes none",
    Option("jitter-buffer", Kind.INT, 0, "Packets in the jitter buffer."),
    Option("jb-clock-drift", Kind.BOOL, False, "Follow the sender's clock."),
    Option("jb-adaptive", Kind.BOOL, False, "Let the jitter buffer adapt."),
    Option("jb-adaptive-min", Kind.INT, None, "Shortest adaptive buffer in milliseconds."),
    Option("jb-adaptive-max", Kind.INT, None, "Longest adaptive buffer in milliseconds."),
    Option("dtx-delay", Kind.INT, 0, "Milliseconds of silence until a gap is filled."),
    Option("max-dtx", Kind.INT, 30, "Seconds that a gap is filled."),
    Option("dtx-buffer", Kind.INT, 10, "Packets in the buffer of gaps."),
    Option("dtx-lag", Kind.INT, 100, "Milliseconds in the buffer of gaps."),
    Option("dtx-shift", Kind.INT, 5, "Milliseconds that the buffer of gaps moves."),
    Option("dtx-cn-params", Kind.LIST, (), "Comfort noise in gaps.", None, "INT ..."),
    Option("amr-dtx", Kind.STRING, None, "How gaps of AMR are filled.", None, "native|CN"),
    Option("evs-dtx", Kind.STRING, None, "How gaps of EVS are filled.", None, "native|CN"),
    Option("evs-lib-path", Kind.PATH, None, "Library of EVS."),
    Option("silence-detect", Kind.FLOAT, None, "Level below which audio is silence, in percent."),
    Option("cn-payload", Kind.LIST, ("32",), "Comfort noise in place of silence.", None, "INT ..."),
    Option("transcode-config", Kind.STRING, None, "Sections of the file with rules of transcoding."),
    Option("codec-chain-lib-path", Kind.PATH, None, "Library of codec chains."),
    Option("codec-chain-runners", Kind.INT, None, "Runners of a codec chain."),
    Option("codec-chain-concurrency", Kind.INT, None, "Jobs of a runner."),
    Option("codec-chain-async", Kind.INT, None, "Threads of a codec chain."),
    Option("codec-chain-opus-application", Kind.STRING, None, "Kind of Opus.", None, "default|VoIP|audio|low-delay"),
    Option("codec-chain-opus-complexity", Kind.INT, None, "Effort of Opus, 0 to 10."),
)

MEDIA = (*_SECRETS, *_SDP, *_QUALITY, *_OWN_RTCP, *_RECORDING, *_DTMF, *_PLAYBACK, *_CODECS)
