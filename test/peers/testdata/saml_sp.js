// A service provider of @node-saml/node-saml, asked by lines of JSON: it logs in at our emulator of MPass.
"use strict";

const readline = require("node:readline");
const { SAML, ValidateInResponseTo } = require("@node-saml/node-saml");

const given = JSON.parse(process.argv[2]);
const options = {
  callbackUrl: given.acs, issuer: given.entity, idpCert: given.idpCert, idpIssuer: given.idp, entryPoint: given.login,
  logoutUrl: given.logout, privateKey: given.key, publicCert: given.cert, signatureAlgorithm: "sha256",
  digestAlgorithm: "sha256", xmlSignatureTransforms: ["http://www.w3.org/2000/09/xmldsig#enveloped-signature"],
  identifierFormat: "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", allowCreate: true,
  disableRequestedAuthnContext: true, authnRequestBinding: "HTTP-POST", skipRequestCompression: true,
  wantAuthnResponseSigned: true, wantAssertionsSigned: false, validateInResponseTo: ValidateInResponseTo.always,
  audience: given.entity,
};

const doing = {
  async form(ask) {
    const saml = new SAML({ ...options, forceAuthn: ask.force, cacheProvider: cache });
    const message = await saml.getAuthorizeMessageAsync(ask.relay);
    return { request: message.SAMLRequest, relay: ask.relay };
  },
  async answer(ask) {
    const saml = new SAML({ ...options, cacheProvider: cache });
    const { profile } = await saml.validatePostResponseAsync({ SAMLResponse: ask.response });
    return { nameID: profile.nameID, index: profile.sessionIndex, issuer: profile.issuer, attributes: profile.attributes };
  },
  async logout(ask) {
    const saml = new SAML({ ...options, cacheProvider: cache });
    const { profile, loggedOut } = await saml.validatePostRequestAsync({ SAMLRequest: ask.request });
    return { nameID: profile.nameID, index: profile.sessionIndex, loggedOut };
  },
};

const kept = new Map();
const cache = {
  async saveAsync(key, value) { kept.set(key, value); return { value, createdAt: Date.now() }; },
  async getAsync(key) { return kept.get(key) ?? null; },
  async removeAsync(key) { kept.delete(key); return key; },
};

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  const ask = JSON.parse(line);
  let answer;
  try {
    answer = await doing[ask.do](ask);
  } catch (e) {
    answer = { error: String(e) };
  }
  console.log(JSON.stringify(answer));
});
