// oauth4webapi: the strictest reader of responses. Public, post and basic clients, and the resource server's side of a token.
// covers: A-04 A-06 A-07 A-10 A-11 A-18 A-19 T-03 T-16 T-20 T-22 V-02 V-04 I-04
import assert from 'node:assert/strict';
import * as oauth from 'oauth4webapi';
import { application, browse, fixture, issuersOf, redirectUri, resourceServer, versionOf } from './fixture.mjs';

const http = { [oauth.allowInsecureRequests]: true };
const METHODS = { client_secret_basic: oauth.ClientSecretBasic, client_secret_post: oauth.ClientSecretPost, none: oauth.None };

async function discover(issuer, algorithm = 'oidc') {
  const url = new URL(issuer);
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { algorithm, ...http }));
}

// Both documents of one issuer, each found where its specification puts it, tell the same.
async function discovery(issuer) {
  const server = await discover(issuer);
  const plain = await discover(issuer, 'oauth2'); // RFC 8414 section 3.1: the well-known part goes before the path
  for (const member of ['issuer', 'token_endpoint', 'authorization_endpoint', 'jwks_uri', 'introspection_endpoint']) {
    assert.equal(plain[member], server[member], member);
    if (member === 'authorization_endpoint' && !server.grant_types_supported.includes('authorization_code')) continue; // RFC 8414 section 2
    assert.ok(server[member].startsWith(issuer), `${member} ${server[member]}`);
  }
  assert.deepEqual(server.response_types_supported, ['code']);
  assert.deepEqual(server.code_challenge_methods_supported, ['S256']);
  assert.equal(server.authorization_response_iss_parameter_supported, true);
  assert.ok(!server.id_token_signing_alg_values_supported.includes('none'));
  return server;
}

function credentials(clientId, { secret, method } = {}) {
  const found = application(clientId);
  const known = {
    client_id: clientId,
    ...(found.id_token_signed_response_alg && { id_token_signed_response_alg: found.id_token_signed_response_alg }),
  };
  return [known, METHODS[method ?? found.token_endpoint_auth_method](secret ?? found.secret)];
}

async function machine(server, clientId) {
  const given = credentials(clientId);
  const answer = await oauth.processClientCredentialsResponse(server, given[0], await oauth.clientCredentialsGrantRequest(server, ...given, {}, http));
  const { allowed_scopes: everything, token_format: format } = application(clientId);
  assert.deepEqual(answer.scope.split(' ').sort(), [...everything].sort()); // none asked means all
  if (format === 'self_contained') await asResourceServer(server, answer.access_token, clientId);
  return answer.access_token;
}

// What an API does with the token it is handed (RFC 9068): offline, by the published keys alone.
async function asResourceServer(server, token, clientId) {
  const { identifier } = resourceServer('orders');
  const bearing = (text) => new Request(identifier, { headers: { authorization: `Bearer ${text}` } });
  const claims = await oauth.validateJwtAccessToken(server, bearing(token), identifier, http);
  assert.equal(claims.client_id, clientId);
  assert.ok(claims.scope.split(' ').includes('orders:read'));
  await assert.rejects(oauth.validateJwtAccessToken(server, bearing(token), 'https://billing.example/api', http));
  const tampered = token.slice(0, -10) + (token.at(-10) === 'A' ? 'B' : 'A') + token.slice(-9);
  await assert.rejects(oauth.validateJwtAccessToken(server, bearing(tampered), identifier, http));
}

async function introspect(server, token, caller) {
  const known = { client_id: caller.id };
  const answer = await oauth.introspectionRequest(server, known, oauth.ClientSecretBasic(caller.secret), token, http);
  return oauth.processIntrospectionResponse(server, known, answer);
}

function authorizationUrl(server, clientId, parameters) {
  const url = new URL(server.authorization_endpoint);
  url.search = new URLSearchParams({ client_id: clientId, redirect_uri: redirectUri, response_type: 'code', ...parameters });
  return url;
}

// A person signs in and allows; what comes back, and how it is redeemed.
async function authorize(server, clientId) {
  const given = credentials(clientId);
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const challenge = await oauth.calculatePKCECodeChallenge(verifier);
  const request = { scope: 'openid email orders:read', state, nonce, code_challenge: challenge, code_challenge_method: 'S256', max_age: '300' };
  const callback = await browse(authorizationUrl(server, clientId, request));
  const parameters = oauth.validateAuthResponse(server, given[0], callback, state); // iss too (RFC 9207)
  const redeem = (uri = redirectUri, word = verifier) => oauth.authorizationCodeGrantRequest(server, ...given, parameters, uri, word, http);
  return { given, nonce, redeem };
}

async function person(server, clientId) {
  const { given, nonce, redeem } = await authorize(server, clientId);
  for (const wrong of [redeem(`${redirectUri}/`), redeem(redirectUri, oauth.generateRandomCodeVerifier())]) {
    await refused('invalid_grant', 400, oauth.processAuthorizationCodeResponse(server, given[0], await wrong));
  }
  const response = await redeem();
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const checks = { expectedNonce: nonce, maxAge: 300, requireIdToken: true };
  const answer = await oauth.processAuthorizationCodeResponse(server, given[0], response, checks);
  await oauth.validateApplicationLevelSignature(server, response, http);
  const claims = oauth.getValidatedIdTokenClaims(answer);
  await checkAtHash(claims.at_hash, answer.access_token, application(clientId).id_token_signed_response_alg);
  const bearing = await oauth.userInfoRequest(server, given[0], answer.access_token, http);
  assert.equal((await oauth.processUserInfoResponse(server, given[0], claims.sub, bearing)).email, 'alice@example.org');
  const asAccessToken = await oauth.userInfoRequest(server, given[0], answer.id_token, http); // an ID token opens nothing
  assert.equal(asAccessToken.status, 401);
  if (application(clientId).token_format === 'self_contained') await asResourceServer(server, answer.access_token, clientId);
  const { caller } = resourceServer('orders');
  assert.equal((await introspect(server, answer.access_token, caller)).active, true);
  assert.deepEqual({ ...(await introspect(server, answer.id_token, caller)) }, { active: false });
}

// Renewed, then taken back: by a stranger in vain, by a wrong hint all the same, and once more without a word.
async function lasting(server, clientId) {
  const { given, nonce, redeem } = await authorize(server, clientId);
  const first = await oauth.processAuthorizationCodeResponse(server, given[0], await redeem(), { expectedNonce: nonce, requireIdToken: true });
  const ask = async (token) => oauth.processRefreshTokenResponse(server, given[0], await oauth.refreshTokenGrantRequest(server, ...given, token, http));
  const second = await ask(first.refresh_token);
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.equal(second.scope, first.scope);
  assert.equal(oauth.getValidatedIdTokenClaims(second).sub, oauth.getValidatedIdTokenClaims(first).sub);
  assert.equal(oauth.getValidatedIdTokenClaims(second).nonce, undefined); // OpenID Connect Core section 12.2
  assert.equal((await ask(first.refresh_token)).refresh_token, second.refresh_token);
  const revoke = async (who, token, hint) =>
    oauth.processRevocationResponse(await oauth.revocationRequest(server, ...who, token, { additionalParameters: { token_type_hint: hint }, ...http }));
  await refused('invalid_grant', 400, revoke(credentials('machine-es256'), second.refresh_token, 'refresh_token'));
  const { caller } = resourceServer('orders');
  assert.equal((await introspect(server, second.access_token, caller)).active, true);
  await revoke(given, second.refresh_token, 'access_token');
  assert.deepEqual({ ...(await introspect(server, second.access_token, caller)) }, { active: false });
  await refused('invalid_grant', 400, ask(second.refresh_token));
  await revoke(given, second.refresh_token, 'refresh_token');
  await revoke(given, 'nobody-knows-this-token', 'refresh_token');
}

// OpenID Connect Core section 3.1.3.6: the left half of the hash that the signature algorithm uses.
async function checkAtHash(claimed, token, algorithm) {
  const hash = algorithm === 'EdDSA' ? 'SHA-512' : 'SHA-256';
  const digest = Buffer.from(await crypto.subtle.digest(hash, new TextEncoder().encode(token)));
  assert.equal(claimed, digest.subarray(0, digest.length / 2).toString('base64url'));
}

async function negatives(server) {
  const [known] = credentials('machine-es256');
  const ask = async (...given) => oauth.processClientCredentialsResponse(server, known, await oauth.clientCredentialsGrantRequest(server, ...given, {}, http));
  await refused('invalid_client', 401, ask(...credentials('machine-es256', { secret: 'wrong-secret-wrong-secret-wrong-secret' })));
  await refused('invalid_client', 401, ask(...credentials('machine-es256', { method: 'client_secret_post' })));
  await refused('invalid_client', 401, ask(...credentials('machine-ps256', { method: 'client_secret_basic' })));
  await refused('invalid_client', 401, ask(...credentials('spa-ps256', { method: 'client_secret_post', secret: 'a-public-application-has-no-secret-0123' })));
  const spa = credentials('spa-ps256')[0];
  for (const pkce of [{}, { code_challenge: 'x'.repeat(43), code_challenge_method: 'plain' }, { code_challenge: 'x'.repeat(43) }]) {
    const callback = await browse(authorizationUrl(server, 'spa-ps256', { scope: 'openid', state: 's', ...pkce }), { expectNoPage: true });
    assert.throws(() => oauth.validateAuthResponse(server, spa, callback, 's'), { error: 'invalid_request' });
  }
  const callback = await browse(authorizationUrl(server, 'spa-ps256', { state: 's', response_type: 'token' }), { expectNoPage: true });
  assert.throws(() => oauth.validateAuthResponse(server, spa, callback, 's'), { error: 'unsupported_response_type' });
}

// A challenge is parsed before the body, so that the code of a 401 stands in the response that the error carries.
async function refused(code, status, attempt) {
  const error = await attempt.then(() => assert.fail(`${code} was expected, but the server agreed`), (refusal) => refusal);
  const response = error.response ?? assert.fail(error.stack);
  assert.equal(response.status, status);
  if (status === 401) assert.match(response.headers.get('www-authenticate') ?? '', /^Basic /);
  const seen = error.error ?? (await response.json()).error;
  assert.equal(seen, code);
}

const MACHINES = ['machine-rs256', 'machine-ps256', 'machine-es256', 'machine-eddsa', 'machine-referential'];
const PEOPLE = ['spa-ps256', 'web-es256', 'web-rs256', 'web-eddsa'];
const issuers = new Set(issuersOf('machine-rs256'));
for (const issuer of issuers) await machine(await discovery(issuer), 'machine-rs256');
const server = await discover(fixture.issuer);
for (const clientId of MACHINES) {
  const token = await machine(server, clientId);
  const { caller } = resourceServer('orders');
  assert.equal((await introspect(server, token, caller)).client_id, clientId);
}
for (const clientId of PEOPLE) await person(server, clientId);
await lasting(server, 'web-refresh');
await negatives(server);
console.log(
  `ok oauth4webapi ${versionOf('oauth4webapi')}: both discovery documents of ${issuers.size} issuers, ${MACHINES.length} machines, ${PEOPLE.length} applications;` +
    ' at+jwt validated as a resource server, ID token signature and at_hash, max_age, refresh, revocation; wrong method, secret, redirect URI, PKCE and response type refused',
);
