// Shows openapi.json as a page to read.

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

function parameters(list) {
  const table = element('table');
  table.append(element('tr', '', element('th', 'parameter'), element('th', 'in'), element('th', 'meaning')));
  for (const parameter of list) {
    const name = parameter.required ? parameter.name : `${parameter.name} (optional)`;
    table.append(element('tr', '', element('td', name), element('td', parameter.in), element('td', parameter.description ?? '')));
  }
  return table;
}

function contents(title, content) {
  const parts = [];
  for (const [kind, { schema }] of Object.entries(content ?? {})) {
    parts.push(element('h4', `${title}: ${kind}`));
    if (schema) parts.push(element('pre', JSON.stringify(schema, null, 2)));
  }
  return parts;
}

function operation(path, method, described) {
  const made = element('details');
  const verb = element('span', method);
  verb.className = 'method';
  made.append(element('summary', '', verb, element('code', path), described.summary));
  if (described.description) made.append(element('p', described.description));
  if (described.parameters.length) made.append(parameters(described.parameters));
  made.append(...contents('body', described.requestBody?.content));
  for (const [status, answer] of Object.entries(described.responses)) {
    made.append(...contents(`answer ${status}`, answer.content));
  }
  return made;
}

const description = await (await fetch('/openapi.json')).json();
const main = document.getElementById('operations');
main.replaceChildren();
for (const [path, methods] of Object.entries(description.paths)) {
  for (const [method, described] of Object.entries(methods)) main.append(operation(path, method, described));
}
main.append(element('h2', 'Schemas'));
for (const [name, schema] of Object.entries(description.components.schemas)) {
  main.append(element('details', '', element('summary', name), element('pre', JSON.stringify(schema, null, 2))));
}
