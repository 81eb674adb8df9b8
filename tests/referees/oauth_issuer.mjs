// Somebody else's authorization server (npm oidc-provider) for oauth_resource.py: its person is always ann. At a
// client's first sign-in she ticks the first box only; when it comes again and asks for more, she allows all.

import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const { PORT, ALGORITHM, SECONDS } = process.env;
const issuer = `http://localhost:${PORT}`;
const curve = { ES256: ['ec', { namedCurve: 'P-256' }], RS256: ['rsa', { modulusLength: 2048 }], EdDSA: ['ed25519', {}] };
const key = generateKeyPairSync(...curve[ALGORITHM]).privateKey.export({ format: 'jwk' });
const trusted = new Set();
const ours = ['mail.read', 'mail.organize', 'mail.send'];

const provider = new Provider(issuer, {
  jwks: { keys: [{ ...key, kid: `key-${Date.now()}`, alg: ALGORITHM, use: 'sig' }] },
  clientDefaults: { id_token_signed_response_alg: ALGORITHM, token_endpoint_auth_method: 'none' },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'] },
  scopes: ['openid', 'offline_access', ...ours],
  ttl: { AccessToken: Number(SECONDS), Session: 600, Grant: 600, Interaction: 600 },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  // Every sign-in asks the person anew: only what she agreed to in this one counts.
  loadExistingGrant: (context) => {
    const agreed = context.oidc.result?.consent?.grantId;
    return agreed ? context.oidc.provider.Grant.find(agreed) : undefined;
  },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    registration: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: (_, resource) => ({
        scope: ours.join(' '), audience: resource, accessTokenFormat: 'jwt', accessTokenTTL: Number(SECONDS),
        jwt: { sign: { alg: ALGORITHM } },
      }),
    },
  },
});

async function agree(request, response) {
  const { prompt, params } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: 'ann' } });
  }
  const grant = new provider.Grant({ accountId: 'ann', clientId: params.client_id });
  if (prompt.details.missingOIDCScope) grant.addOIDCScope(prompt.details.missingOIDCScope.join(' '));
  for (const [resource, scopes] of Object.entries(prompt.details.missingResourceScopes ?? {})) {
    const allowed = trusted.has(params.client_id) ? scopes : scopes.slice(0, 1);
    const refused = scopes.filter((scope) => !allowed.includes(scope));
    grant.addResourceScope(resource, allowed.join(' '));
    if (refused.length) grant.rejectResourceScope(resource, refused.join(' '));
  }
  trusted.add(params.client_id);
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

const answer = provider.callback();
createServer((request, response) => {
  if (request.url.startsWith('/interaction/')) {
    agree(request, response).catch((error) => response.writeHead(500).end(String(error)));
  } else {
    answer(request, response);
  }
}).listen(Number(PORT), 'localhost');
