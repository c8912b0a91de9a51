// What pages gain where JavaScript runs. Every page works without it.
"use strict";

document.documentElement.classList.add("js");

// A second click on the same form does nothing; the key in the form makes it harmless on the server too.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method.toLowerCase() !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  for (const button of form.querySelectorAll("button[type=submit]")) button.setAttribute("aria-disabled", "true");
});

// A page taken back from the browser's memory may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
  }
});

// "Choose all" boxes, and the number in the button that acts on what is chosen.
document.addEventListener("change", (event) => {
  const box = event.target;
  const form = box.form;
  if (!form) return;
  if (box.dataset.all) {
    for (const each of form.querySelectorAll(`input[name="${box.dataset.all}"]`)) each.checked = box.checked;
  }
  for (const count of form.querySelectorAll("[data-count]")) {
    count.textContent = form.querySelectorAll(`input[name="${count.dataset.count}"]:checked`).length;
  }
});

// Everyone present, in one press.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-choose]");
  if (!button) return;
  for (const each of button.form.querySelectorAll(`input[type=radio][value="${button.dataset.choose}"]`)) {
    each.checked = true;
  }
});

// The menu at the top closes when the reader goes elsewhere.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.me[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

// After a form came back with something to mend, the reader starts at the summary.
const summary = document.getElementById("summary");
if (summary) summary.focus();

if ("serviceWorker" in navigator && window.isSecureContext) {
  navigator.serviceWorker.register("/sw.js").catch(() => {});
}
