// Says when the record has grown since the page was made; everything else works without this file.
"use strict";

const LOOK_EVERY_MS = 15000;
const told = document.querySelector("[data-record]");

async function look() {
  if (document.hidden) return;
  const answer = await fetch("/record", { headers: { Accept: "text/plain" } });
  if (!answer.ok) return;
  if ((await answer.text()) !== told.dataset.record) {
    told.hidden = false;
    clearInterval(looking);
  }
}

const looking = told ? setInterval(() => look().catch(() => {}), LOOK_EVERY_MS) : 0;
