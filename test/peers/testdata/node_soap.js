// The npm package soap: TLS by ClientSSLSecurity, headers by addSoapHeader
const fs = require('fs');
const soap = require('soap');

const [wsdl, ca, cert, key] = process.argv.slice(2);
(async () => {
  for (const forceSoap12Headers of [false, true]) {
    const client = await soap.createClientAsync(wsdl, { forceSoap12Headers });
    client.setSecurity(new soap.ClientSSLSecurity(key, cert, ca));
    const context = (reason) => {
      client.clearSoapHeaders();
      const values = { CallingUser: '2999900000181', CallingEntity: '1999900000081', CallBasis: 'ACT-NOTARIAL', CallReason: reason };
      for (const [name, value] of Object.entries(values)) client.addSoapHeader({ [name]: value }, '', 'tns', 'https://mconnect.gov.md');
    };
    const service = client.MConnect[forceSoap12Headers ? 'MConnectSoap12' : 'MConnectSoap11'];
    const ask = () => new Promise((good, bad) => service.GetRealEstates({ IDNP: '2999000006393' }, (e, answer) => (e ? bad(e) : good(answer))));
    context('dosar notarial 218/2026');
    const answer = await ask();
    console.log('answered:', ...answer.RealEstate.map((estate) => estate.CadastralNumber));
    context('x');
    await ask().catch((e) => {
      const fault = e.root.Envelope.Body.Fault;
      console.log('fault:', forceSoap12Headers ? fault.Reason.Text.$value || fault.Reason.Text : fault.faultstring);
    });
  }
})().catch((e) => { console.error(e.stack); process.exit(1); });
