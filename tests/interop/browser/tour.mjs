// Every page a person can meet and how to get there, for the checks that look at pages and not at flows.
import { application } from '../clients/node/fixture.mjs';
import { callbackOrigin, fixture, request, signIn } from './chromium.mjs';

const USERNAME = 'dora'; // consents to nothing, so that every stop finds the consent page

const go = (page, path) => page.goto(`${fixture.issuer}${path}`);

async function toSignIn(page, clientId = 'web-rs256', further = {}) {
  await page.goto(request(clientId, further).url);
  await page.locator('#username').waitFor();
}

async function toConsent(page) {
  await toSignIn(page);
  await signIn(page, USERNAME);
  await page.locator('#allow').waitFor();
}

// At the hand-off page, signed in.
async function signedIn(page) {
  await toSignIn(page, 'web-es256');
  await handedOff(page, () => signIn(page, USERNAME));
}

// The client answers 204, so that the browser stays on the hand-off page that sent it there. Waiting for the refresh to
// fire keeps it from interrupting where the tour goes next.
async function handedOff(page, leave) {
  await page.context().route(`${callbackOrigin}/**`, (route) => route.fulfill({ status: 204 }));
  const refresh = page.waitForRequest((sent) => sent.url().startsWith(callbackOrigin));
  await leave();
  await refresh;
  await page.locator('#continue').waitFor();
}

// In the account of somebody who has let an application in from another browser, once for the whole tour.
async function inAccount(page, path = '/account') {
  inAccount.visited ??= await letIn(page);
  await go(page, '/account');
  await signIn(page, OWNER);
  await page.locator('nav').first().waitFor();
  if (path === '/account/sessions') {
    await go(page, path);
    const others = page.locator('#end-others');
    if (await others.isVisible()) await others.click();
    await letIn(page);
  }
  await go(page, path);
}

const OWNER = 'olga';
const PHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1';

// On another device: signs in at an application, allows it, and lets it have its tokens.
async function letIn(page) {
  const context = await page.context().browser().newContext({ userAgent: PHONE });
  const elsewhere = await context.newPage();
  const asked = request('web-rs256', { scope: 'openid profile email orders:read offline_access' });
  const there = (url) => url.origin === callbackOrigin || url.pathname === '/consent';
  await elsewhere.goto(asked.url);
  await signIn(elsewhere, OWNER);
  await elsewhere.waitForURL(there);
  if (new URL(elsewhere.url()).pathname === '/consent') {
    await elsewhere.locator('#allow').click();
    await elsewhere.waitForURL((url) => url.origin === callbackOrigin);
  }
  const { client_id, secret } = application('web-rs256');
  const code = new URL(elsewhere.url()).searchParams.get('code');
  const body = { grant_type: 'authorization_code', code, code_verifier: asked.verifier, redirect_uri: `${callbackOrigin}/callback` };
  const authorization = `Basic ${Buffer.from(`${encodeURIComponent(client_id)}:${encodeURIComponent(secret)}`).toString('base64')}`;
  const redeemed = await fetch(`${fixture.issuer}/token`, { method: 'POST', headers: { authorization }, body: new URLSearchParams(body) });
  if (!redeemed.ok) throw new Error(`no tokens: ${await redeemed.text()}`);
  await context.close();
  return true;
}

const press = async (page, button) => {
  await page.locator(button).click();
  await page.waitForLoadState();
};

const ACCOUNT = [
  { name: 'account-sign-in', open: (page) => go(page, '/account') },
  { name: 'account', open: inAccount },
  { name: 'account-profile', open: (page) => inAccount(page, '/account/profile') },
  {
    name: 'account-profile-wrong',
    open: async (page) => {
      await inAccount(page, '/account/profile');
      await page.locator('#birthdate').fill('yesterday');
      await press(page, '#save');
    },
  },
  {
    name: 'account-profile-saved',
    open: async (page) => {
      await inAccount(page, '/account/profile');
      await page.locator('#nickname').fill('Olga');
      await press(page, '#save');
      await page.locator('[role=status]').waitFor();
    },
  },
  { name: 'account-password', open: (page) => inAccount(page, '/account/password') },
  {
    name: 'account-password-refused',
    open: async (page) => {
      await inAccount(page, '/account/password');
      await page.locator('#old-password').fill('anything at all');
      await page.locator('#new-password').fill('short');
      await page.locator('#repeated-password').fill('short');
      await press(page, '#change');
    },
  },
  { name: 'account-sessions', open: (page) => inAccount(page, '/account/sessions') },
  {
    name: 'account-sessions-open',
    open: async (page) => {
      await inAccount(page, '/account/sessions');
      await page.locator('summary').first().click();
    },
  },
  { name: 'account-apps', open: (page) => inAccount(page, '/account/apps') },
  {
    name: 'account-apps-open',
    open: async (page) => {
      await inAccount(page, '/account/apps');
      await page.locator('summary').first().click();
    },
  },
  { name: 'account-activity', open: (page) => inAccount(page, '/account/activity') },
  { name: 'link-gone', open: (page) => go(page, `/setup/${'A'.repeat(43)}`) },
];
const SETUP = fixture.setup_link ? [{ name: 'setup', open: (page) => page.goto(fixture.setup_link) }] : [];

export const STOPS = [
  ...ACCOUNT,
  ...SETUP,
  { name: 'sign-in', open: toSignIn },
  {
    name: 'sign-in-refused',
    open: async (page) => {
      await toSignIn(page);
      await signIn(page, USERNAME, 'not the password of anybody');
      await page.locator('[role=alert]').waitFor();
    },
  },
  {
    name: 'sign-in-empty',
    open: async (page) => {
      await toSignIn(page);
      await page.locator('#sign-in').click();
      await page.locator('[role=alert]').waitFor();
    },
  },
  {
    name: 'sign-in-again',
    open: async (page) => {
      await signedIn(page);
      await toSignIn(page, 'web-es256', { prompt: 'login' });
    },
  },
  {
    name: 'choose-account',
    open: async (page) => {
      await signedIn(page);
      await page.goto(request('web-es256', { prompt: 'select_account' }).url);
      await page.locator('main form').first().waitFor();
    },
  },
  { name: 'consent', open: toConsent },
  { name: 'hand-off', open: signedIn },
  {
    name: 'hand-off-denied',
    open: async (page) => {
      await toConsent(page);
      await handedOff(page, () => page.locator('#deny').click());
    },
  },
  { name: 'error-redirect-uri', open: (page) => page.goto(request('web-rs256', { redirect_uri: 'https://elsewhere.example/callback' }).url) },
  { name: 'error-unknown-client', open: (page) => page.goto(request('web-rs256', { client_id: 'nobody-knows-me' }).url) },
  { name: 'error-not-found', open: (page) => go(page, '/there-is-no-such-page') },
  {
    name: 'error-stale',
    open: async (page) => {
      await toSignIn(page);
      await page.context().clearCookies();
      await signIn(page, USERNAME);
      await page.waitForLoadState();
    },
  },
  {
    name: 'sign-out',
    open: async (page) => {
      await signedIn(page);
      await go(page, '/logout');
    },
  },
  {
    name: 'signed-out',
    open: async (page) => {
      await signedIn(page);
      await go(page, '/logout');
      await page.locator('main form button').first().click();
      await page.waitForLoadState();
    },
  },
];
