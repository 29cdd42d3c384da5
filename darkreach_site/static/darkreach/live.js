// Keeps regions of a page fresh. A region is an element with an id and `data-live`, whose
// value names the kinds of events that concern it, separated by blanks (none: all of
// them). `data-live-search` on any element follows the events of one search only.
// Without this script, or without its stream, pages are what they were when loaded.
"use strict";
(() => {
  const stream = document.currentScript.dataset.stream;
  const regions = () => [...document.querySelectorAll("[data-live][id]")];
  if (!window.EventSource || regions().length === 0) return;

  const search = document.querySelector("[data-live-search]");
  const query = search ? `?search=${encodeURIComponent(search.dataset.liveSearch)}` : "";
  const stale = new Set();
  let due = null;
  let seen = 0;
  let heard = 0;

  const concerns = (region, kind) => {
    const kinds = region.dataset.live.split(/\s+/).filter(Boolean);
    return kinds.length === 0 || kind === null || kinds.includes(kind);
  };

  async function refresh() {
    due = null;
    const wanted = [...stale];
    const since = heard;
    stale.clear();
    // The browser's own copy may be older than the event; so may the server's be, which
    // says its age in seconds: then the page is asked for once more, until it is younger.
    const answer = await fetch(location.href, { credentials: "same-origin", cache: "no-cache" });
    if (!answer.ok) return;
    const made = performance.now() - 1000 * Number(answer.headers.get("Age") || 0);
    const text = await answer.text();
    const page = new DOMParser().parseFromString(text, "text/html");
    for (const id of wanted) {
      const old = document.getElementById(id);
      const fresh = page.getElementById(id);
      // Nobody's focus is taken away, and what did not change stays as it is.
      if (!old || !fresh || old.contains(document.activeElement)) continue;
      if (old.innerHTML !== fresh.innerHTML) old.replaceChildren(...fresh.childNodes);
    }
    if (made < since) {
      for (const id of wanted) stale.add(id);
      plan();
    }
  }

  function plan() {
    // Not all browsers at the same moment.
    if (stale.size && due === null) {
      due = setTimeout(() => refresh().catch(() => {}), 300 + 700 * Math.random());
    }
  }

  function note(kind) {
    heard = performance.now();
    for (const region of regions()) if (concerns(region, kind)) stale.add(region.id);
    plan();
  }

  const source = new EventSource(stream + query);
  source.onmessage = (message) => {
    const event = JSON.parse(message.data);
    if (event.sequence !== null) {
      if (event.sequence <= seen) return;
      seen = event.sequence;
    }
    note(event.kind);
  };
  source.addEventListener("lost", () => note(null));
  addEventListener("pagehide", () => source.close());
})();
