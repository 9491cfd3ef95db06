// The page: shows what the simulator tells, and works it through the JSON API that tests use.

import { watch, Webcam } from "./camera.js";
import { Door } from "./door.js";

const $ = (id) => document.getElementById(id);
const door = new Door($("door"));
const webcam = new Webcam();
const SHOWN_S = { live: 25, print: 8, screen: 8, "as-is": 8 }; // a person has time to turn their head
const ROWS = 120, MINE_MS = 25000, VERDICT_MS = 6000;
let state = null, portal = "front", samples = null, verdict = null, touched = -MINE_MS, walking = false;

// --- the API ---------------------------------------------------------------------------------

async function call(method, path, body, headers = {}) {
  const answer = await fetch(path, { method, body, headers }).catch(() => null);
  if (!answer) throw new Error("The simulator does not answer; is it still running?");
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(content.error || `It answered ${answer.status}.`);
  return content;
}

const post = (path, content) =>
  call("POST", path, JSON.stringify(content), { "Content-Type": "application/json" });

let toastTimer = 0;
function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => ($("toast").hidden = true), 5000);
}

// A click: this page's doing, so this page may also walk through the door it opens.
function on(id, work) {
  const element = typeof id === "string" ? $(id) : id;
  element.addEventListener("click", async () => {
    touched = performance.now();
    try { await work(element); } catch (fault) { toast(fault.message); }
  });
}

// --- what it shows ---------------------------------------------------------------------------

function chip(id, good, text) {
  $(id).className = `chip ${good ? "good" : "bad"}`;
  $(id).textContent = text;
}

function pressed(id, on, text) {
  $(id).setAttribute("aria-pressed", String(on));
  $(id).textContent = text;
}

function showState(next) {
  const before = state?.portals[portal];
  state = next;
  showDoors(Object.keys(state.portals));
  const here = state.portals[portal], up = here.lock !== null;
  const { appliance, coprocessor, broker } = state;
  chip("chip-appliance", up, up ? "Appliance" : "Appliance: away");
  chip("chip-coprocessor", coprocessor.linked,
    coprocessor.linked ? "Co-processor" : coprocessor.powered ? "Co-processor: no link" : "Co-processor: no power");
  chip("chip-broker", broker.connected,
    broker.connected ? "Broker" : !up ? "Broker: unknown" : !broker.present ? "No broker" : broker.cable ? "Broker: away" : "Broker: cable out");
  $("mode").hidden = !up || (here.mode === "normal" && !here.fire);
  $("mode").textContent = here.fire ? "fire: free to all" : here.mode ?? "";
  const open = here.inputs.contact, alarmed = ["forced", "held"].includes(here.leaf) || here.fire;
  door.show({
    released: here.strike_released, open, alarmed, rex: here.inputs.rex,
    led: here.feedback?.led,
    words: `The strike is ${here.strike_released ? "released" : "secured"}, the door is ${open ? "open" : "shut"}.`,
  });
  $("led").className = `led ${here.feedback?.led ?? ""}`;
  $("led").setAttribute("aria-label", `Reader LED: ${here.feedback?.led ?? "off"}`);
  $("display").textContent = here.feedback?.text || (up ? "\u00a0" : "…");
  $("leaf").textContent = open ? "Shut the door" : here.strike_released ? "Push the door open" : "Force the door open";
  pressed("tamper", here.inputs.tamper, here.inputs.tamper ? "Housing is open" : "Open the housing");
  pressed("fire", here.inputs.fire, here.inputs.fire ? "Fire panel calls" : "Fire panel");
  pressed("network", broker.present && !broker.cable, broker.cable || !broker.present ? "Pull network cable" : "Cable is out");
  $("network").disabled = !broker.present;
  pressed("coprocessor", !coprocessor.powered, coprocessor.powered ? "Cut co-processor" : "Co-processor is off");
  showTimes(coprocessor);
  const notes = coprocessor.linked ? health(coprocessor) : [];
  $("calibration").hidden = !notes.length;
  $("calibration").textContent = notes.join(" ");
  const { entries, head } = state.journal;
  $("journal-head").textContent = head ? `${entries} entries · ${head.slice(0, 8)}…` : "";
  $("no-broker").hidden = broker.present;
  $("waiting").textContent = broker.waiting ? `${broker.waiting} waiting` : "";
  $("turns").hidden = !state.camera.turns;
  $("scene").textContent = SCENE_WORDS[state.camera.scene] ?? "An empty hallway";
  showVerdict(appliance, here);
  if (before && !before.strike_released && here.strike_released) walkThrough(here);
}

// One door needs no choice; of two, the page works the one that is chosen.
function showDoors(names) {
  if (!names.includes(portal)) portal = names[0];
  $("doors").hidden = names.length < 2;
  if ($("doors").children.length === names.length) return;
  $("doors").replaceChildren(...names.map((name) => new Option(name, name, false, name === portal)));
}

const SCENE_WORDS = {
  live: "A person, live", print: "A printed picture, held up", screen: "A phone, held up",
  "as-is": "A picture as it is", webcam: "Your webcam",
};

// As messages.Calibration has it; "site" needs no words.
const CALIBRATION_WORDS = {
  none: "Attack score: not calibrated to this site; see commissioning.",
  void: "Attack score: its calibration is void, the camera is not the one it was made with; see commissioning.",
};

function health({ calibration, fallback, backend, drift_e3, drift_of, model }) {
  const notes = [
    model && (model === "trial" ? "Models: on trial; no face is asked for yet." : `Models: refused (${model}); no face is asked for.`),
    CALIBRATION_WORDS[calibration],
    fallback && `Models: they run on ${backend}, which is not what was asked for.`,
    drift_e3 >= 250 && `Drift: ${drift_of} is not what it was, index ${(drift_e3 / 1000).toFixed(2)}.`,
  ];
  return notes.filter(Boolean);
}

function showTimes({ last_ms, p50_ms, p99_ms, linked }) {
  const known = p50_ms !== null, place = (ms) => Math.min(399, (ms / 48) * 400).toFixed(1);
  $("time-now").textContent = known ? `${(last_ms ?? p50_ms).toFixed(1)} ms` : "";
  $("time-rest").textContent = known
    ? `half below ${p50_ms.toFixed(1)}, 99 % below ${p99_ms.toFixed(1)}`
    : linked ? "not measured yet" : "no co-processor";
  $("gauge-bar").setAttribute("width", known ? place(p50_ms) : 0);
  $("gauge-p99").setAttribute("d", known ? `M${place(p99_ms)} 10v16` : "");
  $("gauge").classList.toggle("slow", known && p50_ms > 30);
  $("gauge").classList.toggle("late", known && p99_ms > 30);
}

// The last decision for a while, then how the door is. Never a decision that was not made.
function showVerdict(appliance, here) {
  let head, text, tone = "";
  const strike = here.strike_released ? "The strike is released" : "The strike is secured";
  if (here.lock === null) {
    [head, text] = ["The appliance is away", `${strike}: its relay has no power. ${appliance.said}`];
    tone = appliance.restarts ? "alarm" : "";
    if (!appliance.restarts) head = "Starting";
  } else if (here.leaf === "forced") {
    [head, text, tone] = ["Forced open", "Nothing had released this door.", "alarm"];
  } else if (verdict && performance.now() < verdict.until) {
    ({ head, text, tone } = verdict);
  } else if (here.feedback?.led === "amber") {
    [head, text] = [here.feedback.text, `${strike}; an attempt waits for this.`];
  } else if (here.fire) {
    [head, text, tone] = ["Fire: free to leave", `${strike}.`, "alarm"];
  } else if (here.leaf === "held") {
    [head, text, tone] = ["Held open", "The door has stood open too long.", "alarm"];
  } else {
    head = here.strike_released ? "Released" : here.inputs.contact ? "Open" : "Secured";
    tone = here.strike_released ? "good" : "";
    text = `${strike}, the door is ${here.inputs.contact ? "open" : "shut"}. ${sampleWords()}`;
  }
  $("verdict").className = `verdict ${tone}`;
  if ($("verdict-head").textContent !== head) $("verdict-head").textContent = head;
  if ($("verdict-text").textContent !== text) $("verdict-text").textContent = text;
}

function sampleWords() {
  const { sample, coprocessor } = state;
  if (!state.appliance.vault_open) return "";
  if (sample.said) return `${sample.name}: ${sample.said}`;
  if (sample.enrolled) return "";
  return coprocessor.linked ? `${sample.name} is being enrolled.` : "Waiting for the co-processor.";
}

function decided(entry) {
  if (!["granted", "denied", "exit"].includes(entry.kind) || entry.portal !== portal) return;
  const [head, ...rest] = entry.words.split(": ");
  const text = rest.join(": ");
  const tone = entry.tone;
  verdict = { head, text: text.charAt(0).toUpperCase() + text.slice(1) + ".", tone, until: performance.now() + VERDICT_MS };
  if (entry.kind === "exit") verdict.head = "Exit";
  if (entry.kind === "exit") verdict.text = "Somebody inside asked to leave. The strike is released.";
  refresh();
  setTimeout(refresh, VERDICT_MS + 50);
}

const refresh = () => state && showVerdict(state.appliance, state.portals[portal]);

function row(list, tone, when, text, more) {
  const item = document.createElement("li");
  item.className = tone;
  const time = document.createElement("time");
  time.textContent = when.toLocaleTimeString([], { hour12: false });
  time.dateTime = when.toISOString();
  const said = document.createElement("span");
  said.textContent = text;
  item.append(time, said);
  if (more) item.append(more);
  list.querySelector(".empty")?.remove();
  list.prepend(item);
  while (list.children.length > ROWS) list.lastChild.remove();
}

let lastEntry = 0, lastAlert = 0, began = Date.now();
function showEntry(entry) {
  if (entry.sequence <= lastEntry) return;
  lastEntry = entry.sequence;
  const several = Object.keys(state?.portals ?? {}).includes(entry.portal) && !$("doors").hidden;
  row($("journal"), entry.tone, new Date(entry.time), several ? `${entry.portal}: ${entry.words}` : entry.words);
  if (Date.parse(entry.time) > began - 2000) decided(entry);
}

const AVAILABILITY = { online: "The terminal is online", stopped: "The terminal was stopped", offline: "The terminal is offline (its last will)" };

function showAlert(message) {
  if (message.number <= lastAlert) return;
  lastAlert = message.number;
  const payload = message.payload;
  const severity = payload?.severity ?? "";
  const tone = severity === "critical" && payload.state !== "cleared" ? "alarm" : severity === "warning" ? "refused" : "";
  const text = message.words || `${AVAILABILITY[payload] ?? JSON.stringify(payload)}.`;
  const published = document.createElement("details");
  const summary = Object.assign(document.createElement("summary"), { textContent: payload?.kind ?? "retained state" });
  const whole = `${message.topic}\n${JSON.stringify(payload)}`;
  published.append(summary, Object.assign(document.createElement("code"), { textContent: whole }));
  row($("alerts"), tone, new Date(payload?.time ?? message.arrived_ms), text, published);
}

function listen() {
  const source = new EventSource("/api/events");
  const take = (kind, show) => source.addEventListener(kind, (event) => show(JSON.parse(event.data)));
  take("state", showState);
  take("journal", showEntry);
  take("alert", showAlert);
  source.onerror = () => {
    for (const id of ["chip-appliance", "chip-coprocessor", "chip-broker"]) $(id).className = "chip bad";
    $("verdict-head").textContent = "The simulator is away";
    $("verdict-text").textContent = "Start it again with `make run`; this page connects by itself.";
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
    lastAlert = 0; // a new simulator counts from one again
    $("alerts").replaceChildren();
  };
}

// --- what it does ----------------------------------------------------------------------------

const input = (name, asserted, at = portal) => post("/api/input", { name, portal: at, asserted });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function walkThrough(here) {
  const mine = performance.now() - touched < MINE_MS;
  if (!$("walk").checked || !mine || walking || here.fire || here.inputs.contact) return;
  walking = true;
  const at = portal; // another one may be chosen meanwhile
  try {
    await pause(900);
    if (state.portals[at].strike_released) {
      await input("contact", true, at);
      if (!webcam.sending) await call("DELETE", "/api/camera"); // whoever stood there is inside
      await pause(2600);
      await input("contact", false, at);
    }
  } catch (fault) { toast(fault.message); }
  walking = false;
}

async function show(body, type, scene, seconds) {
  stopWebcam();
  const query = new URLSearchParams({ scene, ...(seconds && { seconds }) });
  await call("POST", `/api/camera?${query}`, body, { "Content-Type": type });
}

function stopWebcam() {
  webcam.close();
  $("webcam").setAttribute("aria-pressed", "false");
}

for (const key of "123456789*0#") {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: key });
  button.setAttribute("aria-label", { "*": "star, start again", "#": "hash, done" }[key] ?? key);
  $("keypad").append(button);
  on(button, () => post("/api/keys", { portal, keys: key }));
}

on("leaf", () => input("contact", !state.portals[portal].inputs.contact));
on("rex", async () => {
  const at = portal;
  await input("rex", true, at);
  await pause(400);
  await input("rex", false, at);
});
for (const name of ["tamper", "fire"]) on(name, () => input(name, !state.portals[portal].inputs[name]));
$("doors").addEventListener("change", () => {
  portal = $("doors").value;
  verdict = null;
  showState(state);
});
on("network", () => post("/api/power", { name: "network", on: !state.broker.cable }));
on("coprocessor", () => post("/api/power", { name: "coprocessor", on: !state.coprocessor.powered }));

for (const button of document.querySelectorAll("[data-sample]")) {
  on(button, async () => {
    const name = button.dataset.sample;
    if (!samples.samples.some((sample) => sample.name === name)) {
      $("upload").click();
      toast("No second person's picture ships with what is installed here: choose one of your own.");
      return;
    }
    const picture = await (await fetch(`/api/samples/${name}`)).blob();
    await show(picture, picture.type, button.dataset.scene, SHOWN_S[button.dataset.scene]);
  });
}
for (const button of document.querySelectorAll("[data-side]")) {
  on(button, () => post("/api/camera/turn", { side: button.dataset.side }));
}
on("nobody", async () => {
  stopWebcam();
  await call("DELETE", "/api/camera");
});
on("webcam", async (button) => {
  if (webcam.sending) {
    stopWebcam();
    return call("DELETE", "/api/camera");
  }
  await openWebcam();
  button.setAttribute("aria-pressed", "true");
  webcam.send();
  return null;
});
$("upload").addEventListener("change", async () => {
  const [file] = $("upload").files;
  if (!file) return;
  touched = performance.now();
  const video = file.type.startsWith("video/");
  try {
    await show(file, file.type, video ? "as-is" : $("upload-scene").value, video ? 0 : SHOWN_S[$("upload-scene").value]);
  } catch (fault) { toast(fault.message); }
  $("upload").value = "";
});

async function openWebcam() {
  try {
    await webcam.open();
  } catch {
    throw new Error("The browser gives no webcam: allow it for this page, or choose a picture.");
  }
}

// --- cards and enrolment ---------------------------------------------------------------------

const mine = () => JSON.parse(localStorage.getItem("cards") ?? "[]");

function showCards() {
  const { name, format, facility, number } = samples.holder;
  const unknown = { name: "Unknown", format, facility: 99, number: 404, unknown: true };
  const cards = [{ name: `${name}'s card`, format, facility, number }, ...mine(), unknown];
  $("cards").replaceChildren(...cards.map((card) => {
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.className = card.unknown ? "card unknown" : "card";
    const title = Object.assign(document.createElement("strong"), { textContent: card.name });
    const small = Object.assign(document.createElement("small"), { textContent: `${card.facility} : ${card.number}` });
    button.append(title, small);
    on(button, () => post("/api/card", { portal, format: card.format, facility: card.facility, number: card.number }));
    const item = document.createElement("li");
    item.append(button);
    return item;
  }));
  $("pin-hint").textContent = `${name}'s PIN: ${samples.holder.pin} #`;
}

on("enrol-open", () => {
  $("enrol-said").textContent = "";
  $("enrol-form").elements.number.value = 10000 + Math.floor(Math.random() * 50000);
  $("enrol").showModal();
});
on("enrol-close", () => $("enrol").close());
$("enrol-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData($("enrol-form")), said = $("enrol-said");
  said.className = "said";
  said.textContent = "Looking at the face…";
  try {
    if ($("enrol-webcam").checked) {
      await openWebcam();
      await pause(700); // its exposure settles
      form.set("photo", await webcam.still(), "webcam.jpg");
      if (!webcam.sending) webcam.close();
    }
    if (!form.get("photo")?.size) throw new Error("photo: missing; choose a picture or tick the webcam");
    await call("POST", "/api/holders", form);
    const card = { name: `${form.get("name")}'s card`, format: "H10301", facility: Number(form.get("facility")), number: Number(form.get("number")) };
    localStorage.setItem("cards", JSON.stringify([...mine(), card].slice(-8)));
    showCards();
    said.className = "said good";
    said.textContent = `${form.get("name")} is enrolled; the card lies beside the reader.`;
  } catch (fault) {
    said.textContent = fault.message;
  }
});

// --- light and dark --------------------------------------------------------------------------

const dark = matchMedia("(prefers-color-scheme: dark)");
function paint() {
  const chosen = localStorage.getItem("theme") ?? (dark.matches ? "dark" : "light");
  document.documentElement.dataset.theme = chosen;
}
dark.addEventListener("change", paint);
on("theme", () => {
  localStorage.setItem("theme", document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  paint();
});

paint();
for (const id of ["journal", "alerts"]) {
  $(id).append(Object.assign(document.createElement("li"), { className: "empty", textContent: "Nothing yet." }));
}
samples = await call("GET", "/api/samples").catch(() => null);
if (samples) showCards();
listen();
watch($("picture"));
