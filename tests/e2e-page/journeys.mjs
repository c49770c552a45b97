// What people do in the demo's page, in real browsers: the guide's rollback first of all, and what goes wrong.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { audit, check, context, crawl, everywhere, fail, within } from "./browse.mjs";
import { cluster, folder, git, sleep, start } from "./plumb.mjs";

const APP = "/apps/application/argocd/frontend-production";
const BAIT = "<img src=x onerror=pwned()><script>pwned()</script>\"'><svg/onload=pwned()>";

const until = async (what, patience, act) => {
  for (const end = Date.now() + patience; Date.now() < end; await sleep(100)) if (await act()) return true;
  fail(`${what}: not within ${patience} ms`);
  return false;
};

/** The demo, with two revisions of an app and things in it that would do harm if they were let. */
const demo = async (plumb) => {
  const dir = folder();
  const program = start(plumb, ["demo", "--dir", dir, "--port", "0"]);
  const [, first] = await program.said(/page\s+(http:\S+)/);
  const home = new URL(first).origin;
  await program.said(/Ctrl-C ends it/);
  const key = readFileSync(join(dir, "page.key"), "utf8").trim();
  const json = async (path) => (await fetch(home + path, { headers: { authorization: `Bearer ${key}` } })).json();
  const app = () => json(`/api/v1${APP}`);
  await until("every app is Synced and Healthy", 120000, async () => {
    const { apps } = await json("/api/v1/apps");
    return apps.length > 5 && apps.every((it) => it.sync === "Synced" && it.health.status === "Healthy");
  });
  const repo = join(dir, "repo"), file = join(repo, "apps/frontend/production/kustomization.yaml");
  const commit = async (from, to, subject) => {
    writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
    git(repo, "commit", "-aqm", subject, "--author", `${BAIT.replace(/[<>]/g, (it) => (it === "<" ? "&lt;" : "&gt;"))} <x@example.org>`);
    const head = git(repo, "rev-parse", "HEAD").trim();
    await until(`${subject} is applied`, 30000, async () => (await app()).applied?.commit === head);
    return head;
  };
  return { program, dir, repo, first, home, json, app, commit };
};

/** Somebody in a browser of their own, let in by the address that the terminal shows now. */
const enter = async (browser, { program }, options) => {
  const all = [...program.text().matchAll(/(http:\S+\/sign-in\?once=\S+)/g)];
  const made = await context(browser, options);
  const page = await made.newPage();
  const answer = await page.goto(all.at(-1)[1]);
  check(answer.status() === 200 && !page.url().includes("once"), `${page.url()}: the address stays without its secret`);
  await until("the next address is shown", 5000, () => program.text().match(/sign-in\?once=/g).length > all.length);
  return { made, page };
};

/** The guide: open the app, choose a revision, "Rollback", look at the diff, give a reason, confirm. */
const rollback = async (page, { home, app }, shots) => {
  await page.goto(home);
  const began = Date.now();
  await page.click("a.name:text-is('frontend-production')");
  const before = (await app()).history;
  await page.click(`#back-${before[0].id}`);
  await page.waitForSelector(".diff");
  const text = await page.textContent("main");
  check(/replicas|value/.test(text) && text.includes("What will be applied"), "the rollback's page shows what it changes");
  await page.screenshot({ path: join(shots, "rollback-diff.png") });
  check(await page.evaluate(() => document.activeElement?.id === "cancel"), "Cancel has the focus before a rollback");
  await page.fill("#reason", `${BAIT} too few`);
  await page.click("button.danger");
  await page.waitForSelector("#held");
  console.log(`  the guide's rollback: ${Date.now() - began} ms from the list to the hold in the page`);
  await until("the rollback is in force", 15000, async () => {
    const now = await app();
    return now.held && now.applied.commit === before[0].revision.commit;
  });
  check((await page.textContent("main")).includes("too few"), "the reason is shown");
  await audit(page, "an app that is held");
  await page.screenshot({ path: join(shots, "rollback-held.png") });
  await page.click("#do-release");
  await until("the release is in force", 15000, async () => !(await app()).held);
};

const together = async (browser, setting) => {
  const people = [await enter(browser, setting), await enter(browser, setting)];
  const [oldest] = (await setting.app()).history;
  for (const [index, { page }] of people.entries()) {
    await page.goto(`${setting.home}${APP}/rollback/${oldest.id}`);
    await page.fill("#reason", `person ${index}`);
  }
  await Promise.all(people.map(({ page }) => page.click("button.danger")));
  for (const { page } of people) await page.waitForSelector("#held", { timeout: 15000 });
  const { hold } = await setting.app();
  check(/^person [01]$/.test(hold.reason) && hold.history_id === oldest.id, `two rollbacks at once leave one hold: ${JSON.stringify(hold)}`);
  for (const { page } of people) await until("both see the same reason", 10000, async () => (await page.textContent("#live")).includes(hold.reason));
  await people[0].page.click("#do-release");
  await until("the release shows to the other", 15000, async () => (await people[1].page.$("#held")) === null);
  for (const { made } of people) await made.close();
};

const expired = async (browser, setting) => {
  const { made, page } = await enter(browser, setting);
  await page.goto(setting.home + APP);
  await made.clearCookies();
  await page.click("#do-refresh");
  check((await page.textContent("main")).includes("not signed in"), "a button of an ended session says so");
  await page.goto(setting.home + APP);
  check(page.url().includes(`/sign-in?back=${encodeURIComponent(APP)}`), `an ended session leads to the door: ${page.url()}`);
  await audit(page, "the door of the demo");
  const again = await page.goto(setting.first);
  check(again.status() === 401, "a used address opens nothing");
  await made.close();
};

const withoutScript = async (browser, setting) => {
  const { made, page } = await enter(browser, setting, { javaScriptEnabled: false });
  await page.goto(`${setting.home}/?q=reporting`);
  const names = await page.$$eval("a.name", (all) => all.map((it) => it.textContent));
  check(names.length > 0 && names.every((it) => it.includes("reporting")), `without script the filter works: ${names}`);
  await page.click("a.name >> nth=0");
  check((await page.textContent("h1")).includes("reporting"), "without script an app opens");
  await page.goto(`${setting.home}${APP}/diff`);
  check((await page.textContent("h1")).length > 0, "without script a diff opens");
  await made.close();
};

/** One stream for all tabs, and news within the budget. */
const tabs = async (browser, setting) => {
  const { made, page } = await enter(browser, setting);
  const pages = [page, await made.newPage(), await made.newPage(), await made.newPage()];
  let own = 0;
  made.on("request", (request) => { if (request.url().includes("/events")) own += 1; });
  await page.goto(setting.home);
  for (const other of pages.slice(1)) await other.goto(setting.home + APP);
  for (const it of pages) await it.waitForFunction(() => document.getElementById("sign")?.textContent === "live", null, { timeout: 10000 });
  // What a tab itself asks for is told here; what all share is not.
  check(own === 0, `tabs opened ${own} streams of their own`);
  // A tab in the background is told of, and its stream is up within the budget once somebody looks.
  const woken = await page.evaluate(() => new Promise((done) => {
    const began = performance.now();
    document.dispatchEvent(new Event("visibilitychange"));
    const look = setInterval(() => { if (document.getElementById("sign").textContent === "live") { clearInterval(look); done(performance.now() - began); } }, 5);
  }));
  console.log(`  four tabs: all live by one shared stream; live ${woken.toFixed(0)} ms after a look (budget 2000)`);
  const times = [];
  const token = await page.evaluate(async (app) => {
    const text = await (await fetch(app)).text();
    return new DOMParser().parseFromString(text, "text/html").querySelector("input[name=token]").value;
  }, APP);
  for (let round = 0; round < 25; round += 1) {
    times.push(await page.evaluate(async ([app, token]) => {
      const seen = new Promise((done) => {
        const watch = new MutationObserver((all) => {
          if (![...all].some(({ addedNodes }) => [...addedNodes].some((it) => it.id?.endsWith("frontend-production")))) return;
          watch.disconnect();
          requestAnimationFrame(() => setTimeout(() => done(performance.now())));
        });
        watch.observe(document.getElementById("list").tBodies[0], { childList: true });
      });
      const began = performance.now();
      await fetch(`${app}/refresh`, { method: "POST", body: new URLSearchParams({ token }), redirect: "manual" });
      return await Promise.race([seen, new Promise((done) => setTimeout(() => done(began + 5000), 5000))]) - began;
    }, [APP, token]));
    await sleep(1100);
  }
  times.sort((a, b) => a - b);
  const p95 = times[Math.ceil(times.length * 0.95) - 1];
  console.log(`  event to pixel, from the button over cluster and pass to the row: median ${times[12].toFixed(0)} ms, p95 ${p95.toFixed(0)} ms (budget 300)`);
  within(p95 < 300, `event to pixel takes ${p95.toFixed(0)} ms`);
  await made.close();
};

export const journeys = async (browser, plumb, shots) => {
  console.log("== the demo");
  const setting = await demo(plumb);
  const { ask } = cluster(join(setting.dir, "kubeconfig"));
  await setting.commit(/value: 5/, "value: 4", `Scale frontend to 4 ${BAIT}`);
  await ask("POST", "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications", {
    apiVersion: "argoproj.io/v1alpha1", kind: "Application",
    metadata: { name: "hostile", namespace: "argocd", annotations: { note: BAIT } },
    spec: { project: BAIT, source: { repoURL: `https://example.org/${BAIT}`, path: BAIT, targetRevision: BAIT },
      destination: { name: BAIT, namespace: "argocd" } },
    status: { conditions: [{ type: "ComparisonError", message: BAIT, lastTransitionTime: "2026-01-02T03:04:05Z" }] },
  });
  const { made, page } = await enter(browser, setting);
  const steps = [
    ["the guide's rollback", () => rollback(page, setting, shots)],
    ["every page", async () => {
      const sorts = await crawl(page, [`${setting.home}/`, setting.home + APP]);
      const state = await made.storageState();
      console.log(`  ${sorts.size} sorts of pages: ${[...sorts.keys()].join("  ")}`);
      for (const [index, [sort, address]] of [...sorts].entries()) {
        const name = `${String(index).padStart(2, "0")}${sort.replace(/[^a-z]+/gi, "-").replace(/-$/, "") || "-home"}`;
        await everywhere(browser, state, address, name, shots);
      }
      await everywhere(browser, state, `${setting.home}/apps/application/argocd/hostile`, "hostile", shots);
      await everywhere(browser, undefined, `${setting.home}/`, "door-demo", shots);
    }],
    ["two people at once", () => together(browser, setting)],
    ["an ended session", () => expired(browser, setting)],
    ["without script", () => withoutScript(browser, setting)],
    ["tabs and streams", () => tabs(browser, setting)],
  ];
  for (const [name, act] of steps) {
    console.log(`-- ${name}`);
    await act().catch((error) => fail(`${name}: ${error.stack}`));
  }
  await made.close();
  await setting.program.stop();
};
