// jose: a verifier that knows nothing but the issuer's name. Every token of every algorithm against the published keys, offline.
// covers: T-20 T-21 T-22 T-23 T-24
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import * as jose from 'jose';
import { application, browse, fixture, issuersOf, redirectUri, resourceServer, user, versionOf } from './fixture.mjs';

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const audience = resourceServer('orders').identifier;

// The key set of an issuer: no private member, one algorithm a key, no key id twice, cacheable.
async function keysOf(issuer) {
  const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  assert.equal(metadata.issuer, issuer);
  const answer = await fetch(metadata.jwks_uri);
  assert.match(answer.headers.get('content-type'), /^application\/(jwk-set\+)?json/);
  const { keys } = await answer.json();
  assert.equal(new Set(keys.map((key) => key.kid)).size, keys.length);
  for (const key of keys) {
    assert.deepEqual(['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].filter((member) => member in key), [], key.kid);
    assert.equal(key.use, 'sig');
    assert.ok(ALGORITHMS.includes(key.alg), key.alg);
  }
  return { metadata, keys, find: jose.createLocalJWKSet({ keys }) };
}

async function token(metadata, clientId, parameters) {
  const { token_endpoint_auth_method: method, secret } = application(clientId);
  const body = new URLSearchParams(parameters);
  const headers = {};
  if (method === 'client_secret_basic') {
    const encoded = [clientId, secret].map((text) => new URLSearchParams({ text }).toString().slice(5)); // RFC 6749 section 2.3.1
    headers.authorization = `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`;
  } else {
    body.set('client_id', clientId);
    if (secret) body.set('client_secret', secret);
  }
  const answer = await fetch(metadata.token_endpoint, { method: 'POST', headers, body });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

async function codeTokens(metadata, clientId) {
  const verifier = randomBytes(32).toString('base64url');
  const nonce = randomBytes(16).toString('base64url');
  const url = new URL(metadata.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid orders:read',
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const callback = await browse(url);
  assert.equal(callback.searchParams.get('state'), null); // none was sent
  assert.equal(callback.searchParams.get('iss'), metadata.issuer);
  const code = callback.searchParams.get('code');
  const answer = await token(metadata, clientId, { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier });
  return { ...answer, nonce };
}

// RFC 9068 section 4, and that nothing near it passes: another algorithm, audience, issuer, type, or one changed byte.
async function checkAccessToken(text, { find, issuer, clientId, algorithm, subject }) {
  const expected = { issuer, audience, typ: 'at+jwt', algorithms: [algorithm], requiredClaims: ['sub', 'iat', 'jti', 'client_id'] };
  const { payload, protectedHeader } = await jose.jwtVerify(text, find, expected);
  assert.ok(protectedHeader.kid);
  assert.equal(payload.client_id, clientId);
  assert.equal(payload.exp - payload.iat, application(clientId).token_configuration.expires_after);
  assert.ok(payload.nbf <= payload.iat);
  if (subject) assert.equal(payload.sub, subject);
  const others = ALGORITHMS.filter((a) => a !== algorithm);
  const near = [{ algorithms: others }, { audience: 'https://billing.example/api' }, { issuer: `${issuer}/` }, { typ: 'JWT' }];
  for (const wrong of near) await assert.rejects(jose.jwtVerify(text, find, { ...expected, ...wrong }), JSON.stringify(wrong));
  const [header, claims, signature] = text.split('.');
  const widened = Buffer.from(JSON.stringify({ ...payload, scope: 'orders:read orders:write billing' })).toString('base64url');
  for (const forged of [`${header}.${widened}.${signature}`, `${header}.${claims}.`, `${header}.${claims}.${'A'.repeat(signature.length)}`]) {
    await assert.rejects(jose.jwtVerify(forged, find, expected));
  }
  return payload;
}

async function checkIdToken(text, { find, issuer, clientId, algorithm, nonce }) {
  const expected = { issuer, audience: clientId, algorithms: [algorithm], requiredClaims: ['sub', 'iat', 'exp', 'auth_time', 'sid', 'at_hash'] };
  const { payload, protectedHeader } = await jose.jwtVerify(text, find, expected);
  assert.notEqual(protectedHeader.typ, 'at+jwt');
  assert.equal(payload.nonce, nonce);
  assert.ok(payload.auth_time <= payload.iat);
  await assert.rejects(jose.jwtVerify(text, find, { ...expected, typ: 'at+jwt' }));
  return payload;
}

// A JWE that says nothing to anybody: five parts, none of the published keys opens it, no claim in its header.
async function checkReferential(text, { keys }) {
  assert.equal(text.split('.').length, 5);
  const header = jose.decodeProtectedHeader(text);
  assert.deepEqual(Object.keys(header).filter((name) => !['alg', 'enc', 'kid', 'typ', 'cty'].includes(name)), []);
  assert.ok(header.alg && header.enc && header.kid);
  assert.ok(!keys.some((key) => key.kid === header.kid), 'the sealing key is not published');
  assert.throws(() => jose.decodeJwt(text));
  for (const part of text.split('.')) {
    const bytes = Buffer.from(part, 'base64url').toString('latin1');
    for (const word of ['orders', 'machine', 'alice', fixture.issuer]) assert.ok(!bytes.includes(word));
  }
}

let verified = 0;
for (const [clientId, algorithm] of [['machine-rs256', 'RS256'], ['machine-ps256', 'PS256'], ['machine-es256', 'ES256'], ['machine-eddsa', 'EdDSA']]) {
  for (const issuer of issuersOf(clientId)) {
    const found = await keysOf(issuer);
    const { access_token: text } = await token(found.metadata, clientId, { grant_type: 'client_credentials' });
    const fresh = await keysOf(issuer); // a key may be made by its first use
    await checkAccessToken(text, { ...fresh, issuer, clientId, algorithm, subject: clientId });
    verified += 1;
  }
}
for (const [clientId, algorithm] of [['web-rs256', 'RS256'], ['spa-ps256', 'PS256'], ['web-es256', 'ES256'], ['web-eddsa', 'EdDSA']]) {
  const { issuer } = fixture;
  const found = await keysOf(issuer);
  const answer = await codeTokens(found.metadata, clientId);
  const fresh = await keysOf(issuer);
  const id = await checkIdToken(answer.id_token, { ...fresh, issuer, clientId, algorithm, nonce: answer.nonce });
  assert.equal(id.sub, user('alice').id);
  if (application(clientId).token_format === 'referential') await checkReferential(answer.access_token, fresh);
  else await checkAccessToken(answer.access_token, { ...fresh, issuer, clientId, algorithm, subject: id.sub });
  verified += 2;
}
const found = await keysOf(fixture.issuer);
const sealed = await token(found.metadata, 'machine-referential', { grant_type: 'client_credentials' });
await checkReferential(sealed.access_token, found);
console.log(
  `ok jose ${versionOf('jose')}: ${verified + 1} tokens offline against the JWKS in ${ALGORITHMS.join(', ')}: at+jwt and ID tokens` +
    ' verify, forged, foreign and mistyped ones do not; referential tokens show nothing',
);
