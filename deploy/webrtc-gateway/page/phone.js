// The agent's phone: one registration, one call at a time. Dispatches "change" whenever `state` has changed.

import {Trickle} from "./trickle.js";
import {Turn} from "./turn.js";
import {quality} from "./quality.js";

const RECONNECT = {connection_recovery_min_interval: 1, connection_recovery_max_interval: 15}; // seconds
const LOOK = 500; // ms between looks at the quality
const MEDIA = {audio: true, video: false};
const BUSY = 486;

const IDLE = {call: "none", direction: null, peer: "", muted: false, heldThere: false, quality: null};

export class Phone extends EventTarget {
  constructor(settings, loudspeaker) {
    super();
    this.settings = settings;
    this.loudspeaker = loudspeaker;
    this.agent = null;
    this.session = null;
    this.state = {connection: "offline", registered: false, user: "", error: "", ...IDLE};
  }

  // Resolves when the registrar has accepted; rejects with the reason.
  async register(user, password) {
    if (this.agent) this.stop();
    const socket = new JsSIP.WebSocketInterface(this.settings.socket);
    const uri = `sip:${user}@${this.settings.domain}`;
    this.turn = new Turn(user, password);
    this.agent = new JsSIP.UA({sockets: [socket], uri, password, session_timers: false, ...RECONNECT});
    this.change({connection: "connecting", user, error: ""});
    this.watch(this.agent);
    const agent = this.agent;
    try {
      await this.registration(agent);
    } catch (error) {
      if (this.agent === agent) this.stop();
      throw this.failed(error.message);
    }
    return true;
  }

  async unregister() {
    const agent = this.agent;
    if (!agent) return true;
    this.session?.terminate();
    if (agent.isRegistered()) {
      const left = new Promise(resolve => agent.once("unregistered", resolve));
      agent.unregister();
      await left;
    }
    this.stop();
    return true;
  }

  // Resolves when the other side rings or answers; rejects if neither happens.
  async call(number) {
    if (!this.state.registered) throw this.failed("Sign in before you place a call.");
    if (this.state.call !== "none") throw this.failed("End the present call first.");
    this.change({...IDLE, call: "calling", direction: "outgoing", peer: number, error: ""});
    try {
      const options = await this.options();
      const session = this.agent.call(`sip:${number}@${this.settings.domain}`, options);
      await this.reached(session);
    } catch (error) {
      if (!this.session) this.change(IDLE);
      throw this.failed(error.message);
    }
    return true;
  }

  async answer() {
    if (this.state.call !== "ringing") throw this.failed("There is no call to answer.");
    const session = this.session;
    session.answer(await this.options());
    await this.answered(session);
    return true;
  }

  async hangUp() {
    if (!this.session) throw this.failed("There is no call to end.");
    this.session.terminate();
    return true;
  }

  // The other side hears nothing (and usually music) until `on` is false.
  async hold(on = true) {
    const session = this.talking();
    if (session.isOnHold().local === on) return true;
    await new Promise((done, refused) => {
      session.once("ended", () => refused(this.failed("The call ended meanwhile.")));
      const begun = session[on ? "hold" : "unhold"]({}, done);
      if (!begun) refused(this.failed("The call is changing already: try again."));
    });
    this.change({call: on ? "held" : "talking"});
    return true;
  }

  async mute(on = true) {
    this.talking()[on ? "mute" : "unmute"]({audio: true});
    return true;
  }

  talking() {
    if (!this.session?.isEstablished()) throw this.failed("There is no established call.");
    return this.session;
  }

  async options() {
    const iceServers = await this.turn.iceServers();
    const iceTransportPolicy = this.settings.relayOnly ? "relay" : "all";
    return {mediaConstraints: MEDIA, pcConfig: {iceServers, iceTransportPolicy}};
  }

  watch(agent) {
    agent.on("connected", () => this.change({connection: "online"}));
    agent.on("disconnected", () => this.change({connection: "connecting", registered: false}));
    agent.on("registered", () => this.change({connection: "online", registered: true, error: ""}));
    agent.on("unregistered", () => this.change({registered: false}));
    agent.on("registrationFailed", event => this.change({registered: false, error: refusal(event)}));
    agent.on("newRTCSession", ({session}) => this.take(session));
  }

  registration(agent) {
    return new Promise((resolve, reject) => {
      this.giveUp = () => reject(new Error("Another sign-in or a sign-out came in between."));
      agent.once("registered", resolve);
      agent.once("registrationFailed", event => reject(new Error(refusal(event))));
      agent.once("disconnected", () => reject(new Error(`The gateway does not answer at ${this.settings.socket}.`)));
      agent.start();
    });
  }

  take(session) {
    const incoming = session.direction === "incoming";
    if (this.session) {
      session.terminate({status_code: BUSY});
      return;
    }
    this.session = session;
    this.observe(session);
    if (!incoming) return;
    const {user, host} = session.remote_identity.uri;
    this.change({...IDLE, call: "ringing", direction: "incoming", peer: user ?? host, error: ""});
    if (this.settings.autoAnswer) this.answer().catch(() => {}); // the reason stands in the state
  }

  observe(session) {
    const trickle = this.settings.trickle ? new Trickle(session) : null;
    const follow = connection => {
      trickle?.follow(connection);
      connection.addEventListener("track", ({track}) => this.play(track));
    };
    session.on("peerconnection", ({peerconnection}) => follow(peerconnection));
    if (session.connection) follow(session.connection);
    session.on("confirmed", () => this.begin(session));
    // Our own are told by JsSIP before the other side has agreed: `hold` waits for that.
    session.on("hold", ({originator}) => originator === "remote" && this.change({heldThere: true}));
    session.on("unhold", ({originator}) => originator === "remote" && this.change({heldThere: false}));
    session.on("muted", () => this.change({muted: true}));
    session.on("unmuted", () => this.change({muted: false}));
    session.on("ended", () => this.end(""));
    session.on("failed", event => this.end(reason(event)));
  }

  begin(session) {
    this.change({call: "talking"});
    this.looking = setInterval(() => this.look(session), LOOK);
  }

  end(error) {
    clearInterval(this.looking);
    this.session = null;
    this.loudspeaker.srcObject = null;
    this.change({...IDLE, error});
  }

  async look(session) {
    const seen = await quality(session.connection);
    if (session === this.session) this.change({quality: seen});
  }

  play(track) {
    this.loudspeaker.srcObject = new MediaStream([track]);
    this.loudspeaker.play().catch(() => this.failed("The browser plays no sound until you press a button of this page."));
  }

  // JsSIP says "accepted" or "failed" once; what the call came to is told by "failed" in `observe`, too.
  reached(session) {
    return new Promise((resolve, reject) => {
      session.on("progress", resolve);
      session.on("accepted", resolve);
      session.on("failed", event => reject(new Error(reason(event))));
    });
  }

  answered(session) {
    return new Promise((resolve, reject) => {
      session.on("confirmed", resolve);
      session.on("failed", event => reject(new Error(reason(event))));
    });
  }

  stop() {
    const agent = this.agent;
    this.agent = null;
    agent.removeAllListeners();
    agent.stop();
    this.giveUp();
    this.change({connection: "offline", registered: false, user: ""});
  }

  failed(message) {
    this.change({error: message});
    return new Error(message || "The call was given up.");
  }

  change(difference) {
    Object.assign(this.state, difference);
    this.dispatchEvent(new Event("change"));
  }
}

function refusal({response, cause}) {
  if (response?.status_code === 401 || response?.status_code === 403) return "Extension or password is wrong.";
  return response ? `The registrar refuses: ${response.status_code} ${response.reason_phrase}.` : `Not registered: ${cause}.`;
}

const REASONS = {
  "User Denied Media Access": "The browser gives no microphone: allow it for this page.",
  "Not Found": "There is no such number.",
  "Busy": "The other side is busy.",
  "Rejected": "The other side has rejected the call.",
  "Unavailable": "The other side is not available.",
  "Canceled": "The caller has given up.",
  "No Answer": "There was no answer.",
  "Connection Error": "The connection to the gateway was lost.",
};

// Empty if the agent ended it.
function reason({originator, cause}) {
  if (originator === "local" && ["Canceled", "Rejected"].includes(cause)) return "";
  return REASONS[cause] ?? `The call failed: ${cause}.`;
}
