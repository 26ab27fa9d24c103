// One slide at a time; what follows a question comes with the next key.
"use strict";
const slides = [...document.querySelectorAll(".slide")];
const place = document.getElementById("place");
let at = 0;

const hidden = () => slides[at].querySelector(".then:not(.open)");
const parts = (slide, open) => { for (const one of slide.querySelectorAll(".then")) one.classList.toggle("open", open); };

// Letters as large as the slide has room for, not below 0.6 of what they are: on the screen, or on paper.
function fit(slide, where) {
  slide.classList.add("measured");
  for (let size = 1; size >= 0.6; size -= 0.05) {
    slide.style.setProperty(`--${where}`, size.toFixed(2));
    if (slide.scrollHeight <= slide.clientHeight && slide.scrollWidth <= slide.clientWidth) break;
  }
  slide.classList.remove("measured");
}

function show(next, open) {
  at = Math.max(0, Math.min(slides.length - 1, next));
  for (const slide of slides) slide.classList.toggle("here", slide === slides[at]);
  parts(slides[at], open);
  fit(slides[at], "screen");
  place.textContent = `${at + 1} / ${slides.length}`;
  history.replaceState(null, "", `#${at + 1}`);
  slides[at].focus({ preventScroll: true });
}

function forth() {
  const part = hidden();
  if (part) part.classList.add("open");
  else if (at + 1 < slides.length) show(at + 1, false);
}

function back() {
  const open = slides[at].querySelectorAll(".then.open");
  if (open.length) open[open.length - 1].classList.remove("open");
  else if (at) show(at - 1, true);
}

const KEYS = {
  ArrowRight: forth, ArrowDown: forth, PageDown: forth, " ": forth, Enter: forth,
  ArrowLeft: back, ArrowUp: back, PageUp: back, Backspace: back,
  Home: () => show(0, false), End: () => show(slides.length - 1, false),
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || !KEYS[event.key]) return;
  if (event.target.closest("button, a") && [" ", "Enter"].includes(event.key)) return;
  event.preventDefault();
  (event.key === " " && event.shiftKey ? back : KEYS[event.key])();
});
document.getElementById("back").addEventListener("click", back);
document.getElementById("forth").addEventListener("click", forth);
addEventListener("hashchange", () => show(Number(location.hash.slice(1)) - 1 || 0, false));
addEventListener("resize", () => fit(slides[at], "screen"));
document.documentElement.classList.add("js", "measuring");
for (const slide of slides) fit(slide, "paper");
document.documentElement.classList.remove("measuring");
show(Number(location.hash.slice(1)) - 1 || 0, false);
