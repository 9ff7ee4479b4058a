// Signs REST calls by RFC 9421 with the npm package http-message-signatures and sends them with node's own client:
// http_signer.js EXCHANGE CA < cases. Reads an array of cases {name, key, cert, alg, person, path, covered, label, created, after}; prints
// {name: [status, code]}. "after" is what somebody changes between signing and sending.
const crypto = require('crypto');
const fs = require('fs');
const https = require('https');
const { httpbis: { signMessage }, createSigner } = require('http-message-signatures');

const [exchange, ca] = process.argv.slice(2);

function send(url, method, headers, body) {
  return new Promise((good, bad) => {
    const request = https.request(url, { method, headers, ca: fs.readFileSync(ca), agent: false }, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('end', () => good([response.statusCode, JSON.parse(Buffer.concat(pieces)).code || '']));
    });
    request.on('error', bad);
    request.end(body);
  });
}

async function call(c) {
  const body = JSON.stringify({ IDNP: c.person });
  const digest = (text) => 'sha-256=:' + crypto.createHash('sha256').update(text).digest('base64') + ':';
  const keyid = crypto.createHash('sha256').update(new crypto.X509Certificate(fs.readFileSync(c.cert)).raw).digest('hex');
  const created = new Date(Date.now() + (c.created || 0) * 1000);
  const signed = await signMessage({
    key: createSigner(fs.readFileSync(c.key), c.alg, keyid),
    name: c.label || 'mconnect',
    fields: c.covered,
    params: ['created', 'nonce', 'keyid', 'alg'],
    paramValues: { created, nonce: crypto.randomUUID() },
  }, {
    method: 'POST',
    url: exchange + c.path,
    headers: { 'Content-Type': 'application/json', 'Content-Digest': digest(body), ...c.context },
  });
  const after = c.after || {};
  const headers = { ...signed.headers, ...after.headers };
  for (const name of after.without || []) delete headers[name];
  const sent = [exchange + (after.path || c.path), 'POST', headers, after.body || body];
  const answer = await send(...sent);
  return after.again ? send(...sent) : answer;
}

(async () => {
  const answers = {};
  for (const c of JSON.parse(fs.readFileSync(0, 'utf8'))) answers[c.name] = await call(c);
  console.log(JSON.stringify(answers));
})().catch((e) => { console.error(e.stack); process.exit(1); });
