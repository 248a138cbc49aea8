// Headless Chromium and the client's side of a flow: a callback on another origin, with every console message kept.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';
import { application, fixture, user } from '../clients/node/fixture.mjs';

export { fixture } from '../clients/node/fixture.mjs';
export const callbackOrigin = `http://localhost:${fixture.callback_port}`;
export const thirdOrigin = `http://localhost:${fixture.third_port}`;
export const WAIT = 15_000;

const FLAGS = '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

export async function launch() {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS.split(' ') });
  const callback = await listen(fixture.callback_port, (request, response) => {
    const onward = request.url.startsWith('/onward');
    if (onward) response.writeHead(302, { location: `${thirdOrigin}/landed${new URL(request.url, callbackOrigin).search}` }).end();
    else answer(response, 'The client');
  });
  const third = await listen(fixture.third_port, (_, response) => answer(response, 'The third origin'));
  const close = async () => {
    await browser.close();
    for (const server of [callback, third]) server.close().closeAllConnections();
  };
  return { browser, close };
}

function answer(response, title) {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html><html lang="en"><title>${title}</title><link rel="icon" href="data:,"><h1>${title}</h1>`);
}

function listen(port, handler) {
  const server = createServer(handler);
  return new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', () => resolve(server)));
}

// A context whose pages tell everything: `messages` collects console output, page errors and failed requests of the issuer.
export async function fresh(browser, options = {}) {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(WAIT);
  const messages = [];
  // Chromium announces a page with an error status as a failed resource: the sign-in form shown again (422) is meant.
  const forms = ['/login', '/account/profile', '/account/password'].map((path) => `${fixture.issuer}${path}`);
  const meant = (message) => forms.includes(message.location().url) && message.text().includes('status of 422');
  context.on('console', (message) => meant(message) || messages.push(`${message.type()}: ${message.text()} (${message.location().url})`));
  context.on('weberror', (error) => messages.push(`error: ${error.error()}`));
  context.on('response', (response) => {
    const ours = response.url().startsWith(fixture.issuer);
    if (ours && response.status() >= 400 && !response.request().isNavigationRequest()) messages.push(`${response.status()} ${response.url()}`);
  });
  return { context, messages, page: await context.newPage() };
}

// An authorization request of `clientId`, as a client would build it.
export function request(clientId, { path = '/callback', scope = 'openid profile email orders:read', ...further } = {}) {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(8).toString('hex');
  const url = new URL(`${fixture.issuer}/authorize`);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: application(clientId).client_id,
    redirect_uri: `${callbackOrigin}${path}`,
    scope,
    state,
    nonce: randomBytes(8).toString('hex'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...further,
  });
  return { url: url.href, state, verifier };
}

export async function signIn(page, username, password = user(username).password) {
  const name = page.locator('#username');
  if (await name.isEditable()) await name.fill(username); // it is fixed when somebody signs in again
  await page.locator('#password').fill(password);
  await page.locator('#sign-in').click();
}

// Waits until the browser is at `origin` and returns the response parameters that came with it.
export async function arrived(page, origin = callbackOrigin) {
  await page.waitForURL((url) => url.origin === origin, { timeout: WAIT }).catch(async () => {
    assert.fail(`never arrived at ${origin}; stuck on ${page.url()}: ${await textOf(page)}`);
  });
  return new URL(page.url()).searchParams;
}

export async function textOf(page) {
  return (await page.locator('body').innerText({ timeout: 2000 }).catch(() => '(no body)')).replaceAll(/\s+/g, ' ').slice(0, 600);
}
