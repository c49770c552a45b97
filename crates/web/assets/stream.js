// Holds the one event stream of a browser, for all of its tabs.
"use strict";
const tabs = new Map();
let source, at, heard = 0, again, rest;

const tell = (port, name, data) => port.postMessage({ name, data, heard });
const topics = () => [...new Set([...tabs.values()].map((tab) => tab.topic))];
const parts = (stamp) => { const cut = stamp.lastIndexOf("-"); return [stamp.slice(0, cut), Number(stamp.slice(cut + 1))]; };
// The earlier of two counts; where they are of two servers, what the new one says.
const earlier = (a, b) => {
  if (!a) return b;
  const [[one, m], [two, n]] = [parts(a), parts(b)];
  return one === two && m < n ? a : b;
};

const close = () => { clearTimeout(again); source?.close(); source = undefined; };
const open = () => {
  close();
  if (!tabs.size) return;
  const query = topics().map((topic) => `on=${encodeURIComponent(topic)}`).join("&");
  const mine = source = new EventSource(`/events?${query}&since=${encodeURIComponent(at ?? "")}`);
  heard = Date.now();
  const hear = (event) => {
    if (mine !== source) return;
    heard = Date.now();
    if (event.lastEventId) at = event.lastEventId;
    const data = JSON.parse(event.data);
    for (const [port, { topic }] of tabs) if (!data.on || data.on === topic) tell(port, event.type, data);
    if (event.type === "bye") close();
  };
  for (const name of ["hello", "at", "beat", "rows", "app", "reset", "bye"]) mine.addEventListener(name, hear);
  mine.onerror = () => {
    if (mine !== source) return;
    for (const port of tabs.keys()) tell(port, "lost");
    if (mine.readyState === EventSource.CLOSED) again = setTimeout(open, 2000);
  };
};
// While nobody looks, nothing is held open for long.
const look = () => {
  clearTimeout(rest);
  if (![...tabs.values()].some((tab) => tab.seen)) rest = setTimeout(close, 60000);
  else if (!source || Date.now() - heard > 5000) open();
};

onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data: { say, topic, stamp, seen } }) => {
    if (say === "join") {
      tabs.set(port, { topic, seen });
      at = earlier(at, stamp);
      open();
    } else if (say === "look" && tabs.has(port)) {
      tabs.get(port).seen = seen;
      look();
    } else if (say === "leave") {
      const before = topics().length;
      tabs.delete(port);
      if (!tabs.size) close();
      else if (topics().length < before) open();
    }
  };
};
