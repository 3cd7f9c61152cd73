// Puts the page together. `window.gateway` is what the workstation bridge and the browser's console drive.

import {Phone} from "./phone.js";
import {served, settings} from "./settings.js";
import {connect} from "./view.js";

async function begin() {
  const phone = new Phone(settings(location, await served()), document.getElementById("loudspeaker"));
  connect(phone);
  window.gateway = {
    register: (user, password) => phone.register(user, password),
    unregister: () => phone.unregister(),
    call: number => phone.call(number),
    answer: () => phone.answer(),
    hangUp: () => phone.hangUp(),
    hold: on => phone.hold(on),
    mute: on => phone.mute(on),
    autoAnswer: on => (phone.settings.autoAnswer = document.getElementById("auto-answer").checked = on),
    state: () => structuredClone(phone.state),
  };
}

begin().catch(error => {
  const shown = document.getElementById("error");
  shown.textContent = `The page cannot start: ${error.message}`;
  shown.hidden = false;
});
