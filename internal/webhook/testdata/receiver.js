// A receiver behind a proxy that ends TLS: it puts the address together from the request that it got, and verifies the signature with
// the npm package http-message-signatures: receiver.js KEYFILE. It prints its port, and answers each request with what it found.
"use strict";
const crypto = require("crypto");
const fs = require("fs");
const http = require("http");
const { httpbis: { verifyMessage }, createVerifier } = require("http-message-signatures");

const key = fs.readFileSync(process.argv[2]);

async function judge(request, body) {
  const url = "https://" + request.headers.host + request.url;
  const found = { url, verified: false, digest: false, covered: request.headers["signature-input"] || "" };
  const digest = "sha-256=:" + crypto.createHash("sha256").update(body).digest("base64") + ":";
  found.digest = digest === request.headers["content-digest"];
  try {
    found.verified = await verifyMessage({
      requiredFields: ["@method", "@target-uri", "content-digest"],
      requiredParams: ["created", "keyid", "alg"],
      maxAge: 300,
      all: true,
      keyLookup: async () => ({ id: "key-1", algs: ["ecdsa-p256-sha256"], verify: createVerifier(key, "ecdsa-p256-sha256") }),
    }, { method: request.method, url, headers: request.headers });
  } catch (e) {
    found.error = e.message;
  }
  return found;
}

const server = http.createServer((request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", async () => response.end(JSON.stringify(await judge(request, Buffer.concat(pieces)))));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
