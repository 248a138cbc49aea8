// openid-client: every feature of step one under each of the three issuers of an application.
// covers: A-17 A-18 T-07 T-08 T-16 T-17 V-02 V-06 I-01 I-03 I-04
import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as client from 'openid-client';
import { application, browse, fixture, issuersOf, redirectUri, resourceServer, user, versionOf } from './fixture.mjs';

const overHttp = { execute: [client.allowInsecureRequests] };
const METHODS = { client_secret_basic: client.ClientSecretBasic, client_secret_post: client.ClientSecretPost };

function discover(issuer, clientId, secret = application(clientId).secret) {
  const { token_endpoint_auth_method: method, id_token_signed_response_alg: alg } = application(clientId);
  const authentication = method === 'none' ? client.None() : METHODS[method](secret);
  const metadata = alg ? { id_token_signed_response_alg: alg } : {};
  return client.discovery(new URL(issuer), clientId, metadata, authentication, overHttp);
}

async function machine(clientId, issuer) {
  const config = await discover(issuer, clientId);
  const answer = await client.clientCredentialsGrant(config, { scope: 'orders:read' });
  const { expires_after: lifetime } = application(clientId).token_configuration;
  assert.equal(answer.token_type, 'bearer');
  assert.equal(answer.expires_in, lifetime);
  assert.equal(answer.scope ?? 'orders:read', 'orders:read');
  assert.equal(answer.refresh_token, undefined);
  await introspected(config, answer.access_token, { clientId, sub: clientId, issuer, lifetime });
}

// The issuing application and the resource server whose audience it is learn the claims, another server nothing.
async function introspected(config, token, { clientId, sub, issuer, lifetime }) {
  const server = resourceServer('orders');
  const asCaller = (caller) => {
    const other = new client.Configuration(config.serverMetadata(), caller.id, {}, client.ClientSecretBasic(caller.secret));
    client.allowInsecureRequests(other);
    return other;
  };
  for (const caller of [config, asCaller(server.caller)]) {
    const claims = await client.tokenIntrospection(caller, token);
    assert.equal(claims.active, true);
    assert.equal(claims.client_id, clientId);
    assert.equal(claims.sub, sub);
    assert.equal(claims.iss, issuer);
    assert.equal(claims.exp - claims.iat, lifetime);
    assert.ok([claims.aud].flat().includes(server.identifier), `aud ${claims.aud}`);
    assert.ok(claims.scope.split(' ').includes('orders:read'), `scope ${claims.scope}`);
  }
  const stranger = await client.tokenIntrospection(asCaller(resourceServer('billing').caller), token);
  assert.deepEqual({ ...stranger }, { active: false });
  const unknown = await client.tokenIntrospection(config, 'no-such-token');
  assert.deepEqual({ ...unknown }, { active: false });
}

async function authorize(config, browsing = {}, further = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()];
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid profile email address phone orders:read',
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...further,
  });
  const callback = await browse(url, browsing);
  return { callback, checks: { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true } };
}

async function person(clientId, issuer) {
  const config = await discover(issuer, clientId);
  const cookies = join(process.env.INTEROP_FOLDER, `openid-client-${clientId}-${issuersOf(clientId).indexOf(issuer)}.json`);
  const { callback, checks } = await authorize(config, { cookies });
  await refused('invalid_grant', client.authorizationCodeGrant(config, callback, { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() }));
  const answer = await client.authorizationCodeGrant(config, callback, checks); // the wrong verifier above consumed nothing
  const claims = answer.claims();
  assert.ok(claims.sub && claims.auth_time && claims.sid && claims.at_hash, `ID token claims ${Object.keys(claims)}`);
  const profile = await client.fetchUserInfo(config, answer.access_token, claims.sub);
  const alice = user('alice');
  for (const claim of ['name', 'given_name', 'family_name', 'email', 'email_verified', 'phone_number']) {
    assert.equal(profile[claim], alice[claim], claim);
  }
  assert.equal(profile.address.locality, alice.address.locality);
  const { expires_after: lifetime } = application(clientId).token_configuration;
  const confidential = Boolean(application(clientId).secret);
  if (confidential) await introspected(config, answer.access_token, { clientId, sub: claims.sub, issuer, lifetime });
  await silently(config, cookies, claims);
  await refused('invalid_grant', client.authorizationCodeGrant(config, callback, checks)); // a valid replay kills the first redemption's tokens
  if (confidential) assert.deepEqual({ ...(await client.tokenIntrospection(config, answer.access_token)) }, { active: false });
  await assert.rejects(client.fetchUserInfo(config, answer.access_token, claims.sub), { code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE' });
}

// Single sign-on: the same browser is sent on without a page, to a token of the same sign-in.
async function silently(config, cookies, first) {
  const { callback, checks } = await authorize(config, { cookies, expectNoPage: true }, { prompt: 'none' });
  const again = (await client.authorizationCodeGrant(config, callback, checks)).claims();
  assert.equal(again.sub, first.sub);
  assert.equal(again.auth_time, first.auth_time);
}

// Renewed, asked for again as after a lost answer, and taken back with every token of its family.
async function lasting(clientId, issuer) {
  const config = await discover(issuer, clientId);
  const { callback, checks } = await authorize(config);
  const first = await client.authorizationCodeGrant(config, callback, checks);
  const second = await client.refreshTokenGrant(config, first.refresh_token, { scope: 'openid orders:read' });
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.deepEqual(second.scope.split(' ').sort(), ['openid', 'orders:read']);
  for (const claim of ['sub', 'auth_time', 'sid']) assert.equal(second.claims()[claim], first.claims()[claim], claim);
  const again = await client.refreshTokenGrant(config, first.refresh_token);
  assert.equal(again.refresh_token, second.refresh_token);
  await client.tokenRevocation(config, second.refresh_token, { token_type_hint: 'refresh_token' });
  await refused('invalid_grant', client.refreshTokenGrant(config, second.refresh_token));
  for (const { access_token: token } of [first, second, again]) {
    assert.deepEqual({ ...(await client.tokenIntrospection(config, token)) }, { active: false });
  }
  await client.tokenRevocation(config, second.refresh_token);
}

async function negatives(issuer) {
  const config = await discover(issuer, 'web-rs256');
  const denied = await authorize(config, { username: 'dora', decision: 'deny' });
  await refused('access_denied', client.authorizationCodeGrant(config, denied.callback, denied.checks));
  const unknown = await authorize(config, { expectNoPage: true }, { prompt: 'none' });
  await refused('login_required', client.authorizationCodeGrant(config, unknown.callback, unknown.checks));
  for (const clientId of ['machine-es256', 'machine-ps256']) {
    const wrong = await discover(issuer, clientId, 'a-secret-that-nobody-ever-registered-0123');
    await refused('invalid_client', client.clientCredentialsGrant(wrong, {}));
    await refused('invalid_scope', client.clientCredentialsGrant(await discover(issuer, clientId), { scope: 'orders:write' }));
  }
  await refused('unauthorized_client', client.clientCredentialsGrant(config, {}));
}

// A 401 with a challenge carries its error code in the body; the library keeps it for us to read.
async function refused(code, attempt) {
  const error = await attempt.then(
    () => assert.fail(`${code} was expected, but the server agreed`),
    (refusal) => refusal,
  );
  const seen = error.error ?? (error.cause instanceof Error ? error.cause.message : undefined);
  if (error instanceof client.WWWAuthenticateChallengeError) {
    const body = await error.response?.clone().json().catch(() => ({}));
    assert.equal(body?.error ?? error.cause?.[0]?.parameters?.error, code);
  } else {
    assert.equal(seen, code, error.stack);
  }
}

const MACHINES = ['machine-rs256', 'machine-ps256', 'machine-es256', 'machine-eddsa', 'machine-referential'];
for (const clientId of MACHINES) for (const issuer of issuersOf(clientId)) await machine(clientId, issuer);
const PEOPLE = ['web-rs256', 'spa-ps256', 'web-es256', 'web-eddsa'];
for (const clientId of PEOPLE) for (const issuer of issuersOf(clientId)) await person(clientId, issuer);
for (const issuer of issuersOf('web-refresh')) await lasting('web-refresh', issuer);
await negatives(fixture.issuer);
await negatives(fixture.realm_issuer);
console.log(
  `ok openid-client ${versionOf('openid-client')}: ${MACHINES.length} machines and ${PEOPLE.length} applications under 3 issuers each:` +
    ' discovery, client_credentials, code + PKCE, ID token, userinfo, introspection, silent sign-on, refresh and its repetition, revocation; replay, wrong verifier, secret and scope refused',
);
