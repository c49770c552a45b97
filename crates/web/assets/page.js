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

  // The stream.
  if (!stream || !window.EventSource) return;
  let source, heard = 0, at = document.body.dataset.stamp, again;
  const say = (state, text) => {
    if (sign.textContent === text) return;
    sign.className = `sign ${state}`;
    sign.textContent = text;
  };
  const open = () => {
    clearTimeout(again);
    source?.close();
    heard = Date.now();
    source = new EventSource(`${stream}${stream.includes("?") ? "&" : "?"}since=${encodeURIComponent(at)}`);
    const on = (name, act) => source.addEventListener(name, (event) => {
      heard = Date.now();
      if (event.lastEventId) at = event.lastEventId;
      say("live", "live");
      act?.(JSON.parse(event.data));
      if (act) ages();
    });
    on("hello");
    on("beat");
    on("rows", update);
    on("app", ({ html }) => keepFocus(() => {
      const open = [...document.querySelectorAll("details[open][id]")].map((it) => it.id);
      $("live").replaceChildren(parse(html));
      for (const id of open) $(id)?.setAttribute("open", "");
    }));
    on("reset", () => (list ? load() : location.reload()));
    source.onerror = () => {
      say("stale", "stale: reconnecting");
      if (source.readyState === EventSource.CLOSED) again = setTimeout(open, 2000);
    };
  };
  setInterval(() => {
    if (!document.hidden && heard && Date.now() - heard > 12000) {
      say("stale", `stale: last heard ${ago(new Date(heard).toISOString())}`);
      open();
    }
  }, 3000);
  // A page that nobody sees keeps no connection: browsers have few of them for each host.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { clearTimeout(again); source?.close(); say("", "paused"); } else { open(); ages(); }
  });
  open();
})();
