// Half trickle (RFC 8838, RFC 8840): the SDP leaves with the first candidate, the others follow by INFO.

const TYPE = "application/trickle-ice-sdpfrag";

export class Trickle {
  constructor(session) {
    this.session = session;
    this.sent = ""; // the SDP that left last
    this.waiting = []; // candidates for which there is no dialogue yet
    session.on("icecandidate", event => event.ready());
    session.on("sdp", event => {
      if (event.originator === "local") this.sent = event.sdp;
    });
    session.on("confirmed", () => this.send());
  }

  // JsSIP listens no longer once the SDP has left, so the connection itself is asked.
  follow(connection) {
    connection.addEventListener("icecandidate", ({candidate}) => {
      if (!candidate?.candidate) return;
      this.waiting.push(candidate.candidate);
      if (this.session.isEstablished()) this.send();
    });
  }

  send() {
    const late = this.waiting.splice(0).filter(candidate => !this.sent.includes(candidate));
    if (late.length) this.session.sendInfo(TYPE, fragment(this.session.connection.localDescription.sdp, late));
  }
}

function fragment(local, candidates) {
  const line = name => local.match(new RegExp(`a=${name}:.*`))[0];
  const section = ["m=audio 9 RTP/AVP 0", line("mid"), ...candidates.map(candidate => `a=${candidate}`), ""];
  return [line("ice-ufrag"), line("ice-pwd"), ...section].join("\r\n");
}
