// Keys, the palette, the treegrid, and what is loaded anew. The page works without it.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const all = (what, within = document) => [...within.querySelectorAll(what)];
  const make = (name, props = {}, ...inside) => {
    const element = Object.assign(document.createElement(name), props);
    element.append(...inside);
    return element;
  };
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));

  // The list's state is chosen at once.
  $("need")?.addEventListener("change", (event) => {
    const address = new URL(location.href);
    address.searchParams.set("need", event.target.value);
    address.searchParams.delete("page");
    location.assign(address);
  });

  // The treegrid: one row takes the focus; arrows move, open and close.
  const closed = new Set();
  const level = (row) => Number(row.ariaLevel);
  const called = (row) => `${row.ariaLevel} ${row.cells[0].textContent}`;
  const below = (row) => {
    const rows = [];
    for (let next = row.nextElementSibling; next && level(next) > level(row); next = next.nextElementSibling) rows.push(next);
    return rows;
  };
  const fold = (grid) => {
    let hide = 0;
    for (const row of grid.tBodies[0].rows) {
      if (hide && level(row) > hide) { row.hidden = true; continue; }
      row.hidden = false;
      hide = 0;
      const next = row.nextElementSibling;
      if (!next || level(next) <= level(row)) { row.ariaExpanded = null; continue; }
      const shut = closed.has(called(row));
      row.ariaExpanded = String(!shut);
      if (shut) hide = level(row);
    }
  };
  const move = (grid, row) => {
    if (!row) return;
    all("tr[tabindex='0']", grid).forEach((other) => { other.tabIndex = -1; });
    row.tabIndex = 0;
    row.focus();
  };
  document.addEventListener("keydown", (event) => {
    const row = event.target.closest?.("[role=treegrid] tbody tr");
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const grid = row.closest("table"), rows = all("tbody tr:not([hidden])", grid), here = rows.indexOf(row);
    const go = {
      ArrowDown: () => move(grid, rows[here + 1]),
      ArrowUp: () => move(grid, rows[here - 1]),
      Home: () => move(grid, rows[0]),
      End: () => move(grid, rows.at(-1)),
      ArrowRight: () => {
        if (row.ariaExpanded === "false") { closed.delete(called(row)); fold(grid); } else if (below(row).length) move(grid, below(row)[0]);
      },
      ArrowLeft: () => {
        if (row.ariaExpanded === "true") { closed.add(called(row)); fold(grid); }
        else move(grid, rows.slice(0, here).findLast((other) => level(other) < level(row)));
      },
      Enter: () => row.querySelector("a")?.focus(),
    }[event.key];
    if (!go || (event.key === "Enter" && event.target !== row)) return;
    event.preventDefault();
    go();
  });

  // What is below an app's tabs, loaded anew when the app changes, and where that is not enough now and then.
  const tab = $("tab"), live = $("live");
  if (tab && live) {
    let busy = false, due = false;
    const inUse = () => tab.contains(document.activeElement) && document.activeElement.matches("input, select")
      || (getSelection().toString() && tab.contains(getSelection().anchorNode));
    // Only what differs is replaced: a thousand rows would hold everything up. What the reader did stays as it is.
    const own = ["tabindex", "hidden", "aria-expanded", "open"];
    const morph = (old, fresh) => {
      if (old.isEqualNode(fresh)) return;
      if (old.nodeType !== 1 || old.nodeName !== fresh.nodeName) { old.replaceWith(fresh); return; }
      for (const { name } of [...old.attributes]) if (!own.includes(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
      for (const { name, value } of fresh.attributes) if (!own.includes(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
      const now = [...old.childNodes], next = [...fresh.childNodes];
      next.forEach((node, at) => { if (now[at]) morph(now[at], node); else old.append(node); });
      now.slice(next.length).forEach((node) => node.remove());
    };
    const swap = (fresh) => {
      const row = document.activeElement?.closest("#tab [role=treegrid] tbody tr"), name = row && called(row);
      const ended = all(".log", tab).filter((it) => it.scrollTop + it.clientHeight > it.scrollHeight - 8);
      morph(tab, fresh);
      ended.forEach((it) => { it.scrollTop = it.scrollHeight; });
      all("[role=treegrid]", tab).forEach((grid) => {
        fold(grid);
        if (name && called(row) !== name) move(grid, all("tbody tr", grid).find((other) => called(other) === name));
      });
    };
    const reload = async () => {
      if (busy) { due = true; return; }
      if (document.hidden || inUse()) return;
      busy = true;
      try {
        const answer = await fetch(location.href, { headers: { accept: "text/html" } });
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("tab");
        if (answer.ok && fresh && !inUse()) swap(fresh);
      } catch { /* The sign at the top says that nothing comes. */ }
      busy = false;
      if (due) { due = false; reload(); }
    };
    let timer;
    new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(reload, 100); }).observe(live, { childList: true });
    const rest = async () => {
      for (;;) {
        const began = performance.now();
        await reload();
        await wait(Math.max(2500, 10 * (performance.now() - began)));
      }
    };
    if ("restless" in tab.dataset) wait(2500).then(rest);
    all(".log", tab).forEach((it) => { it.scrollTop = it.scrollHeight; });
  }

  // The palette and the help: dialogs, which keep the focus in themselves.
  const dialog = (label, ...inside) => {
    const it = make("dialog", { ariaLabel: label }, ...inside);
    it.addEventListener("close", () => it.remove());
    it.addEventListener("click", (event) => event.target === it && it.close());
    document.body.append(it);
    it.showModal();
    return it;
  };
  const links = () => all(".places a, .tabs a").map((a) => [a.textContent, a.href]);
  const palette = () => {
    const field = make("input", { type: "search", ariaLabel: "Go to", placeholder: "Go to an app or a place", autocomplete: "off" });
    const list = make("ul", { className: "plain" });
    let asked = 0;
    const show = (found) => list.replaceChildren(...found.map(([text, href]) => make("li", {}, make("a", { href, textContent: text }))));
    const find = async () => {
      const turn = ++asked, words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      const places = links().filter(([text]) => words.every((word) => text.toLowerCase().includes(word)));
      show(places);
      if (!words.length) return;
      await wait(100);
      if (turn !== asked) return;
      const answer = await fetch(`/api/v1/apps?rows=200&q=${encodeURIComponent(field.value)}`);
      if (!answer.ok || turn !== asked) return;
      const { apps } = await answer.json();
      // What is called so comes before what only tells of it.
      const other = (app) => words.some((word) => !app.name.toLowerCase().includes(word));
      apps.sort((a, b) => other(a) - other(b));
      show([...apps.slice(0, 12).map((app) => [`${app.name} · ${app.namespace} · ${app.sync}, ${app.health.status}`,
        `/apps/${[app.kind, app.namespace, app.name].map(encodeURIComponent).join("/")}`]), ...places]);
    };
    field.addEventListener("input", find);
    const it = dialog("Go to", field, list);
    it.addEventListener("keydown", (event) => {
      const stops = [field, ...all("a", list)], here = stops.indexOf(document.activeElement);
      if (event.key === "ArrowDown") stops[Math.min(here + 1, stops.length - 1)].focus();
      else if (event.key === "ArrowUp") stops[Math.max(here - 1, 0)].focus();
      else if (event.key === "Enter" && here === 0) stops[1]?.click();
      else return;
      event.preventDefault();
    });
    find();
    field.focus();
  };
  const off = () => localStorage.getItem("keys") === "off";
  const help = () => {
    const keys = [["/", "search"], ["Ctrl K", "go to an app or a place"], ["?", "this help"], ["j k", "next and previous row"],
      ["Enter", "open"], ["Esc", "up one level"], ["[ ]", "previous and next tab"], ["r", "refresh the app"],
      ["S", "what a sync would change"], ["B", "history, to roll back"], ["y", "copy the address"],
      ...all(".places a").map((a) => [`g ${a.dataset.key}`, a.textContent]), ...all(".tabs a[data-tab]").map((a) => [a.dataset.tab, a.textContent])];
    const box = make("input", { type: "checkbox", checked: !off() });
    box.addEventListener("change", () => localStorage.setItem("keys", box.checked ? "on" : "off"));
    const close = make("button", { textContent: "Close" });
    const it = dialog("Keys", make("h2", { textContent: "Keys" }),
      make("dl", { className: "keys" }, ...keys.map(([key, text]) => make("div", {}, make("dt", {}, make("kbd", { textContent: key })), make("dd", { textContent: text })))),
      make("p", {}, make("label", { className: "check" }, box, " Keys of one letter are on")), close);
    close.addEventListener("click", () => it.close());
  };

  // Keys.
  let g = 0;
  const rows = () => all("main table tbody tr:not([hidden]) a.name, main table.list tbody tr:not([hidden]) th a").filter((a) => a.offsetParent);
  const step = (by) => {
    const stops = rows(), here = stops.indexOf(document.activeElement);
    stops[Math.min(Math.max(here + by, 0), stops.length - 1)]?.focus();
  };
  const neighbour = (by) => {
    const tabs = all(".tabs a");
    tabs[tabs.findIndex((a) => a.ariaCurrent === "page" || a.hasAttribute("aria-current")) + by]?.click();
  };
  const acts = {
    "?": help,
    "/": () => (document.querySelector("main form[role=search] input:not([type=hidden])"))?.focus(),
    j: () => $("list") || step(1),
    k: () => $("list") || step(-1),
    "[": () => neighbour(-1),
    "]": () => neighbour(1),
    r: () => $("do-refresh")?.click(),
    S: () => document.querySelector(".tabs a[data-tab=d]")?.click(),
    B: () => document.querySelector(".tabs a[data-tab=h]")?.click(),
    y: () => navigator.clipboard?.writeText(location.href),
    Escape: () => all(".trail a").at(-1)?.click(),
  };
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); palette(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest?.("input, textarea, select")) return;
    if (off() && event.key !== "?") return;
    const after = Date.now() - g < 1500;
    g = event.key === "g" && !after ? Date.now() : 0;
    const place = after && document.querySelector(`.places a[data-key="${CSS.escape(event.key)}"]`);
    const act = place ? () => place.click() : acts[event.key] || (() => document.querySelector(`.tabs a[data-tab="${CSS.escape(event.key)}"]`)?.click());
    if (event.key.length > 1 && event.key !== "Escape") return;
    if (place || acts[event.key]) event.preventDefault();
    act();
  });
})();
