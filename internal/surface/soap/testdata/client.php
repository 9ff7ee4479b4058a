<?php
// A consumer with PHP's SoapClient: client.php WSDL CA KEY CERT PLATFORM_CERT.
// Its signer works as the PHP libraries of the field do: RSA-SHA256 over Timestamp, every header block and Body by wsu:Id, with a
// BinarySecurityToken, valid for 120 s.
error_reporting(E_ALL);
set_error_handler(function ($no, $what) { throw new ErrorException($what, 0, $no); });
[, $wsdl, $ca, $key, $cert, $platform] = $argv;

const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const DS = 'http://www.w3.org/2000/09/xmldsig#';
const EXC = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const TOKEN = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3';
const BASE64 = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary';

class SigningClient extends SoapClient
{
    public string $key, $cert, $platform;
    public int $verified = 0;

    public function __doRequest($request, $location, $action, $version, $oneWay = false): ?string
    {
        $answer = parent::__doRequest($this->sign($request), $location, $action, $version, $oneWay);
        $this->verify($answer);
        return $answer;
    }

    private function add(DOMElement $to, string $space, string $name, string $text = '', array $attributes = []): DOMElement
    {
        $e = $to->appendChild($to->ownerDocument->createElementNS($space, $name));
        if ($text !== '') {
            $e->appendChild($to->ownerDocument->createTextNode($text));
        }
        foreach ($attributes as $attribute => $value) {
            str_starts_with($attribute, 'wsu:') ? $e->setAttributeNS(WSU, $attribute, $value) : $e->setAttribute($attribute, $value);
        }
        return $e;
    }

    private function sign(string $request): string
    {
        $doc = new DOMDocument();
        $doc->loadXML($request);
        $envelope = $doc->documentElement;
        $soap = $envelope->namespaceURI;
        $body = $doc->getElementsByTagNameNS($soap, 'Body')->item(0);
        $header = $doc->getElementsByTagNameNS($soap, 'Header')->item(0);
        $parts = [];
        foreach ($header->childNodes as $block) {
            $parts[] = $block;
        }
        $security = $this->add($header, WSSE, 'wsse:Security');
        $security->setAttributeNS($soap, $envelope->prefix . ':mustUnderstand', '1');
        $pem = preg_replace('/-----[^-]+-----|\s/', '', file_get_contents($this->cert));
        $this->add($security, WSSE, 'wsse:BinarySecurityToken', $pem, ['EncodingType' => BASE64, 'ValueType' => TOKEN, 'wsu:Id' => 'token']);
        $stamp = $this->add($security, WSU, 'wsu:Timestamp');
        $this->add($stamp, WSU, 'wsu:Created', gmdate('Y-m-d\TH:i:s\Z'));
        $this->add($stamp, WSU, 'wsu:Expires', gmdate('Y-m-d\TH:i:s\Z', time() + 120));
        array_push($parts, $stamp, $body);
        $signature = $this->add($security, DS, 'ds:Signature');
        $info = $this->add($signature, DS, 'ds:SignedInfo');
        $this->add($info, DS, 'ds:CanonicalizationMethod', '', ['Algorithm' => EXC]);
        $this->add($info, DS, 'ds:SignatureMethod', '', ['Algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256']);
        foreach ($parts as $part) {
            $id = 'pfx' . bin2hex(random_bytes(8));
            $part->setAttributeNS(WSU, 'wsu:Id', $id);
            $reference = $this->add($info, DS, 'ds:Reference', '', ['URI' => '#' . $id]);
            $this->add($this->add($reference, DS, 'ds:Transforms'), DS, 'ds:Transform', '', ['Algorithm' => EXC]);
            $this->add($reference, DS, 'ds:DigestMethod', '', ['Algorithm' => 'http://www.w3.org/2001/04/xmlenc#sha256']);
            $this->add($reference, DS, 'ds:DigestValue', base64_encode(hash('sha256', $part->C14N(true), true)));
        }
        openssl_sign($info->C14N(true), $value, openssl_pkey_get_private(file_get_contents($this->key)), OPENSSL_ALGO_SHA256);
        $this->add($signature, DS, 'ds:SignatureValue', base64_encode($value));
        $reference = $this->add($this->add($signature, DS, 'ds:KeyInfo'), WSSE, 'wsse:SecurityTokenReference');
        $this->add($reference, WSSE, 'wsse:Reference', '', ['URI' => '#token', 'ValueType' => TOKEN]);
        return $doc->saveXML();
    }

    // verify checks an answer by its digests, its signature and the platform's certificate.
    private function verify(string $answer): void
    {
        $doc = new DOMDocument();
        $doc->loadXML($answer);
        $find = new DOMXPath($doc);
        $find->registerNamespace('ds', DS);
        $find->registerNamespace('wsu', WSU);
        $info = $find->query('//ds:SignedInfo')->item(0);
        $covered = [];
        foreach ($find->query('ds:Reference', $info) as $reference) {
            $part = $find->query('//*[@wsu:Id="' . substr($reference->getAttribute('URI'), 1) . '"]')->item(0);
            $digest = $find->query('ds:DigestValue', $reference)->item(0)->textContent;
            if (base64_encode(hash('sha256', $part->C14N(true), true)) !== $digest) {
                throw new Exception('digest of ' . $part->nodeName);
            }
            $covered[] = $part->nodeName;
        }
        $value = base64_decode($find->query('//ds:SignatureValue')->item(0)->textContent);
        $key = openssl_pkey_get_public(file_get_contents($this->platform));
        if (openssl_verify($info->C14N(true), $value, $key, OPENSSL_ALGO_SHA256) !== 1 || !in_array('soapenv:Body', $covered)) {
            throw new Exception('the answer does not verify');
        }
        $this->verified++;
    }
}

ini_set('soap.wsdl_cache_enabled', '0');
$out = [];
$verified = 0;
foreach ([SOAP_1_1, SOAP_1_2] as $version) {
    $client = new SigningClient($wsdl, [
        'soap_version' => $version, 'exceptions' => true, 'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
        'stream_context' => stream_context_create(['ssl' => ['cafile' => $ca], 'http' => ['header' => "Accept-Language: ro\r\n"]]),
    ]);
    [$client->key, $client->cert, $client->platform] = [$key, $cert, $platform];
    $context = ['CallingUser' => '2999900000262', 'CallingEntity' => '1999900000014', 'CallBasis' => 'Legea exemplu', 'CallReason' => 'DOS-0001'];
    $headers = [];
    foreach ($context as $name => $value) {
        $headers[] = new SoapHeader('https://mconnect.gov.md', $name, new SoapVar($value, XSD_STRING, null, null, $name, 'https://mconnect.gov.md'));
    }
    $client->__setSoapHeaders($headers);
    $out['GetPerson'] = $client->GetPerson(['IDNP' => '2999000006393']);
    $out['GetLegalEntity'] = $client->GetLegalEntity(['IDNO' => '1999900000025']);
    $out['GetRealEstates'] = $client->GetRealEstates(['IDNP' => '2999000006393']);
    try {
        $client->GetLegalEntity(['IDNO' => '1999900000014']);
    } catch (SoapFault $fault) {
        $out['fault'] = $fault->getMessage();
    }
    $verified += $client->verified;
}
$out['verified'] = $verified;
echo json_encode($out, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
