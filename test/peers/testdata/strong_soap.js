// The npm package strong-soap: it looks for an element <operation>Response and hands out nothing of an answer that is called otherwise;
// the envelope that it passes along holds it.
const { soap } = require('strong-soap');

const [wsdl, ca, cert, key] = process.argv.slice(2);
soap.createClient(wsdl, {}, (e, client) => {
  if (e) throw e;
  client.setSecurity(new soap.ClientSSLSecurity(key, cert, ca));
  const ask = (service, reason, then) => {
    client.clearSoapHeaders();
    const values = { CallingUser: '2999900000181', CallingEntity: '1999900000081', CallBasis: 'ACT-NOTARIAL', CallReason: reason };
    for (const [name, value] of Object.entries(values)) client.addSoapHeader(`<m:${name} xmlns:m="https://mconnect.gov.md">${value}</m:${name}>`);
    service.GetRealEstates({ IDNP: '2999000006393' }, then);
  };
  const each = (services) => {
    const [service, ...rest] = services;
    if (!service) return;
    ask(service, 'dosar notarial 218/2026', (e, answer, envelope) => {
      if (e) throw e;
      console.log('answered:', ...[...String(envelope).matchAll(/CadastralNumber>([^<]*)</g)].map((m) => m[1]));
      ask(service, 'x', (e) => {
        const fault = e.root.Envelope.Body.Fault;
        console.log('fault:', fault.faultstring || fault.Reason.Text.$value || fault.Reason.Text);
        each(rest);
      });
    });
  };
  each([client.MConnect.MConnectSoap11, client.MConnect.MConnectSoap12]);
});
