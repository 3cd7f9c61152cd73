// A browser's phone on JsSIP: speaks a steady tone, listens for one, and tells what it sees. Tests call its methods.
"use strict";

const TONE = 1000; // Hz, what it says

class Softphone {
  constructor() {
    this.audio = new AudioContext();
    this.events = [];
    this.heard = () => {}; // called for every new event
    this.session = null;
    this.trickle = false; // candidates leave by INFO, not in the SDP
    this.candidates = [];
    this.paths = {iceServers: []};
    this.forged = false; // the SDP names a certificate that is not the browser's
  }

  // Raises the cause if the password is refused.
  async register(user, password) {
    const socket = new JsSIP.WebSocketInterface(`wss://${location.host}/ws`);
    const uri = `sip:${user}@${location.hostname}`;
    this.agent = new JsSIP.UA({sockets: [socket], uri, password, session_timers: false});
    this.agent.on("newRTCSession", event => this.take(event.session));
    const done = new Promise((resolve, reject) => {
      this.agent.on("registered", resolve);
      this.agent.on("registrationFailed", event => reject(new Error(event.cause)));
    });
    this.agent.start();
    try {
      await done;
    } catch (error) {
      this.agent.stop();
      throw error;
    }
    return true;
  }

  // From here on media goes over TURN only.
  async relayOnly(user, password) {
    const headers = {Authorization: `Basic ${btoa(`${user}:${password}`)}`};
    const answer = await fetch("/turn", {headers});
    if (!answer.ok) throw new Error(`no credentials: ${answer.status}`);
    this.paths = {iceServers: (await answer.json()).iceServers, iceTransportPolicy: "relay"};
    return true;
  }

  async call(user) {
    this.session = this.agent.call(`sip:${user}@${location.hostname}`, this.options());
    await this.until("confirmed");
    return true;
  }

  async answer() {
    await this.until("invited");
    this.session.answer(this.options());
    await this.until("confirmed");
    return true;
  }

  async hold() {
    await new Promise(done => this.session.hold({}, done));
    return true;
  }

  async resume() {
    await new Promise(done => this.session.unhold({}, done));
    return true;
  }

  async restart() {
    const before = this.ufrag();
    await new Promise(done => this.session.renegotiate({rtcOfferConstraints: {iceRestart: true}}, done));
    return before !== this.ufrag();
  }

  hangUp() {
    this.session.terminate();
    return true;
  }

  async ended() {
    await this.until("ended");
    return true;
  }

  options() {
    return {mediaStream: this.voice(), pcConfig: this.paths};
  }

  voice() {
    const source = this.audio.createOscillator();
    const voice = this.audio.createMediaStreamDestination();
    source.frequency.value = TONE;
    source.connect(voice);
    source.start();
    return voice.stream;
  }

  take(session) {
    this.session = session;
    session.on("sdp", event => this.withhold(event));
    session.on("icecandidate", event => this.gather(event));
    session.on("peerconnection", event => this.listen(event.peerconnection));
    if (session.connection) this.listen(session.connection);
    for (const name of ["confirmed", "ended", "failed"]) {
      session.on(name, event => this.note(name, event.cause));
    }
    session.on("confirmed", () => this.tell());
    this.note(session.direction === "incoming" ? "invited" : "calling");
  }

  withhold(event) {
    if (this.forged && event.originator === "local") {
      event.sdp = event.sdp.replace(/(a=fingerprint:sha-256 )(..)/g, (_, name, byte) => name + (byte === "00" ? "FF" : "00"));
    }
    if (this.trickle && event.originator === "local") {
      event.sdp = event.sdp.replace(/a=candidate:.*\r\n/g, "").replace(/a=end-of-candidates\r\n/g, "");
    }
  }

  gather(event) {
    if (this.paths.iceTransportPolicy) event.ready(); // the first one that is relayed is enough
    if (!this.trickle) return;
    this.candidates.push(event.candidate);
    event.ready();
  }

  tell() {
    for (const candidate of this.candidates.splice(0)) this.fragment(candidate.candidate);
  }

  fragment(candidate) {
    const local = this.session.connection.localDescription.sdp;
    const line = name => local.match(new RegExp(`a=${name}:.*`))[0];
    const body = [line("ice-ufrag"), line("ice-pwd"), "m=audio 9 RTP/AVP 0", line("mid"), `a=${candidate}`, ""];
    this.session.sendInfo("application/trickle-ice-sdpfrag", body.join("\r\n"));
  }

  listen(connection) {
    connection.addEventListener("track", event => {
      const stream = new MediaStream([event.track]);
      const loudspeaker = new Audio(); // without it, no audio leaves the track
      loudspeaker.srcObject = stream;
      loudspeaker.muted = true;
      loudspeaker.play();
      this.ear = this.audio.createAnalyser();
      this.ear.fftSize = 8192;
      this.audio.createMediaStreamSource(stream).connect(this.ear);
    });
  }

  // What is heard now: the loudest frequency in Hz, 0 for silence.
  pitch() {
    const levels = new Float32Array(this.ear.frequencyBinCount);
    this.ear.getFloatFrequencyData(levels);
    const loudest = levels.indexOf(Math.max(...levels));
    return levels[loudest] > -60 ? (loudest * this.audio.sampleRate) / this.ear.fftSize : 0;
  }

  async state() {
    const connection = this.session.connection;
    const seen = {connection: connection.connectionState, received: 0, lost: 0, sent: 0, pitch: this.pitch()};
    for (const row of (await connection.getStats()).values()) {
      if (row.type === "inbound-rtp") Object.assign(seen, {received: row.packetsReceived, lost: row.packetsLost});
      if (row.type === "outbound-rtp") seen.sent = row.packetsSent;
      if (row.type === "local-candidate" && row.candidateType === "relay") seen.relayed = true;
      if (row.type === "transport") Object.assign(seen, {role: row.dtlsRole, srtp: row.srtpCipher});
    }
    return seen;
  }

  ufrag() {
    return this.session.connection.localDescription.sdp.match(/a=ice-ufrag:(\S+)/)[1];
  }

  note(name, cause) {
    this.events.push({name, cause});
    this.heard();
  }

  async until(name) {
    while (!this.events.some(event => event.name === name)) {
      const failed = this.events.find(event => event.name === "failed");
      if (failed) throw new Error(`the call failed: ${failed.cause}`);
      await new Promise(resolve => (this.heard = resolve));
    }
  }
}

const phone = new Softphone();
