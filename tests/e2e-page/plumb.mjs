// The programs under test: starting them, ending them, and asking the cluster beside them.
import { spawn, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, existsSync } from "node:fs";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";

const running = new Set();
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export const folder = () => {
  const made = mkdtempSync(join(tmpdir(), "plumb-e2e-"));
  process.on("exit", () => rmSync(made, { recursive: true, force: true }));
  return made;
};

/** Starts the program; `said(pattern)` waits for a line that it prints. */
export const start = (program, words) => {
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (some) => { text += some; });
  running.add(child);
  child.on("exit", () => running.delete(child));
  const said = async (pattern, patience = 60000) => {
    for (const end = Date.now() + patience; Date.now() < end; await sleep(20)) {
      const found = text.match(pattern);
      if (found) return found;
      if (child.exitCode !== null) break;
    }
    throw new Error(`${words.join(" ")} did not say ${pattern}:\n${text}`);
  };
  const stop = async () => { if (child.exitCode === null) { child.kill("SIGTERM"); await new Promise((done) => child.on("exit", done)); } };
  const forget = () => { text = ""; };
  return { said, stop, forget, pid: child.pid, text: () => text };
};
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));
process.on("exit", () => { for (const child of running) child.kill("SIGKILL"); });

export const memory = (pid) => Number(readFileSync(`/proc/${pid}/status`, "utf8").match(/VmRSS:\s+(\d+)/)[1]) / 1024;
export const cpu = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
};
export const git = (at, ...words) => execFileSync("git", ["-C", at, "-c", "user.name=Kim", "-c", "user.email=kim@example.org", ...words], { encoding: "utf8" });

/** A client of the cluster that a kubeconfig opens. */
export const cluster = (kubeconfig) => {
  if (!existsSync(kubeconfig)) throw new Error(`${kubeconfig} is not there`);
  const { clusters: [{ cluster: place }], users: [{ user }] } = JSON.parse(readFileSync(kubeconfig, "utf8"));
  const data = (text) => Buffer.from(text, "base64");
  const server = place.server;
  const agent = new https.Agent({
    ca: data(place["certificate-authority-data"]), cert: data(user["client-certificate-data"]), key: data(user["client-key-data"]),
    keepAlive: true, maxSockets: 32,
  });
  const ask = (method, path, body, type = "application/json") => new Promise((done, failed) => {
    const request = https.request(server + path, { method, agent, headers: { "content-type": type } }, (response) => {
      let answer = "";
      response.on("data", (some) => { answer += some; });
      response.on("end", () => {
        if (response.statusCode < 300) done(JSON.parse(answer));
        else failed(new Error(`${method} ${path}: ${response.statusCode} ${answer.slice(0, 300)}`));
      });
    });
    request.on("error", failed);
    request.end(body && JSON.stringify(body));
  });
  return { ask, server };
};

/** Does something with each, so many at once. */
export const each = async (items, atOnce, act) => {
  const queue = items.entries();
  await Promise.all(Array.from({ length: atOnce }, async () => { for (const [, item] of queue) await act(item); }));
};
