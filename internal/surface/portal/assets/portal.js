// What a page gains where scripts run: copy buttons, and the focus on what htmx has replaced.
"use strict";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button.copy");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  if (!source) return;
  try {
    await navigator.clipboard.writeText(source.textContent);
    document.getElementById("toasts").textContent = button.dataset.done || "";
  } catch {
    getSelection().selectAllChildren(source); // the clipboard is closed to this page: the text is selected instead
  }
});

for (const button of document.querySelectorAll("button.copy[hidden]")) button.hidden = false;

document.addEventListener("htmx:after:swap", () => {
  for (const button of document.querySelectorAll("button.copy[hidden]")) button.hidden = false;
  const found = document.getElementById("found");
  if (found) document.getElementById("toasts").textContent = found.textContent.trim();
});
