// judge.js SHAPES DOCUMENT: parses a JSON-LD document without network, and says how many statements and instances it holds
// and what is against the shapes.
const fs = require('fs');
const jsonld = require('jsonld');
const { Parser } = require('n3');

async function main() {
  const { default: SHACLValidator } = await import('rdf-validate-shacl');
  const { default: env } = await import('@zazuko/env');
  const dataset = (text, format) => env.dataset(new Parser({ format, factory: env }).parse(text));
  const shapes = dataset(fs.readFileSync(process.argv[2], 'utf8'), 'text/turtle');
  const document = JSON.parse(fs.readFileSync(process.argv[3], 'utf8'));
  const quads = await jsonld.toRDF(document, {
    format: 'application/n-quads',
    safe: true, // what a processor would silently drop is an error
    documentLoader: (url) => { throw new Error('asks the network for ' + url); },
  });
  const data = dataset(quads, 'application/n-quads');
  const instances = {};
  for (const quad of data) {
    if (quad.predicate.value.endsWith('#type')) {
      instances[quad.object.value] = (instances[quad.object.value] || 0) + 1;
    }
  }
  const report = await new SHACLValidator(shapes, { factory: env }).validate(data);
  console.log(JSON.stringify({
    statements: data.size,
    instances,
    conforms: report.conforms,
    results: report.results.map((r) => [r.focusNode, r.path, r.sourceConstraintComponent].map((t) => (t && t.value) || '').join(' ')),
  }));
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
