// What test_run_page.py runs: opens the page of a run, clicks through it, and prints what stands there, line by line.
import { readFileSync } from "node:fs";
import { JSDOM, VirtualConsole } from "jsdom";

const errors = [];
const virtualConsole = new VirtualConsole().on("jsdomError", (error) => errors.push(error.message));
const { window } = new JSDOM(readFileSync(process.argv[2], "utf8"), {
  runScripts: "dangerously",
  url: "http://localhost/run.html#m2",
  virtualConsole,
  beforeParse: (made) => { made.Element.prototype.scrollIntoView = () => {}; }, // there is no layout here
});
const { document } = window;
const byId = (id) => document.getElementById(id);
const told = () => [byId("whose").textContent, [...byId("entries").rows].map((row) => row.cells[2].textContent)];
const say = (step, value) => console.log(JSON.stringify({ [step]: value }));

say("opened with m2", told());
say("lit up", document.querySelectorAll(".stay.on").length);

document.querySelector('#entries [data-who="invocation i2"]').click();
say("clicked on i2", told()[0]);
say("its address", window.location.hash);

document.querySelector('#names [data-who="queue readings-dlq"]').dispatchEvent(new window.Event("click", { bubbles: true }));
say("clicked on a track", told());

const find = (text) => {
  byId("find").value = text;
  byId("find").dispatchEvent(new window.Event("change", { bubbles: true }));
};
find("became VISIBLE");
say("found in words", told()[1].length);
find("nobody says so");
say("found nothing", [byId("hint").textContent, document.body.classList.contains("chosen")]);

const state = () => [byId("now").textContent, [...document.querySelectorAll("[data-track]")].map((note) => note.textContent)];
say("at the end", state());
byId("clock").value = 0;
byId("clock").dispatchEvent(new window.Event("input", { bubbles: true }));
say("at the beginning", state());
say("errors", errors);
window.close();
