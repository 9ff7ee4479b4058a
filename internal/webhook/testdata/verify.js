// Verifies a pushed event as a JavaScript consumer would, by RFC 9421 and RFC 9530, with node's own cryptography: reads
// {method, url, headers, body, key} from standard input.
"use strict";
const crypto = require("crypto");

const message = JSON.parse(require("fs").readFileSync(0, "utf8"));
const header = (name) => message.headers[name];

const digest = "sha-256=:" + crypto.createHash("sha256").update(message.body).digest("base64") + ":";
if (digest !== header("content-digest")) throw new Error("the digest is another one");

const input = header("signature-input");
const label = input.slice(0, input.indexOf("="));
const params = input.slice(label.length + 1);
const names = params.slice(1, params.indexOf(")")).split(" ").map((n) => JSON.parse(n));
const derived = { "@method": message.method, "@target-uri": message.url };
const base = names.map((n) => `"${n}": ${derived[n] ?? header(n)}`).concat(`"@signature-params": ${params}`).join("\n");
const signature = Buffer.from(header("signature").slice(label.length + 2, -1), "base64");

const verifies = (text) => crypto.verify("sha256", Buffer.from(text), { key: message.key, dsaEncoding: "ieee-p1363" }, signature);
if (!verifies(base)) throw new Error("the signature does not verify");
if (verifies(base.replace("POST", "PUT"))) throw new Error("it verifies another method too");
console.log("verified " + names.join(" "));
