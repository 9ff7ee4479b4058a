// Consumes by WebSocket with the npm package ws, as a JavaScript consumer would: node ws.js URL CA CERT KEY COUNT [h2]
"use strict";
const fs = require("fs");
const WebSocket = require("ws");

const [url, ca, cert, key, count, over] = process.argv.slice(2);
const tls = { ca: fs.readFileSync(ca), cert: fs.readFileSync(cert), key: fs.readFileSync(key) };

let seen = 0;
function heard(text, send, close) {
  const event = JSON.parse(text);
  seen++;
  if (event.offset !== String(seen)) throw new Error("offset " + event.offset);
  if (!event.datacontenttype) throw new Error("no datacontenttype");
  console.log(event.id);
  send("confirm:" + event.offset);
  if (seen === Number(count)) close();
}

function upgrade() {
  const socket = new WebSocket(url, "cloudevents.json", tls);
  socket.on("message", (data, binary) => {
    if (binary) throw new Error("binary");
    heard(data.toString(), (t) => socket.send(t), () => socket.close(1000));
  });
  socket.on("close", (code) => { console.log("closed " + code); });
  socket.on("error", (e) => { throw e; });
}

// stream speaks RFC 8441 with node's HTTP/2 and the frames of ws.
function stream() {
  const at = new URL(url.replace("wss", "https"));
  const session = require("http2").connect(at.origin, tls);
  session.on("error", (e) => { throw e; });
  session.once("remoteSettings", (settings) => {
    if (!settings.enableConnectProtocol) throw new Error("no extended CONNECT");
    const request = session.request({
      ":method": "CONNECT", ":protocol": "websocket", ":path": at.pathname + at.search, ":scheme": "https",
      "sec-websocket-version": "13", "sec-websocket-protocol": "cloudevents.json",
    });
    request.setNoDelay = () => {};
    request.on("response", (h) => {
      if (h[":status"] !== 200 || h["sec-websocket-protocol"] !== "cloudevents.json") throw new Error("refused with " + h[":status"]);
      const receiver = new WebSocket.Receiver({ isServer: false }), sender = new WebSocket.Sender(request, {});
      receiver.on("message", (data) => heard(data.toString(), (t) => sender.send(t, { mask: true, fin: true, opcode: 1, binary: false }), () => sender.close(1000, "", true)));
      receiver.on("conclude", (code) => { console.log("closed " + code); session.close(); });
      request.pipe(receiver);
    });
  });
}

if (over === "h2") stream(); else upgrade();
