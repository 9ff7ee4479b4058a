// A consumer with the npm package soap and its WSSecurityCert: client.js WSDL KEY CERT PLATFORM_CERT.
// Answers are verified with xml-crypto, which the package itself signs with.
const fs = require('fs');
const soap = require('soap');
const { SignedXml } = require('xml-crypto');

const [wsdl, key, cert, platform] = process.argv.slice(2);
const read = (path) => fs.readFileSync(path, 'utf8');
let verified = 0;

function verify(xml) {
  const signature = /<ds:Signature [\s\S]*<\/ds:Signature>/.exec(xml)[0];
  let check;
  if (SignedXml.prototype.getSignedReferences) {
    check = new SignedXml({ publicCert: read(platform), idMode: 'wssecurity', getCertFromKeyInfo: () => null });
  } else { // xml-crypto 2, of the older package
    check = new SignedXml('wssecurity');
    check.keyInfoProvider = { getKeyInfo: () => '', getKey: () => read(platform) };
  }
  check.loadSignature(signature);
  if (!check.checkSignature(xml)) throw new Error('the answer does not verify: ' + check.validationErrors);
  if (check.references.length !== 2) throw new Error('not both parts are signed');
  verified++;
}

(async () => {
  const client = await soap.createClientAsync(wsdl);
  client.setSecurity(new soap.WSSecurityCert(read(key), read(cert), ''));
  const context = { CallingUser: '2999900000262', CallingEntity: '1999900000014', CallBasis: 'Legea exemplu', CallReason: 'DOS-0001' };
  for (const [name, value] of Object.entries(context)) {
    client.addSoapHeader({ [name]: value }, '', 'tns', 'https://mconnect.gov.md');
  }
  const out = {};
  for (const [name, input] of [['GetPerson', { IDNP: '2999000006393' }], ['GetLegalEntity', { IDNO: '1999900000025' }], ['GetRealEstates', { IDNP: '2999000006393' }]]) {
    const [result, raw] = await client[name + 'Async'](input);
    verify(raw);
    out[name] = result;
  }
  try {
    await client.GetLegalEntityAsync({ IDNO: '1999900000014' });
  } catch (e) {
    verify(e.body);
    out.fault = e.root.Envelope.Body.Fault.faultstring;
  }
  out.verified = verified;
  out.shape = client.lastRequest;
  console.log(JSON.stringify(out));
})().catch((e) => { console.error(e.stack); process.exit(1); });
