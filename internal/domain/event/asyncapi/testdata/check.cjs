// Reads an AsyncAPI document on standard input; prints what is wrong with it and a summary, one JSON object.
const { Parser } = require('@asyncapi/parser');

let text = '';
process.stdin.on('data', (part) => { text += part; });
process.stdin.on('end', async () => {
  const { document, diagnostics } = await new Parser().parse(text);
  const wrong = diagnostics.filter((d) => d.severity <= 1 && d.code !== 'asyncapi-latest-version')
    .map((d) => `${d.severity} ${d.code} ${d.path.join('/')}: ${d.message}`);
  const operations = document ? document.operations().all().map((o) => `${o.action()} ${o.messages().all()[0].name()}`) : [];
  console.log(JSON.stringify({ wrong, operations, examples: document ? document.allMessages().all().filter((m) => m.examples().length > 0).length : 0 }));
});
