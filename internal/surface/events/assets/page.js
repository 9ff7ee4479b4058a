"use strict";

const texts = {
  ro: {
    intro: "Pagina trimite cereri reale în numele sistemului al cărui certificat îl prezintă browserul.",
    document: "Documentul OpenAPI 3.1", asyncapi: "AsyncAPI 3 al tipurilor mele", settings: "Configurația mea",
    listen: "Consum prin WebSocket", group: "Grup", connect: "Conectează", confirm: "Confirmă tot", close: "Închide",
    calls: "Apeluri", send: "Trimite", body: "Corpul cererii", media: "Tipul conținutului", required: "obligatoriu", closed: "închis",
  },
  en: {
    intro: "This page sends real requests on behalf of the system whose certificate the browser presents.",
    document: "OpenAPI 3.1 document", asyncapi: "AsyncAPI 3 of my types", settings: "My configuration",
    listen: "Consume by WebSocket", group: "Group", connect: "Connect", confirm: "Confirm all", close: "Close",
    calls: "Calls", send: "Send", body: "Body", media: "Content type", required: "required", closed: "closed",
  },
  ru: {
    intro: "Страница отправляет настоящие запросы от имени системы, чей сертификат предъявляет браузер.",
    document: "Документ OpenAPI 3.1", asyncapi: "AsyncAPI 3 моих типов", settings: "Моя конфигурация",
    listen: "Получение через WebSocket", group: "Группа", connect: "Подключить", confirm: "Подтвердить всё", close: "Закрыть",
    calls: "Вызовы", send: "Отправить", body: "Тело запроса", media: "Тип содержимого", required: "обязательно", closed: "закрыто",
  },
};

let lang = "ro";

function say(root) {
  for (const e of root.querySelectorAll("[data-say]")) e.textContent = texts[lang][e.dataset.say];
}

function speak(wanted) {
  lang = wanted in texts ? wanted : "ro";
  document.documentElement.lang = lang;
  say(document);
}

function element(name, attributes, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  e.append(...children);
  return e;
}

function example(media) {
  const event = {
    specversion: "1.0", id: crypto.randomUUID(), source: "/my/source", type: "Organization.System.Entity.Action",
    datacontenttype: "application/json", data: {},
  };
  if (media.includes("batch")) return JSON.stringify([event], null, 2);
  if (media.includes("cloudevents")) return JSON.stringify(event, null, 2);
  return "{}";
}

// operation shows one call with a field for each parameter.
function operation(spec, path, method, op) {
  const resolve = (p) => (p.$ref ? spec.components.parameters[p.$ref.split("/").pop()] : p);
  const inputs = (op.parameters || []).map(resolve).map((p) => {
    const value = p.name === "ce-id" ? crypto.randomUUID() : p.schema.const || "";
    const input = element("input", { value, placeholder: p.description || "" });
    return { p, input };
  });
  const form = element("div", {});
  for (const { p, input } of inputs) form.append(element("label", {}, p.name + (p.required ? " *" : "") + " ", input));
  let media, body;
  if (op.requestBody) {
    media = element("select", {}, ...Object.keys(op.requestBody.content).map((m) => element("option", {}, m)));
    body = element("textarea", { spellcheck: "false" });
    body.value = example(media.value);
    media.onchange = () => { body.value = example(media.value); };
    form.append(element("label", {}, element("span", { "data-say": "media" }), " ", media), element("label", {}, element("span", { "data-say": "body" }), body));
  }
  const send = element("button", { type: "button", "data-say": "send" });
  const answer = element("pre", { tabindex: "0", "aria-live": "polite" });
  send.onclick = async () => {
    let target = path;
    const headers = {}, query = new URLSearchParams();
    for (const { p, input } of inputs) {
      if (p.in === "path") target = target.replace("{" + p.name + "}", encodeURIComponent(input.value));
      else if (input.value !== "" && p.in === "header") headers[p.name] = encodeURI(input.value);
      else if (input.value !== "") query.set(p.name, input.value);
    }
    if (media) headers["Content-Type"] = media.value;
    headers["Accept-Language"] = lang;
    try {
      const r = await fetch(target + (query.size ? "?" + query : ""), { method: method.toUpperCase(), headers, body: body && body.value });
      const shown = [...r.headers].map(([k, v]) => k + ": " + v).join("\n");
      answer.textContent = r.status + " " + r.statusText + "\n" + shown + "\n\n" + (await r.text());
    } catch (e) {
      answer.textContent = String(e);
    }
  };
  form.append(element("div", {}, send), answer);
  return element("details", {}, element("summary", {}, element("code", {}, method.toUpperCase() + " " + path), " — " + op.summary), form);
}

// listen holds one socket open and shows what arrives.
function listen() {
  const form = document.getElementById("socket"), heard = document.getElementById("heard");
  const confirm = document.getElementById("confirm"), close = document.getElementById("close");
  let socket, last = 0;
  form.onsubmit = (e) => {
    e.preventDefault();
    if (socket) socket.close();
    const query = new URLSearchParams({ group: form.group.value });
    for (const name of ["events", "test", "dead"]) query.set(name, form[name].checked);
    heard.textContent = "";
    const mine = socket = new WebSocket("wss://" + location.host + "/ce/consume/ws?" + query, "cloudevents.json");
    socket.onopen = () => { confirm.disabled = close.disabled = false; };
    socket.onmessage = (m) => {
      last = JSON.parse(m.data).offset;
      heard.prepend(m.data + "\n");
    };
    socket.onclose = (c) => {
      heard.prepend(texts[lang].closed + " " + c.code + " " + c.reason + "\n");
      if (mine === socket) confirm.disabled = close.disabled = true;
    };
  };
  confirm.onclick = () => { if (last) socket.send("confirm:" + last); };
  close.onclick = () => socket.close(1000);
}

async function start() {
  speak((navigator.language || "ro").slice(0, 2));
  for (const b of document.querySelectorAll("[data-lang]")) b.onclick = () => speak(b.dataset.lang);
  listen();
  const spec = await (await fetch("openapi.json")).json();
  const list = document.getElementById("operations");
  for (const [path, methods] of Object.entries(spec.paths)) {
    if (path === "/ce/consume/ws") continue;
    for (const [method, op] of Object.entries(methods)) list.append(operation(spec, path, method, op));
  }
  say(document);
}

start();
