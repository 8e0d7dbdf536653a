// The form that injects faults: the catalogue, the parameters of the chosen one, and how often it strikes.

import { call } from "./api.js";
import { byId, make } from "./element.js";

let kinds = [];

const chosen = () => kinds.find((kind) => kind.name === byId("lie-fault").value);

function showParameters() {
  const kind = chosen();
  if (!kind) return;
  const inputs = Object.entries(kind.parameters).map(([name, one]) => make("label", { title: one.says }, `${name} `,
    make("input", {
      type: "number", name, value: one.default, min: one.from, max: one.to, step: "any",
    })));
  byId("lie-parameters").replaceChildren(...inputs);
  byId("lie-says").textContent = `${kind.does} ${kind.rule}`;
}

export async function loadFaults() {
  kinds = (await call("GET", "/v1/faults")).faults;
  byId("lie-fault").replaceChildren(...kinds.map((kind) => make("option", { value: kind.name }, kind.name)));
  showParameters();
}

// The fault that the form spells, for the chosen account where it can have one.
export function fault(account) {
  const said = { fault: byId("lie-fault").value, next: Number(byId("lie-times").value) };
  for (const input of byId("lie-parameters").querySelectorAll("input")) said[input.name] = Number(input.value);
  if (account !== null && !said.fault.startsWith("tls-")) said.account = account;
  return said;
}

byId("lie-fault").addEventListener("change", showParameters);
