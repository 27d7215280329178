// The certified `oidc-provider` with made-up people, for tests.
//
//   node provider.mjs '{"callbacks": [...], "out": [...], "ended": "...", "keys": [...], "people": {"ida": {"acr": "...", ...}}}'
//
// Prints its issuer on one line and then serves until its standard input ends.  `POST /twist {"how": "nonce"}` makes it, from
// then on, hand out ID tokens as an attacker would; what Stafet must refuse, a certified provider does not do by itself.
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { decodeJwt, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";

const told = JSON.parse(process.argv[2]);
const server = createServer();
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const issuer = `http://127.0.0.1:${server.address().port}`;
const { Provider } = await import("oidc-provider");

const made = async (kid) => {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return { key: privateKey, jwk: { ...(await exportJWK(privateKey)), kid, use: "sig", alg: "RS256" } };
};
const ours = await made("ours");
const theirs = await made("ours"); // another's key under the same name

const client = (client_id) => ({
  client_id,
  client_secret: "a secret of the tests",
  redirect_uris: told.callbacks,
  post_logout_redirect_uris: told.out,
  ...(told.ended ? { backchannel_logout_uri: told.ended, backchannel_logout_session_required: true } : {}),
});

// One that signs with a key of its own in place of a secret.
const { client_secret, ...rest } = client("signing");
const signing = { ...rest, token_endpoint_auth_method: "private_key_jwt", jwks: { keys: told.keys } };

const provider = new Provider(issuer, {
  clients: [ client("stafet"), client("other"), ...(told.keys ? [ signing ] : []) ],
  jwks: { keys: [ours.jwk] },
  acrValues: ["Low", "Substantial", "High"],
  claims: { openid: ["sub"], profile: ["name", "preferred_username", "email", "roles", "sor", "groups"] },
  cookies: { keys: ["of the tests"] },
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      logoutSource: (ctx, form) => {
        ctx.body = page("Log ud hos udbyderen", `${form}<button form="op.logoutForm" name="logout" value="yes">Log ud</button>`);
      },
    },
  },
  findAccount: (ctx, id) => ({ accountId: id, claims: async () => ({ sub: id, ...told.people[id]?.claims }) }),
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid profile");
    await grant.save();
    return grant;
  },
  // It tells nobody on this machine anything by itself; here everybody is on this machine.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  renderError: (ctx, out) => { ctx.body = page("Fejl", JSON.stringify(out)); },
});
provider.on("server_error", (ctx, error) => console.error(error));

const page = (title, body) => `<!doctype html><html lang="da"><title>${title}</title><h1>${title}</h1>${body}</html>`;

// ---- ID tokens as an attacker would make them ---------------------------------------------
let twist = "";
const seconds = () => Math.floor(Date.now() / 1000);
const other = {
  nonce: (claims) => ({ ...claims, nonce: "another login's" }),
  no_nonce: ({ nonce, ...claims }) => claims,
  aud: (claims) => ({ ...claims, aud: "other" }),
  aud_and_azp: (claims) => ({ ...claims, aud: ["stafet", "other"], azp: "other" }),
  aud_without_azp: (claims) => ({ ...claims, aud: ["stafet", "other"] }),
  iss: (claims) => ({ ...claims, iss: "https://ond.example" }),
  expired: (claims) => ({ ...claims, exp: seconds() - 90 }),
  just_expired: (claims) => ({ ...claims, exp: seconds() - 30 }),
  no_exp: ({ exp, ...claims }) => claims,
  no_sub: ({ sub, ...claims }) => claims,
  future: (claims) => ({ ...claims, iat: seconds() + 300, nbf: seconds() + 300 }),
  at_hash: (claims) => ({ ...claims, at_hash: "AAAAAAAAAAAAAAAAAAAAAA" }),
  somebody: (claims) => ({ ...claims, sub: "somebody else" }),
  no_acr: ({ acr, ...claims }) => claims,
};
const header = { alg: "RS256", kid: "ours" };

async function twisted(token) {
  const claims = decodeJwt(token);
  if (other[twist]) return new SignJWT(other[twist](claims)).setProtectedHeader(header).sign(ours.key);
  if (twist === "key") return new SignJWT(claims).setProtectedHeader(header).sign(theirs.key);
  if (twist === "unknown_key") return new SignJWT(claims).setProtectedHeader({ ...header, kid: "new" }).sign(theirs.key);
  if (twist === "none") return new UnsecuredJWT(claims).encode();
  if (twist === "secret") {
    const secret = new TextEncoder().encode("a secret of the tests".padEnd(32));
    return new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "ours" }).sign(secret);
  }
  if (twist === "cut") return token.slice(0, -20);
  return "no token at all";
}

async function answerTwisted(request, response) {
  const { end, write } = response;
  const parts = [];
  response.write = (chunk) => { parts.push(Buffer.from(chunk)); return true; };
  response.end = async (chunk) => {
    if (chunk) parts.push(Buffer.from(chunk));
    let body = Buffer.concat(parts).toString();
    if (twist === "broken") { response.statusCode = 500; body = "<html>"; }
    else if (twist === "not_json") body = "<html>";
    else {
      const found = JSON.parse(body);
      if (found.id_token) body = JSON.stringify({ ...found, id_token: await twisted(found.id_token) });
    }
    response.setHeader("content-length", Buffer.byteLength(body));
    Object.assign(response, { end, write });
    response.end(body);
  };
  return provider.callback()(request, response);
}

// ---- its pages ------------------------------------------------------------------------------
async function interaction(request, response) {
  const asked = await provider.interactionDetails(request, response);
  if (request.method === "POST") {
    const form = new URLSearchParams(await text(request));
    const result = form.get("no")
      ? { error: "access_denied", error_description: "Ida Holm changed her mind" }
      : { login: { accountId: form.get("who"), acr: told.people[form.get("who")]?.acr } };
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.end(page("Udbyderens login", `<form method="post" action="/interaction/${asked.uid}"><label>Hvem <input name="who"></label>
    <button>Log ind</button><button name="no" value="1">Nej</button></form>`));
}

server.on("request", async (request, response) => {
  try {
    if (request.url === "/twist") { twist = JSON.parse(await text(request)).how; return response.end(); }
    if (request.url.startsWith("/interaction/")) return await interaction(request, response);
    if (request.url === "/token" && twist) return await answerTwisted(request, response);
    return await provider.callback()(request, response);
  } catch (error) {
    console.error(error);
    response.statusCode = 500;
    response.end();
  }
});
console.log(issuer);
process.stdin.resume().on("end", () => process.exit(0));
