"use strict";
// What the page of a run answers. An entry is [number, column, subject, track, cause, is trouble, is a batch, words].

const ROWS_MAX = 400;
const PLAY_MS = 12000; // the whole run, however long it was
const byId = (id) => document.getElementById(id);
const run = JSON.parse(byId("run").textContent);
const entries = new Map(run.entries.map((entry) => [entry[0], entry]));
const names = new Map(run.names); // a name without its kind → who is called so
const HINT = entries.size ? "Click on a bar, a mark or a name, or look for one: what happened there stands here." : "";
const shapes = new Map(); // an entry's number → what is drawn for it
for (const shape of document.querySelectorAll("[data-n]")) {
  for (const number of shape.dataset.n.split(" ").filter(Boolean).map(Number)) {
    if (!shapes.has(number)) shapes.set(number, []);
    shapes.get(number).push(shape);
  }
}

// --- who is told of --------------------------------------------------------------------------------------------

const isPlace = (who) => run.entries.some((entry) => entry[3] === who && entry[2] !== who);

/** Return the entries about somebody, or at a place. */
const about = (who) => run.entries.filter((entry) => entry[2] === who || entry[3] === who);

/** Return what led to some entries and is not among them; a batch of several ends the chain. */
function causes(own) {
  const known = new Set(own.map((entry) => entry[0]));
  const found = [];
  for (const entry of own) {
    let next = entries.get(entry[4]);
    while (next && !known.has(next[0])) {
      known.add(next[0]);
      found.push(next);
      next = next[6] ? undefined : entries.get(next[4]);
    }
  }
  return found;
}

/** Show entries; of somebody who walks, what led to them and the way, too. */
function tell(title, own, hint, { led = [], isWalker = false } = {}) {
  const isCause = new Set(led.map((entry) => entry[0]));
  const all = [...own, ...led].sort((one, other) => one[0] - other[0]);
  byId("whose").textContent = title;
  byId("hint").textContent =
    all.length > ROWS_MAX ? `The first ${ROWS_MAX} of ${all.length} entries. ${hint}` : hint;
  byId("entries").replaceChildren(...all.slice(0, ROWS_MAX).map((entry) => row(entry, isCause.has(entry[0]))));
  for (const shape of document.querySelectorAll(".on")) shape.classList.remove("on");
  for (const entry of all) for (const shape of shapes.get(entry[0]) ?? []) shape.classList.add("on");
  document.body.classList.toggle("chosen", own.length > 0);
  document.querySelector(".on")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (own.length) reveal(run.xs[own[0][1]]);
  byId("way")?.setAttribute("points", isWalker ? points(all) : "");
}

/** Scroll the tracks to an instant, unless it is seen already. */
function reveal(x) {
  const scroll = byId("scroll");
  if (x < scroll.scrollLeft || x > scroll.scrollLeft + scroll.clientWidth - 40) scroll.scrollLeft = x - 80;
}

/** Return one line through the marks of entries, in order. */
function points(all) {
  const seen = [];
  for (const entry of all) {
    const mark = (shapes.get(entry[0]) ?? []).find((shape) => shape.tagName === "circle");
    if (mark) seen.push(`${mark.getAttribute("cx")},${mark.getAttribute("cy")}`);
  }
  return seen.join(" ");
}

function row(entry, isCause) {
  const [number, column, subject, , , isTrouble, , words] = entry;
  const line = document.createElement("tr");
  line.classList.toggle("trouble", Boolean(isTrouble));
  line.classList.toggle("cause", isCause);
  for (const text of [run.instants[column], number, words]) line.insertCell().textContent = text;
  if (subject) {
    const button = document.createElement("button");
    button.dataset.who = subject;
    button.textContent = subject;
    line.insertCell().append(button);
  }
  return line;
}

function choose(who) {
  history.replaceState(null, "", `#${encodeURIComponent(who)}`);
  const own = about(who);
  const isWalker = !isPlace(who);
  const led = isWalker ? causes(own) : [];
  const hint = own.length ? "" : "Nothing of it is in this part of the run.";
  tell(who, own, led.length ? "Indented: what led to it." : hint, { led, isWalker });
}

function find(asked) {
  const text = asked.trim();
  if (!text) return tell("", [], HINT);
  const who = about(text).length ? text : names.get(text);
  if (who) return choose(who);
  const wanted = text.toLowerCase();
  const told = run.entries.filter((entry) => entry[7].toLowerCase().includes(wanted));
  return tell(`“${text}”`, told, told.length ? "" : "No entry says so.");
}

// --- the clock -------------------------------------------------------------------------------------------------

const clock = byId("clock");
const last = run.instants.length - 1;
let playing = 0;

function turn(column) {
  const hand = byId("hand");
  if (!hand) return;
  byId("now").textContent = clock.ariaValueText = run.instants[column];
  for (const end of ["x1", "x2"]) hand.setAttribute(end, run.xs[column]);
  for (const note of document.querySelectorAll("[data-track]")) {
    const changes = run.counts[Number(note.dataset.track)];
    note.textContent = changes.findLast(([since]) => since <= column)?.[1] ?? "";
  }
  byId("past").firstElementChild.setAttribute("width", run.xs[column] + 4);
}

function play() {
  const isEnd = Number(clock.value) >= last;
  const from = isEnd ? 0 : Number(clock.value);
  const began = performance.now();
  const step = (now) => {
    const column = Math.min(last, from + Math.floor(((now - began) / PLAY_MS) * (last + 1)));
    clock.value = column;
    turn(column);
    reveal(run.xs[column]);
    playing = column < last ? requestAnimationFrame(step) : stop();
  };
  byId("play").textContent = "Pause";
  playing = requestAnimationFrame(step);
}

function stop() {
  cancelAnimationFrame(playing);
  byId("play").textContent = "Play";
  return 0;
}

// --- what is clicked -------------------------------------------------------------------------------------------

document.addEventListener("click", ({ target }) => {
  const who = target.closest("[data-who]");
  if (who) return choose(who.dataset.who);
  const mark = target.closest("circle[data-n]");
  if (mark) tell("at this instant", mark.dataset.n.split(" ").map((number) => entries.get(Number(number))), "");
  return undefined;
});
byId("names")?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  choose(event.target.dataset.who);
});
byId("controls").addEventListener("submit", (event) => event.preventDefault());
byId("find").addEventListener("change", ({ target }) => find(target.value));
byId("play").addEventListener("click", () => (playing ? (playing = stop()) : play()));
clock.max = Math.max(0, last);
clock.value = clock.max;
clock.addEventListener("input", () => turn(Number(clock.value)));
if (last >= 0) turn(last);
const jump = () => find(decodeURIComponent(location.hash.slice(1))); // run.html#m7
addEventListener("hashchange", jump);
jump();
