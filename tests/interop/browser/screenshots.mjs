// Pictures of the pages a person meets, light and dark, on a phone and on a desk, into the folder $SCREENSHOTS.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fresh, launch } from './chromium.mjs';
import { STOPS } from './tour.mjs';

const folder = process.env.SCREENSHOTS;
// All of them, for somebody who looks: SCREENSHOTS_ALL=1 also takes a tablet.
const everything = Boolean(process.env.SCREENSHOTS_ALL);
const PICTURED = { 'sign-in': 'sign-in', consent: 'consent', 'error-redirect-uri': 'error', 'hand-off': 'hand-off', 'account-sessions': 'sessions', setup: 'setup' };
const SIZES = [
  { width: 360, height: 740 },
  ...(everything ? [{ width: 768, height: 1024 }] : []),
  { width: 1280, height: 800 },
];

async function take() {
  mkdirSync(folder, { recursive: true });
  const { browser, close } = await launch();
  let taken = 0;
  try {
    for (const stop of STOPS.filter(({ name }) => everything || name in PICTURED)) {
      for (const colorScheme of ['light', 'dark']) {
        for (const viewport of SIZES) {
          const { context, page } = await fresh(browser, { colorScheme, viewport, reducedMotion: 'reduce' });
          await stop.open(page);
          await page.screenshot({ path: join(folder, `${PICTURED[stop.name] ?? stop.name}-${colorScheme}-${viewport.width}.png`), fullPage: true });
          await context.close();
          taken += 1;
        }
      }
    }
  } finally {
    await close();
  }
  return `${taken} pictures in ${folder}`;
}

console.log(`ok screenshots: ${folder ? await take() : 'none asked for (SCREENSHOTS is not set)'}`);
