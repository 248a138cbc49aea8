// Every page, light and dark: no axe violation up to WCAG 2.2 AA, no sideways scroll at 320 px, every control within reach
// of the Tab key, and one heading that the title begins with.
import assert from 'node:assert/strict';
import axe from 'axe-core';
import { fresh, launch, textOf } from './chromium.mjs';
import { STOPS } from './tour.mjs';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'];
const CONTROLS = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
const { browser, close } = await launch();
const faults = [];

async function visit(stop, colorScheme) {
  const { context, page } = await fresh(browser, { colorScheme, bypassCSP: true, reducedMotion: 'reduce' });
  const where = `${stop.name} (${colorScheme})`;
  try {
    await stop.open(page);
    faults.push(...(await violations(page)).map((v) => `${where}: ${v}`));
    faults.push(...(await looks(page)).map((l) => `${where}: ${l}`));
  } catch (failed) {
    faults.push(`${where}: ${failed.message} at ${page.url()}: ${await textOf(page)}`);
  }
  await context.close();
}

async function violations(page) {
  await page.evaluate(axe.source);
  const result = await page.evaluate((values) => globalThis.axe.run(document, { runOnly: { type: 'tag', values } }), TAGS);
  assert.ok(result.passes.length > 5, 'axe looked at nothing');
  return result.violations.map((v) => `${v.id} (${v.impact}): ${v.help}: ${v.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
}

async function looks(page) {
  const found = [];
  const [heading, ...further] = await page.locator('h1').allInnerTexts();
  if (!heading || further.length) found.push(`${further.length + (heading ? 1 : 0)} h1 headings instead of one`);
  else if (!(await page.title()).startsWith(heading.trim())) found.push(`the title "${await page.title()}" does not begin with the heading "${heading}"`);
  if (!(await page.locator('html').getAttribute('lang'))) found.push('no lang');
  found.push(...(await keyboard(page)));
  for (const width of [320, 360, 768, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    const needed = await page.evaluate(() => document.documentElement.scrollWidth);
    if (needed > width) found.push(`scrolls sideways at ${width} px: ${needed} px wide`);
  }
  return found;
}

// The controls in the order of the page, and what Tab meets from its top: the same.
async function keyboard(page) {
  const expected = await page.locator(CONTROLS).evaluateAll((all) => all.filter((e) => e.checkVisibility() && !e.disabled).map((e) => e.outerHTML));
  await page.evaluate(() => document.activeElement?.blur());
  const seen = new Set();
  for (let press = 0; press < expected.length + 3; press += 1) {
    await page.keyboard.press('Tab');
    seen.add(await page.evaluate(() => document.activeElement?.outerHTML));
  }
  return expected.filter((control) => !seen.has(control)).map((control) => `Tab never reaches ${control.slice(0, 120)}`);
}

// A page with faults of each kind must be found out, or the silence of the others says nothing.
async function the_eye_sees_faults() {
  const { context, page } = await fresh(browser, { bypassCSP: true });
  await page.setContent('<html><title>x</title><h1>y</h1><input><div style="width:2000px;color:#999;background:#aaa">faint</div><a href="#" tabindex="-1">z</a>');
  const seen = [...(await violations(page)), ...(await looks(page))].join('\n');
  for (const fault of ['label', 'color-contrast', 'does not begin', 'no lang', 'sideways', 'Tab never']) assert.ok(seen.includes(fault), `${fault} was not seen`);
  await context.close();
}

try {
  await the_eye_sees_faults();
  for (const colorScheme of ['light', 'dark']) for (const stop of STOPS) await visit(stop, colorScheme);
  assert.equal(faults.length, 0, `${faults.length} faults:\n${faults.join('\n')}`);
  console.log(`ok axe-core ${axe.version} (Chromium ${browser.version()}): ${STOPS.length} pages, light and dark, without a violation; 320 px, keyboard, titles`);
} finally {
  await close();
}
