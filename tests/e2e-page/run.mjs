// Drives the page with a browser. Called by `cargo xtask e2e-page`: run.mjs PLUMB CHROMIUM PICTURES [demo|budgets]
import { mkdirSync, rmSync } from "node:fs";
import { failures, launch } from "./browse.mjs";
import { budgets } from "./budgets.mjs";
import { journeys } from "./journeys.mjs";

const [plumb, chromium, shots, only] = process.argv.slice(2);
rmSync(shots, { recursive: true, force: true });
mkdirSync(shots, { recursive: true });
const browser = await launch(chromium);
try {
  for (const [name, act] of [["demo", journeys], ["budgets", budgets]]) if (!only || only === name) await act(browser, plumb, shots);
} finally {
  await browser.close();
}
console.log(failures.length ? `== ${failures.length} failures` : "== all is well");
process.exit(failures.length ? 1 : 0);
