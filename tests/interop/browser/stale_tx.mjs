// A sign-in page that is left, reloaded, doubled, robbed of its cookies or sent late never ends without a working way on.
// "A way on" is what a person sees: a form that works or a link in the page; each walk follows it until it is at the client.
import assert from 'node:assert/strict';
import { arrived, callbackOrigin, fixture, fresh, launch, request, signIn, textOf } from './chromium.mjs';

const USERNAME = 'back-and-forth';
const MAX_STEPS = 8;
const { browser, close } = await launch();
const done = [];

async function walk(name, options, steps) {
  const { context, page } = await fresh(browser, options);
  await steps(page, context).catch((failed) => {
    throw new Error(`${name}: ${failed.message}`, { cause: failed });
  });
  await context.close();
  done.push(name.replace(/ \(scripts o\w+\)$/, ''));
}

// Does what the page offers until it is at the client; fails on a page that offers nothing.
async function goOn(page) {
  for (let step = 0; step < MAX_STEPS; step += 1) {
    await page.waitForLoadState();
    const before = page.url();
    if (new URL(before).origin === callbackOrigin) return new URL(before).searchParams;
    assert.ok(before.startsWith(fixture.issuer), `left for ${before}`);
    const offered = await act(page, before);
    const moved = await page.waitForURL((url) => url.href !== before, { timeout: 2000 }).then(() => true, () => false);
    assert.ok(offered || moved, `no way on from ${before}: ${await textOf(page)}`); // a form may answer under its own address
  }
  assert.fail(`still at ${page.url()} after ${MAX_STEPS} steps: ${await textOf(page)}`);
}

// The one thing a person would do here. A hand-off page leaves by itself; its link is for browsers that do not follow a refresh.
async function act(page, address) {
  if (await page.locator('#continue').isVisible()) return page.waitForURL((url) => url.href !== address, { timeout: 2000 }).then(() => true, () => false);
  if (await page.locator('#username').isVisible()) return signIn(page, USERNAME).then(() => true);
  if (await page.locator('#allow').isVisible()) return page.locator('#allow').click().then(() => true);
  const way = page.locator('main a[href]:not([href^="#"]), main form button').first();
  return (await way.isVisible()) && way.click().then(() => true);
}

async function open(page, further = { prompt: 'consent' }) {
  const made = request('web-rs256', further);
  await page.goto(made.url);
  return made;
}

function checkCode(parameters, state) {
  assert.ok(parameters.get('code'), `no code in ${parameters}`);
  assert.equal(parameters.get('state'), state);
}

async function walks(mode, options) {
  await walk(`Back from consent to sign-in (${mode})`, options, async (page) => {
    const { state } = await open(page);
    await signIn(page, USERNAME);
    await page.locator('#allow').waitFor();
    await page.goBack();
    checkCode(await goOn(page), state);
  });
  await walk(`reload of sign-in, of a refusal and of consent (${mode})`, options, async (page) => {
    const { state } = await open(page);
    await page.reload();
    await signIn(page, USERNAME, 'not the password of anybody');
    await page.locator('#username').waitFor();
    await page.reload();
    await signIn(page, USERNAME);
    await page.locator('#allow').waitFor();
    await page.reload();
    checkCode(await goOn(page), state);
  });
  await walk(`Back from the client (${mode})`, options, async (page) => {
    await open(page);
    await goOn(page);
    await page.goBack();
    await goOn(page);
  });
  await walk(`two tabs, each with its own request (${mode})`, options, async (first, context) => {
    const second = await context.newPage();
    const [one, two] = [await open(first), await open(second)];
    await signIn(first, USERNAME);
    await first.locator('#allow').waitFor();
    checkCode(await goOn(second), two.state);
    checkCode(await goOn(first), one.state);
  });
  await walk(`two tabs on one request: the sign-in and the consent of the late one (${mode})`, options, async (first, context) => {
    const { state } = await open(first);
    const [second, third] = [await context.newPage(), await context.newPage()];
    await second.goto(first.url());
    await signIn(first, USERNAME);
    await first.locator('#allow').waitFor();
    await third.goto(first.url());
    checkCode(await goOn(first), state);
    await goOn(second); // its sign-in form was made before the session
    await goOn(third); // its consent form was answered elsewhere
  });
  await walk(`cookies cleared before the sign-in form is sent (${mode})`, options, async (page, context) => {
    await open(page);
    await context.clearCookies();
    await signIn(page, USERNAME);
    await goOn(page);
  });
  await walk(`cookies cleared before consent is sent (${mode})`, options, async (page, context) => {
    await open(page);
    await signIn(page, USERNAME);
    await page.locator('#allow').waitFor();
    await context.clearCookies();
    await page.locator('#allow').click();
    await goOn(page);
  });
  await walk(`cookies cleared, then reload (${mode})`, options, async (page, context) => {
    await open(page);
    await context.clearCookies();
    await page.reload();
    await goOn(page);
  });
  await walk(`an unknown request is a page that says so (${mode})`, options, async (page) => {
    await open(page);
    await page.goto(`${page.url().slice(0, -6)}AAAAAA`);
    assert.ok(await page.locator('h1').innerText(), 'a page with a heading');
  });
}

// A form that another site fills in and sends must do nothing: the person is neither signed in nor at the client.
async function foreignForm() {
  const { context, page } = await fresh(browser);
  await open(page);
  const forged = await page.locator('form:has(#username)').evaluate((form) => {
    const hidden = [...form.querySelectorAll('input[type=hidden]')].map((input) => [input.name, input.value]);
    return { action: form.action, hidden };
  });
  const other = await fresh(browser); // another person's browser, with the attacker's own csrf value and no cookie
  await other.page.goto(callbackOrigin);
  const fields = forged.hidden.map(([name, value]) => `<input name="${name}" value="${value}">`).join('');
  const named = `<input name="username" value="${USERNAME}"><input name="password" value="${USERNAME}-interop-password">`;
  await other.page.setContent(`<form method="post" action="${forged.action}">${fields}${named}<button id="go">Go</button></form>`);
  await other.page.locator('#go').click();
  await other.page.waitForLoadState();
  assert.equal(new URL(other.page.url()).origin, fixture.issuer, 'the forged form must end on a page of ours');
  const silent = request('web-es256', { prompt: 'none', scope: 'openid' });
  await other.page.goto(silent.url);
  assert.equal((await arrived(other.page)).get('error'), 'login_required', 'a forged sign-in must sign nobody in');
  for (const one of [context, other.context]) await one.close();
  done.push('a sign-in form forged by another site');
}

try {
  for (const [mode, options] of [['scripts on', {}], ['scripts off', { javaScriptEnabled: false }]]) await walks(mode, options);
  await foreignForm();
  console.log(`ok stale_tx (Chromium ${browser.version()}): ${done.length} walks ended well: ${[...new Set(done)].join('; ')}`);
} finally {
  await close();
}
