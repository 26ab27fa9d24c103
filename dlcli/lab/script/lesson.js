// A lesson beside the form: its text, its questions, and steps that run here. The server has written all of it, as
// the slides of dlcli lesson have it.

import { tried } from "./asking.js";
import { button, make, written } from "./elements.js";
import { byId } from "./state.js";

let opener = ""; // the button that the focus goes back to

export async function openLesson(name) {
  const answer = await fetch(`/lesson/${name}`);
  if (!answer.ok) throw new Error(await answer.text());
  const { title, slides } = await answer.json();
  const head = make("div", { class: "head" }, make("b", {}, "Lesson"), button("Close", close, { "aria-label": `Close the lesson ${title}` }));
  byId("lesson").replaceChildren(head, ...slides.map(slide));
  opener = `lesson-${name}`;
  document.body.classList.add("lesson");
  byId("lesson").scrollTop = 0;
  byId("lesson").focus();
}

function close() {
  document.body.classList.remove("lesson");
  byId("lesson").replaceChildren();
  const back = byId(opener);
  if (!back) return;
  back.closest("details").open = true;
  back.focus();
}

function slide(html) {
  const section = make("section", {}, written(html));
  for (const step of section.querySelectorAll(".step")) step.querySelector(".typed").after(does(step));
  for (const then of section.querySelectorAll(".then")) {
    then.hidden = true;
    then.before(button("Go on", (event) => {
      then.hidden = false;
      event.target.remove();
      then.tabIndex = -1;
      then.focus();
    }, { class: "small" }));
  }
  return section;
}

// What runs here is shown here; what needs a shell is copied, and shows what the lesson says it does.
function does(step) {
  const { line } = step.dataset;
  const text = step.querySelector(".typed").textContent;
  const shown = step.querySelector(".shown");
  if (!line) return button("Copy, for a shell", (event) => tried(() => copy(event.target, text)), { class: "small" });
  const fold = make("details", {}, make("summary", {}, "What it shows in a shell"));
  if (shown) fold.append(shown);
  step.append(fold);
  return button("Run it", () => run(line), { class: "small", "aria-label": `Run ${line}` });
}

async function copy(pressed, text) {
  await navigator.clipboard.writeText(text);
  pressed.textContent = "Copied";
}

// As a link does; where one part of the page is seen at a time, the story.
function run(line) {
  location.hash = encodeURIComponent(line);
  const story = byId("panes").querySelector("[data-shows=story]");
  if (story.offsetParent) story.click();
}
