// Looking at pages: every address that links lead to, at every width, in both themes, with axe.
import { readFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const WIDTHS = [390, 820, 1440];
export const THEMES = ["light", "dark"];
export const failures = [];
export const fail = (text) => { failures.push(text); console.log(`  FAILED ${text}`); };
export const check = (good, text) => { if (!good) fail(text); };
/** A time that is kept; only told of where others use the machine too (`--untimed`). */
export const within = (good, text) => {
  if (process.env.PLUMB_E2E_UNTIMED && !good) console.log(`  over budget, which does not count here: ${text}`);
  else check(good, text);
};

export const launch = (executablePath) => chromium.launch({
  executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"], headless: true,
});

/** A context whose pages tell of what must not happen. */
export const context = async (browser, options = {}) => {
  const made = await browser.newContext({ viewport: { width: 1440, height: 900 }, bypassCSP: false, ...options });
  await made.addInitScript(() => { window.pwned = () => { window.harmed = true; }; });
  made.on("page", (page) => {
    page.on("dialog", (dialog) => { fail(`${page.url()}: a dialog opened: ${dialog.message()}`); dialog.dismiss(); });
    page.on("pageerror", (error) => fail(`${page.url()}: ${error}`));
    page.on("console", (line) => {
      // What a test provokes (401, 403, ...) is told by the browser as an error of the network.
      if (line.type() === "error" && !/Failed to load resource/.test(line.text())) fail(`${page.url()}: ${line.text()}`);
    });
  });
  return made;
};

/** The sort of a page: its address without what tells one app, entry or query from another. */
export const shape = (address) => {
  const url = new URL(address);
  const path = url.pathname.replace(/\/apps\/([^/]+)\/[^/]+\/[^/]+/, "/apps/$1/*/*").replace(/\/[0-9a-f]{7,40}\b|\/\d+/g, "/*");
  return `${path}?${[...new Set(url.searchParams.keys())].sort().join("&")}`;
};

/** Follows every link from `home`; of each sort of page one address. At most `most` pages are opened. */
export const crawl = async (page, homes, most = 150) => {
  const [home] = homes, seen = new Set(), queue = [...homes], sorts = new Map(), tried = new Map();
  while (queue.length && seen.size < most) {
    const address = queue.shift();
    if (seen.has(address)) continue;
    // Three of a sort are enough: another app's page has the same links.
    const sort = shape(address);
    if ((tried.get(sort) ?? 0) >= 3) continue;
    tried.set(sort, (tried.get(sort) ?? 0) + 1);
    seen.add(address);
    const answer = await page.goto(address).catch(async (error) => {
      if (!/Download is starting/.test(error.message)) throw error;
      // A file, not a page.
      const file = await page.context().request.get(address);
      check(file.ok(), `${address} answers ${file.status()}`);
      return null;
    });
    if (!answer) continue;
    const type = answer?.headers()["content-type"] ?? "";
    // What cannot be told (409, 502) is told so, on a page of ours.
    check([200, 409, 502].includes(answer?.status()), `${address} answers ${answer?.status()}`);
    if (!type.startsWith("text/html")) continue;
    if (answer.status() < 400 && !sorts.has(sort)) sorts.set(sort, address);
    check(!await page.evaluate(() => window.harmed), `${address}: a script from outside ran`);
    const links = await page.$$eval("a[href]", (all) => all.map((it) => new URL(it.getAttribute("href"), location).href));
    for (const link of links) {
      const url = new URL(link);
      url.hash = "";
      if (url.origin === new URL(home).origin && !url.pathname.startsWith("/sign-")) queue.push(url.href);
    }
  }
  return sorts;
};

export const audit = async (page, name) => {
  if (!await page.evaluate(() => Boolean(window.axe))) {
    // The page's own policy forbids scripts from elsewhere; this one comes by the debugger.
    await page.evaluate(axe);
  }
  const { violations } = await page.evaluate(() => window.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  for (const { id, help, nodes } of violations) {
    fail(`${name}: axe ${id} (${help}), ${nodes.length} times: ${nodes.slice(0, 2).map((it) => it.html.slice(0, 160)).join(" | ")}`);
  }
  return violations.length;
};

/** One page at every width and in both themes: axe, nothing cut off, and a picture of each. */
export const everywhere = async (browser, state, address, name, folder) => {
  mkdirSync(folder, { recursive: true });
  for (const colorScheme of THEMES) for (const width of WIDTHS) {
    const made = await context(browser, { viewport: { width, height: 900 }, colorScheme, storageState: state });
    const page = await made.newPage();
    await page.goto(address);
    await page.waitForTimeout(150);
    const where = `${name} at ${width}, ${colorScheme}`;
    await audit(page, where);
    const [wide, room] = await page.evaluate(() => [document.scrollingElement.scrollWidth, innerWidth]);
    check(wide <= room, `${where}: ${wide} px wide in a window of ${room}`);
    if (width === 390) {
      const small = await page.$$eval("button, a.button, input[type=submit]", (all) => all
        .filter((it) => it.offsetParent && it.getBoundingClientRect().height < 43.5 && !it.closest("td"))
        .map((it) => it.outerHTML.slice(0, 80)));
      check(small.length === 0, `${where}: targets below 44 px: ${small.slice(0, 3).join(" ")}`);
    }
    await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: false });
    await made.close();
  }
};
