// Every page a person can meet and how to get there, for the checks that look at pages and not at flows.
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

export const STOPS = [
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
