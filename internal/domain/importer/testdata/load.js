// Loads the WSDL as the users of the npm package soap do and says what it finds.
const soap = require('soap');
soap.createClientAsync(process.argv[2]).then((client) => {
  const described = client.describe().MConnect;
  const found = {};
  for (const port of Object.keys(described)) {
    found[port] = Object.keys(described[port]).sort();
  }
  const driver = described.MConnectSoap11.RegisterDriver.input.Driver;
  console.log(JSON.stringify({
    operations: found,
    driver: Object.keys(driver).filter((name) => !name.startsWith('target')).map((name) => name.replace('[]', '')),
  }));
}).catch((err) => {
  console.error(err);
  process.exit(1);
});
