// What `run` tells a client: the issuer and the realm's document; and the person at the other end (browser.py).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

export const fixture = JSON.parse(readFileSync(process.env.INTEROP_FIXTURE, 'utf8'));
export const redirectUri = `http://localhost:${fixture.callback_port}/callback`;

export function application(clientId) {
  const found = fixture.applications.find((a) => a.client_id === clientId);
  assert.ok(found, `realm.toml has no application ${clientId}`);
  return { ...found, secret: found.client_secrets?.[0] };
}

export function user(username) {
  return fixture.users.find((u) => u.username === username);
}

export function resourceServer(id) {
  const found = fixture.resource_servers.find((r) => r.id === id);
  return { ...found, caller: found.introspection[0] };
}

// Each of the three prefixes under which an application can be reached.
export function issuersOf(clientId) {
  const realm = fixture.realm_issuer;
  return [fixture.issuer, realm, `${realm}/applications/${application(clientId).id}`];
}

// The redirect URI with the response on it, after `username` signed in and decided.
export async function browse(url, { username = 'alice', decision = 'allow', cookies, expectNoPage = false } = {}) {
  const given = ['--url', url.href, '--until', redirectUri, '--username', username];
  given.push('--password', user(username).password, '--decision', decision);
  if (cookies) given.push('--cookies', cookies);
  if (expectNoPage) given.push('--expect-no-page');
  const { stdout } = await promisify(execFile)('python3', ['-B', process.env.INTEROP_BROWSER, ...given]).catch((failed) => {
    throw new Error(failed.stderr || failed.message);
  });
  return new URL(stdout.trim());
}

// A package's version, read from its manifest because most do not export it.
export function versionOf(name) {
  return JSON.parse(readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;
}
