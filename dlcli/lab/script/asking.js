// Asking the server: one run goes on, and the newest one waits. A drag paints what it passes: a run is ended
// for a newer one only when it has taken long already.

import { count } from "./state.js";

const LONG = 700; // milliseconds

let silent = () => {};
export const onSilence = (tells) => { silent = tells; };

export async function send(path, what, signal) {
  try {
    return await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(what),
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    silent();
    throw new Error("nothing answers: does dlcli lab still run?");
  }
}

export async function ask(what, signal) {
  for (let wait = 50; ; wait *= 2) {
    const answer = await send("/ask", what, signal);
    if (answer.status === 429 && wait < 2000) {
      await new Promise((done) => setTimeout(done, wait));
      continue;
    }
    if (!answer.ok && answer.status !== 429) throw new Error(await answer.text());
    return answer.json();
  }
}

let going = null;
let waiting = null;
let failed = () => {};
export const onFailure = (tells) => { failed = tells; };

// Do what may go wrong, and say it where it does.
export const tried = (work) => work().catch((error) => failed(String(error.message || error)));

export const waits = () => waiting !== null;

// `work` is called with a signal that says when its answer is no longer wanted.
export function soon(work) {
  waiting = work;
  if (!going) drain();
  else {
    const one = going;
    setTimeout(() => { if (going === one && waiting) one.stop.abort(); }, Math.max(0, one.since + LONG - performance.now()));
  }
}

async function drain() {
  document.body.classList.add("busy");
  while (waiting) {
    const work = waiting;
    waiting = null;
    going = { since: performance.now(), stop: new AbortController() };
    try {
      await work(going.stop.signal);
    } catch (error) {
      if (error.name !== "AbortError") failed(String(error.message || error));
    }
  }
  going = null;
  document.body.classList.remove("busy");
  count("idle");
}
