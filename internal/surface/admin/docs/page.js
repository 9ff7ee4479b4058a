"use strict";
// Shows an OpenAPI description as a plain list. Text is only ever set as text, never as markup.
const node = (tag, text, ...children) => {
  const n = document.createElement(tag);
  if (text) n.textContent = text;
  n.append(...children);
  return n;
};

const parameters = (list) => {
  const table = node("table");
  for (const p of list || []) {
    table.append(node("tr", "", node("td", "", node("code", p.name)), node("td", p.in + (p.required ? ", required" : "")), node("td", p.description || "")));
  }
  return table;
};

const shape = (api, schema, depth) => {
  if (!schema) return null;
  if (schema.$ref) return depth > 4 ? schema.$ref.split("/").pop() : shape(api, api.components.schemas[schema.$ref.split("/").pop()], depth + 1);
  if (schema.type === "array" || schema.items) return [shape(api, schema.items, depth + 1)];
  if (schema.properties) {
    const out = {};
    for (const [name, p] of Object.entries(schema.properties)) {
      const required = (schema.required || []).includes(name);
      out[name + (required ? "" : "?")] = shape(api, p, depth + 1);
    }
    return out;
  }
  return [].concat(schema.type || "any").join("|") + (schema.description ? ": " + schema.description : "");
};

const operation = (api, method, path, op) => {
  const box = node("details", "", node("summary", "", node("b", method.toUpperCase()), node("code", path), document.createTextNode(" " + (op.summary || ""))));
  box.append(node("p", op.description || ""), parameters(op.parameters));
  for (const [type, body] of Object.entries((op.requestBody || {}).content || {})) {
    box.append(node("p", "Body: " + type), node("pre", JSON.stringify(shape(api, body.schema, 0), null, 2)));
  }
  const good = Object.entries(op.responses || {}).find(([status]) => status.startsWith("2"));
  for (const [type, body] of Object.entries((good && good[1].content) || {})) {
    box.append(node("p", "Answer " + good[0] + ": " + type), node("pre", JSON.stringify(shape(api, body.schema, 0), null, 2)));
  }
  return box;
};

fetch("/openapi.json").then((r) => r.json()).then((api) => {
  document.getElementById("title").textContent = api.info.title + " " + api.info.version;
  document.getElementById("about").textContent = api.info.description || "";
  const groups = new Map();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const [method, op] of Object.entries(item)) {
      const tag = (op.tags || ["other"])[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operation(api, method, path, op));
    }
  }
  const all = document.getElementById("operations");
  for (const [tag, list] of groups) all.append(node("h2", tag), ...list);
});
