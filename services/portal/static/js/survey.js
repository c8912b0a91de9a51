// Keeps a half-answered form on this device only, until it is sent or thrown away.
"use strict";

const form = document.querySelector("form[data-draft]");
const key = form && `bangkom-draft:${form.dataset.draft}`;

if (form) {
  const note = document.getElementById("draft-note");
  try {
    const kept = JSON.parse(localStorage.getItem(key) || "null");
    if (kept) {
      for (const [name, values] of Object.entries(kept)) {
        for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
          if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
          else if (!field.value) field.value = values[0] || "";
        }
      }
      if (note) note.hidden = false;
    }
  } catch {
    localStorage.removeItem(key);
  }
  form.addEventListener("input", () => {
    const kept = {};
    for (const [name, value] of new FormData(form)) {
      if (name.startsWith("q.")) (kept[name] ||= []).push(value);
    }
    try {
      localStorage.setItem(key, JSON.stringify(kept));
    } catch {
      // A full or forbidden store only means that no draft is kept.
    }
  });
}

const thanks = document.querySelector("[data-answered]");
if (thanks) localStorage.removeItem(`bangkom-draft:${thanks.dataset.answered}`);
