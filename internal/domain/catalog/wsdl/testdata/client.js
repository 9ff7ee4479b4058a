// A consumer with the npm package soap, as its documentation tells one to write it.
const soap = require('soap');

(async () => {
  const client = await soap.createClientAsync(process.argv[2]);
  const context = {
    CallingUser: '2999000006393', CallingEntity: '1999000000006', CallBasis: 'Legea nr. 1', CallReason: 'Dosar nr. 7 ț',
  };
  for (const [name, value] of Object.entries(context)) {
    client.addSoapHeader({ [name]: value }, '', 'tns', 'https://mconnect.gov.md');
  }
  const [person] = await client.GetPersonAsync({ IDNP: '2999000006393' });
  const [estates] = await client.GetRealEstatesAsync({ Kinds: { Kind: ['teren', 'casă'] }, IDNP: '2999000006393' });
  console.log(JSON.stringify({ person, estates }));
})().catch((e) => { console.error(e.message); process.exit(1); });
