// Lists the routes of openapi.json and sends what is typed in. No library, no network but this service.
"use strict";

const root = document.documentElement.dataset.root;

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function resolved(document_, thing) {
  if (!thing || !thing.$ref) return thing;
  return thing.$ref.slice(2).split("/").reduce((place, step) => place[step], document_);
}

function example(document_, schema, depth = 0) {
  const real = resolved(document_, schema) || {};
  const type = Array.isArray(real.type) ? real.type[0] : real.type;
  if (real.enum) return real.enum[0];
  if (type === "array") return depth > 4 ? [] : [example(document_, real.items, depth + 1)];
  if (type === "integer" || type === "number") return real.minimum ?? 0;
  if (type === "boolean") return false;
  if (real.properties && depth < 5) {
    return Object.fromEntries(
      Object.entries(real.properties).map(([name, each]) => [name, example(document_, each, depth + 1)]),
    );
  }
  return type === "object" ? {} : "";
}

function form(document_, path, method, operation, parameters) {
  const made = element("form");
  const inputs = parameters.map((parameter) => {
    const id = `${method}${path}${parameter.name}`;
    const label = element("label", `${parameter.name} (${parameter.in}${parameter.required ? ", required" : ""})`);
    label.htmlFor = id;
    const input = element("input", "", { id });
    made.append(label, input);
    return { parameter, input };
  });
  const media = operation.requestBody && resolved(document_, operation.requestBody).content["application/json"];
  let body = null;
  if (media) {
    const id = `${method}${path}body`;
    const label = element("label", "body");
    label.htmlFor = id;
    body = element("textarea", "", { id });
    body.value = JSON.stringify(example(document_, media.schema), null, 2);
    made.append(label, body);
  }
  const answer = element("pre", "", { hidden: "" });
  made.append(element("button", "Send"), answer);
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    let address = path;
    const query = new URLSearchParams();
    for (const { parameter, input } of inputs) {
      if (parameter.in === "path") address = address.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
      else if (input.value) query.append(parameter.name, input.value);
    }
    const headers = { Accept: "application/json" };
    const token = document.getElementById("token").value.trim();
    if (token) headers.Authorization = `Bearer ${token}`;
    if (method !== "get") headers["Idempotency-Key"] = crypto.randomUUID();
    if (body) headers["Content-Type"] = "application/json";
    answer.hidden = false;
    try {
      const got = await fetch(`${root}${address}${query.size ? `?${query}` : ""}`, {
        method: method.toUpperCase(), headers, body: body ? body.value : undefined,
      });
      const text = await got.text();
      let shown = text;
      try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: shown as it is */ }
      answer.textContent = `${got.status} ${got.statusText}\n${shown}`;
    } catch (error) {
      answer.textContent = String(error);
    }
  });
  return made;
}

async function show() {
  const document_ = await (await fetch(`${root}/openapi.json`)).json();
  document.getElementById("title").textContent = document_.info.title;
  document.title = document_.info.title;
  const routes = document.getElementById("routes");
  routes.replaceChildren();
  for (const [path, item] of Object.entries(document_.paths)) {
    for (const method of ["get", "post", "put", "patch", "delete"]) {
      const operation = item[method];
      if (!operation) continue;
      const details = element("details");
      const summary = element("summary");
      summary.append(element("b", method.toUpperCase()), ` ${path}`);
      const parameters = [...(item.parameters || []), ...(operation.parameters || [])]
        .map((each) => resolved(document_, each));
      details.append(summary, element("p", operation.summary || operation.description || ""));
      details.append(form(document_, path, method, operation, parameters));
      routes.append(details);
    }
  }
}

show();
