// Shows the phone's state and gives its operations to buttons.

const WORDS = {
  none: () => "No call",
  calling: ({peer}) => `Calling ${peer}…`,
  ringing: ({peer}) => `Call from ${peer}`,
  talking: ({peer, heldThere, muted}) => `Talking with ${peer}${heldThere ? ", who holds the call" : ""}${muted ? ", microphone off" : ""}`,
  held: ({peer}) => `${peer} is on hold`,
};

const at = id => document.getElementById(id);

export function connect(phone) {
  const quietly = operation => operation.catch(() => {}); // the reason is in the state
  const press = (id, act) => at(id).addEventListener("click", () => quietly(act()));
  const submit = (id, act) =>
    at(id).addEventListener("submit", event => {
      event.preventDefault();
      quietly(act());
    });
  submit("sign-in", () => phone.register(at("user").value, at("password").value));
  submit("dial", () => phone.call(at("number").value));
  press("answer", () => phone.answer());
  press("hang-up", () => phone.hangUp());
  press("hold", () => phone.hold(phone.state.call !== "held"));
  press("mute", () => phone.mute(!phone.state.muted));
  press("sign-out", () => phone.unregister());
  at("auto-answer").addEventListener("change", event => (phone.settings.autoAnswer = event.target.checked));
  at("auto-answer").checked = phone.settings.autoAnswer;
  at("user").value = phone.settings.user;
  phone.addEventListener("change", () => show(phone.state));
  show(phone.state);
}

function show(state) {
  const signedIn = state.user !== "" && (state.registered || !at("phone").hidden);
  const busy = state.call !== "none";
  text("status", status(state));
  at("status").dataset.state = state.registered ? "online" : state.connection === "offline" ? "offline" : "connecting";
  text("error", state.error);
  hide("error", !state.error);
  hide("sign-in", signedIn);
  hide("phone", !signedIn);
  text("call", WORDS[state.call](state));
  hide("dial", busy);
  hide("calling", !busy);
  showCall(state);
  showQuality(state.quality);
  if (signedIn) at("password").value = "";
  document.title = busy ? `${WORDS[state.call](state)} – Agent phone` : "Agent phone";
}

function status({connection, registered, user}) {
  if (registered) return `${user}, ready`;
  return connection === "offline" ? "Signed out" : connection === "online" ? "Signing in…" : "Connecting…";
}

function showCall({call, muted}) {
  const established = call === "talking" || call === "held";
  hide("answer", call !== "ringing");
  hide("hold", !established);
  hide("mute", !established);
  at("hold").setAttribute("aria-pressed", String(call === "held"));
  at("mute").setAttribute("aria-pressed", String(muted));
  text("hang-up", call === "ringing" ? "Reject" : "Hang up");
}

function showQuality(seen) {
  hide("quality", seen === null);
  if (seen === null) return;
  at("said").value = loudness(seen.said);
  at("heard").value = loudness(seen.heard);
  text("round-trip", milliseconds(seen.roundTrip));
  text("jitter", milliseconds(seen.jitter));
  text("lost", `${(100 * share(seen.lost, seen.received)).toFixed(1)} %`);
  text("path", {host: "direct", srflx: "NAT", prflx: "NAT", relay: "TURN"}[seen.path] ?? "–");
}

// Levels are linear; ears are not. From -60 dB to 0.
const loudness = level => (level > 0.001 ? 1 + Math.log10(level) / 3 : 0);
const share = (lost, received) => Math.max(0, lost) / Math.max(1, lost + received);
const milliseconds = seconds => (seconds === null ? "–" : `${Math.round(1000 * seconds)} ms`);

// Written only if it differs: screen readers speak up for every change of a live region.
function text(id, words) {
  if (at(id).textContent !== words) at(id).textContent = words;
}

function hide(id, hidden) {
  if (at(id).hidden !== hidden) at(id).hidden = hidden;
}
