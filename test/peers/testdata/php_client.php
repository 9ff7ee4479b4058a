<?php
// PHP's own SoapClient, by both versions of SOAP: certificate and key in one file, headers as SoapHeader
[, $wsdl, $ca, $cert, $key] = $argv;
$pair = tempnam(sys_get_temp_dir(), 'pair');
file_put_contents($pair, file_get_contents($cert) . file_get_contents($key));
$tls = stream_context_create(['ssl' => ['cafile' => $ca, 'local_cert' => $pair]]);
function context(string $reason): array {
    $values = ['CallingUser' => '2999900000181', 'CallingEntity' => '1999900000081', 'CallBasis' => 'ACT-NOTARIAL', 'CallReason' => $reason];
    return array_map(fn ($name, $value) => new SoapHeader('https://mconnect.gov.md', $name, $value), array_keys($values), $values);
}
foreach ([SOAP_1_1, SOAP_1_2] as $version) {
    $client = new SoapClient($wsdl, ['stream_context' => $tls, 'cache_wsdl' => WSDL_CACHE_NONE, 'soap_version' => $version,
        'features' => SOAP_SINGLE_ELEMENT_ARRAYS]);
    $client->__setSoapHeaders(context('dosar notarial 218/2026'));
    $answer = $client->GetRealEstates(['IDNP' => '2999000006393']);
    echo 'answered: ', implode(' ', array_map(fn ($estate) => $estate->CadastralNumber, $answer->RealEstate)), "\n";
    $client->__setSoapHeaders(context('x'));
    try {
        $client->GetRealEstates(['IDNP' => '2999000006393']);
    } catch (SoapFault $f) {
        echo 'fault: ', $f->getMessage(), "\n";
    }
}
unlink($pair);
