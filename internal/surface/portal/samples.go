package portal

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"maps"
	"slices"
	"strings"

	"mconnect/internal/discovery"
)

// The values of the sample calls. They are invented, and fit the demonstration.
const (
	sampleServer = "https://mconnect.exemplu.invalid:8443"
	sampleUser   = "2999900000262"
	sampleEntity = "1999900000069"
	sampleBasis  = "Legea nr. 133/2008"
	sampleReason = "AS-2026-00017"
)

// sampleForms are the sample calls, by language of programs: $name stands for a value.
var sampleForms = []sample{
	{"soap", "SOAP 1.1", `POST /services/t/primaria-exemplu/asistenta HTTP/1.1
Content-Type: text/xml; charset=utf-8

<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"
               xmlns:mc="https://mconnect.gov.md">
  <soap:Header>
    <mc:CallingUser>$user</mc:CallingUser>
    <mc:CallingEntity>$entity</mc:CallingEntity>
    <mc:CallBasis>$basis</mc:CallBasis>
    <mc:CallReason>$reason</mc:CallReason>
  </soap:Header>
  <soap:Body>
    <mc:$service>$xml</mc:$service>
  </soap:Body>
</soap:Envelope>`},
	{"rest", "REST", `POST /api/v1/$service HTTP/1.1
Content-Type: application/json
CallingUser: $user
CallingEntity: $entity
CallBasis: $basis
CallReason: $reason

$json`},
	{"curl", "curl", `curl --cacert ca.pem --cert system.pem --key system-key.pem \
  -H 'Content-Type: application/json' \
  -H 'CallingUser: $user' -H 'CallingEntity: $entity' \
  -H 'CallBasis: $basis' -H 'CallReason: $reason' \
  -d '$json' \
  $server/api/v1/$service`},
	{"csharp", "C#", `var handler = new HttpClientHandler();
handler.ClientCertificates.Add(X509Certificate2.CreateFromPemFile("system.pem", "system-key.pem"));
using var http = new HttpClient(handler);
http.DefaultRequestHeaders.Add("CallingUser", "$user");
http.DefaultRequestHeaders.Add("CallingEntity", "$entity");
http.DefaultRequestHeaders.Add("CallBasis", "$basis");
http.DefaultRequestHeaders.Add("CallReason", "$reason");
var body = new StringContent("""$json""", Encoding.UTF8, "application/json");
var answer = await http.PostAsync("$server/api/v1/$service", body);`},
	{"java", "Java", `var request = HttpRequest.newBuilder(URI.create("$server/api/v1/$service"))
    .header("Content-Type", "application/json")
    .header("CallingUser", "$user").header("CallingEntity", "$entity")
    .header("CallBasis", "$basis").header("CallReason", "$reason")
    .POST(BodyPublishers.ofString("""
        $json"""))
    .build();
var answer = HttpClient.newBuilder().sslContext(mutualTls).build()
    .send(request, BodyHandlers.ofString());`},
	{"python", "Python", `import requests

answer = requests.post(
    "$server/api/v1/$service",
    json=$json,
    cert=("system.pem", "system-key.pem"), verify="ca.pem", timeout=5,
    headers={
        "CallingUser": "$user", "CallingEntity": "$entity",
        "CallBasis": "$basis", "CallReason": "$reason",
    },
)`},
	{"php", "PHP", `$http = new GuzzleHttp\Client([
    'cert' => 'system.pem', 'ssl_key' => 'system-key.pem', 'verify' => 'ca.pem',
]);
$answer = $http->post('$server/api/v1/$service', [
    'body' => '$json',
    'headers' => [
        'Content-Type' => 'application/json',
        'CallingUser' => '$user', 'CallingEntity' => '$entity',
        'CallBasis' => '$basis', 'CallReason' => '$reason',
    ],
]);`},
}

// samples writes the first example of a version in each language of programs.
func samples(s discovery.Sheet) []sample {
	request, err := json.Marshal(s.Examples[0].Request)
	if err != nil {
		return nil
	}
	fill := strings.NewReplacer("$user", sampleUser, "$entity", sampleEntity, "$basis", sampleBasis,
		"$reason", sampleReason, "$server", sampleServer, "$service", string(s.Service), "$json", string(request),
		"$xml", elements(s.Examples[0].Request))
	all := make([]sample, len(sampleForms))
	for i, form := range sampleForms {
		all[i] = sample{id: form.id, name: form.name, code: fill.Replace(form.code)}
	}
	return all
}

// elements writes the members of a JSON object as elements of the platform's namespace.
func elements(value any) string {
	var b strings.Builder
	var write func(name string, value any)
	write = func(name string, value any) {
		switch v := value.(type) {
		case []any:
			for _, one := range v {
				write(name, one)
			}
			return
		case map[string]any:
			b.WriteString("<mc:" + name + ">" + elements(v) + "</mc:" + name + ">")
			return
		}
		var plain bytes.Buffer
		raw, err := json.Marshal(value)
		if err != nil {
			return
		}
		_ = xml.EscapeText(&plain, bytes.Trim(raw, `"`))
		b.WriteString("<mc:" + name + ">" + plain.String() + "</mc:" + name + ">")
	}
	if object, ok := value.(map[string]any); ok {
		for _, name := range sortedKeys(object) {
			write(name, object[name])
		}
	}
	return b.String()
}

func sortedKeys(object map[string]any) []string { return slices.Sorted(maps.Keys(object)) }
