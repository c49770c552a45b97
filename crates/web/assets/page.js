// Keeps the page live and filters the list. The page works without it.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const sign = $("sign"), list = $("list"), filter = $("q"), stream = document.body.dataset.stream;

  // Times, told as words.rs tells them.
  const ago = (at) => {
    const s = Math.max(0, Math.floor((Date.now() - Date.parse(at)) / 1000));
    if (Number.isNaN(s)) return at;
    if (s < 60) return `${s} s ago`;
    if (s < 3600) return `${Math.floor(s / 60)} min ago`;
    if (s < 172800) return `${Math.floor(s / 3600)} h ago`;
    return `${Math.floor(s / 86400)} days ago`;
  };
  const ages = () => document.querySelectorAll("time[datetime]").forEach((time) => {
    const text = ago(time.dateTime);
    if (time.textContent !== text) time.textContent = text;
  });
  setInterval(ages, 5000);

  // The list.
  const body = () => list.tBodies[0];
  const wanted = () => filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (row, words) => {
    const text = row.textContent.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const none = () => {
    const shown = [...body().rows].some((row) => !row.hidden);
    $("none").hidden = shown || body().rows.length === 0;
  };
  const sift = () => {
    const words = wanted();
    for (const row of body().rows) row.hidden = !matches(row, words);
    none();
  };
  const place = (row) => {
    const reversed = "reversed" in list.dataset, key = row.dataset.order, rows = body().rows;
    let low = 0, high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1, other = rows[middle].dataset.order;
      if (reversed ? other > key : other < key) low = middle + 1; else high = middle;
    }
    body().insertBefore(row, rows[low] || null);
  };
  const parse = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content;
  };
  const keepFocus = (change) => {
    const id = document.activeElement && document.activeElement.id;
    const row = document.activeElement && document.activeElement.closest("tr");
    change();
    const back = (id && $(id)) || (row && row.id && $(row.id) && $(row.id).querySelector("a"));
    if (back && back !== document.activeElement) back.focus({ preventScroll: true });
  };
  const update = ({ rows, gone, summary }) => keepFocus(() => {
    const partial = "partial" in list.dataset, words = wanted();
    for (const key of gone) $(key)?.remove();
    for (const { key, html } of rows) {
      const old = $(key), row = parse(html).querySelector("tr");
      if (!old && partial) continue;
      if (old && old.dataset.order === row.dataset.order) old.replaceWith(row);
      else { old?.remove(); place(row); }
      row.hidden = !matches(row, words);
      if (old && old.textContent !== row.textContent) row.classList.add("fresh");
    }
    $("summary").replaceChildren(parse(summary));
    list.hidden = body().rows.length === 0;
    $("empty")?.toggleAttribute("hidden", !list.hidden);
    none();
  });
  const load = async () => {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok || !fresh.getElementById("list")) return location.reload();
    for (const id of ["list", "summary", "pages"]) keepFocus(() => {
      const now = fresh.getElementById(id);
      $(id).replaceChildren(...now.childNodes);
      if (id === "list") list.toggleAttribute("data-partial", now.hasAttribute("data-partial"));
      $(id).hidden = now.hidden;
    });
    sift();
  };

  if (filter) {
    let timer;
    filter.addEventListener("input", () => {
      const address = new URL(location.href);
      address.searchParams.set("q", filter.value);
      address.searchParams.delete("page");
      history.replaceState(null, "", address);
      clearTimeout(timer);
      if ("partial" in list.dataset) timer = setTimeout(load, 200); else sift();
    });
    filter.form.addEventListener("submit", (event) => event.preventDefault());
    filter.form.querySelector("button").hidden = true;
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input, textarea, select");
    if (filter && event.key === "/" && !typing) { event.preventDefault(); filter.focus(); filter.select(); }
    else if (filter && event.key === "Escape" && typing === filter) {
      filter.value = "";
      filter.dispatchEvent(new Event("input"));
      filter.blur();
    } else if (list && !typing && (event.key === "j" || event.key === "k")) {
      const links = [...list.querySelectorAll("tbody tr:not([hidden]) a.name")];
      const here = links.indexOf(document.activeElement);
      const next = event.key === "j" ? Math.min(here + 1, links.length - 1) : Math.max(here - 1, 0);
      links[next]?.focus();
    }
  });

  // The stream: one for all tabs where the browser lets them share it, else one for each.
  if (!stream || !window.EventSource) return;
  const topic = stream.split("?")[1] || "";
  const secret = document.querySelector("input[name=token]")?.value;
  let heard = Date.now(), over = false;
  const say = (state, text) => {
    if (sign.textContent === text) return;
    sign.className = `sign ${state}`;
    sign.textContent = text;
  };
  // What comes by the stream is the same for many, so that forms in it carry nobody's token.
  const arm = () => document.querySelectorAll("input[name=token]").forEach((it) => { if (!it.value) it.value = secret; });
  const acts = {
    rows: update,
    app: ({ html }) => keepFocus(() => {
      const open = [...document.querySelectorAll("details[open][id]")].map((it) => it.id);
      $("live").replaceChildren(parse(html));
      for (const id of open) $(id)?.setAttribute("open", "");
      arm();
    }),
    reset: () => (list ? load() : location.reload()),
    bye: () => {
      over = true;
      say("stale", "signed out: ");
      const way = document.createElement("a");
      way.href = `/sign-in?back=${encodeURIComponent(location.pathname + location.search)}`;
      way.textContent = "sign in again";
      sign.append(way);
    },
  };
  const hear = (name, data) => {
    if (over) return;
    if (name === "lost") return say("stale", "stale: reconnecting");
    heard = Date.now();
    say("live", "live");
    acts[name]?.(data);
    if (acts[name]) ages();
  };
  const share = () => {
    const worker = new SharedWorker("/assets/stream.js", "plumb-stream-1"), { port } = worker;
    const post = (word) => port.postMessage({ say: word, topic, stamp: document.body.dataset.stamp, seen: !document.hidden });
    port.onmessage = ({ data: { name, data } }) => hear(name, data);
    worker.onerror = () => alone();
    addEventListener("pagehide", () => post("leave"));
    addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });
    document.addEventListener("visibilitychange", () => post("look"));
    post("join");
    return () => post("look");
  };
  const alone = () => {
    let source, at = document.body.dataset.stamp, again;
    const open = () => {
      clearTimeout(again);
      source?.close();
      source = new EventSource(`${stream}${topic ? "&" : "?"}since=${encodeURIComponent(at)}`);
      for (const name of ["hello", "at", "beat", "rows", "app", "reset", "bye"]) source.addEventListener(name, (event) => {
        if (event.lastEventId) at = event.lastEventId;
        hear(name, JSON.parse(event.data));
        if (over) source.close();
      });
      source.onerror = () => {
        hear("lost");
        if (source.readyState === EventSource.CLOSED) again = setTimeout(open, 2000);
      };
    };
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) { clearTimeout(again); source?.close(); } else open();
    });
    open();
    return open;
  };
  const wake = window.SharedWorker ? share() : alone();
  const watch = () => {
    if (document.hidden || over || Date.now() - heard < 10000) return;
    say("stale", `stale: last heard ${ago(new Date(heard).toISOString())}`);
    wake();
  };
  setInterval(watch, 2000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { ages(); watch(); } });
})();
