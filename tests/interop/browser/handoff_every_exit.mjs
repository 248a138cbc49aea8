// Every way out of our pages ends at a client on another origin, with not one console message, scripts on and off.
// Chromium applies form-action to the whole redirect chain of a form POST and drops the callback without telling the person;
// `the_probe_sees_violations` proves that this file would notice.
// covers: T-07
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { arrived, callbackOrigin, fixture, fresh, launch, request, signIn, thirdOrigin } from './chromium.mjs';

const { browser, close } = await launch();
const done = [];

async function exit(name, options, walk) {
  const { context, messages, page } = await fresh(browser, options);
  await walk(page).catch((failed) => {
    throw new Error(`${name}: ${failed.message}\n${messages.join('\n')}`, { cause: failed });
  });
  assert.deepEqual(messages, [], `${name}: the console must stay empty`);
  await context.close();
  done.push(name.replace(/ \(scripts o\w+\)$/, ''));
}

function checkCode(parameters, state) {
  assert.ok(parameters.get('code'), `no code in ${parameters}`);
  assert.equal(parameters.get('state'), state);
  assert.equal(parameters.get('iss'), fixture.issuer);
}

async function exits(mode, options, username) {
  await exit(`sign-in alone (${mode})`, options, async (page) => {
    const { url, state } = request('web-es256'); // consent = "skip"
    await page.goto(url);
    await signIn(page, username);
    checkCode(await arrived(page), state);
  });
  await exit(`deny (${mode})`, options, async (page) => {
    const { url, state } = request('web-rs256');
    await page.goto(url);
    await signIn(page, username);
    await page.locator('#deny').click();
    const parameters = await arrived(page);
    assert.equal(parameters.get('error'), 'access_denied');
    assert.equal(parameters.get('state'), state);
    assert.equal(parameters.get('code'), null);
  });
  await exit(`sign-in and consent, client redirects to a third origin (${mode})`, options, async (page) => {
    const { url, state } = request('web-rs256', { path: '/onward' });
    await page.goto(url);
    await signIn(page, username);
    await page.locator('#allow').click();
    checkCode(await arrived(page, thirdOrigin), state);
  });
  await exit(`wrong password, sign-in, consent asked again, then without a page (${mode})`, options, async (page) => {
    const first = request('web-rs256', { prompt: 'consent' });
    await page.goto(first.url);
    await signIn(page, username, 'not the password of anybody');
    await signIn(page, username);
    await page.locator('#allow').click();
    checkCode(await arrived(page), first.state);
    const second = request('web-rs256', { prompt: 'none' });
    await page.goto(second.url);
    checkCode(await arrived(page), second.state);
  });
  await exit(`the request as a cross-site form POST (${mode})`, options, async (page) => {
    const { url, state } = request('spa-ps256', { scope: 'openid' });
    await page.goto(callbackOrigin);
    const fields = [...new URL(url).searchParams].map(([name, value]) => `<input name="${name}" value="${value}">`).join('');
    await page.setContent(`<form method="post" action="${fixture.issuer}/authorize">${fields}<button id="go">Go</button></form>`);
    await page.locator('#go').click();
    await signIn(page, username);
    await page.locator('#allow').click();
    checkCode(await arrived(page), state);
  });
}

// The same redirect without a hand-off page, on a server of our own: it must be blocked and it must be heard.
async function the_probe_sees_violations(options) {
  const server = createServer((incoming, response) => {
    if (incoming.method === 'POST') response.writeHead(303, { location: `${callbackOrigin}/callback` }).end();
    else {
      response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': "default-src 'none'; form-action 'self'" });
      response.end('<title>probe</title><form method="post"><button id="go">Go</button></form>');
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { context, messages, page } = await fresh(browser, options);
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.locator('#go').click();
  const deadline = Date.now() + 5000;
  while (!messages.some((m) => m.includes('Content Security Policy')) && Date.now() < deadline) await page.waitForTimeout(50);
  assert.ok(messages.some((m) => m.includes('form-action')), `no violation was heard: ${messages}`);
  assert.notEqual(new URL(page.url()).origin, callbackOrigin);
  await context.close();
  server.close().closeAllConnections();
}

try {
  for (const [mode, options, username] of [
    ['scripts on', {}, 'with-scripts'],
    ['scripts off', { javaScriptEnabled: false }, 'without-scripts'],
  ]) {
    await the_probe_sees_violations(options);
    await exits(mode, options, username);
  }
  console.log(`ok handoff_every_exit (Chromium ${browser.version()}): ${done.length} exits reached the client with an empty console: ${[...new Set(done)].join('; ')}`);
} finally {
  await close();
}
