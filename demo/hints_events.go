package demo

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"mconnect"
)

// eventHints are commands for a shell, against a running demo, about events. Each reader has a group of its own, so
// that the demo's consumers miss nothing.
func eventHints(f folder, w *Dataset, urls map[string]string, program string) []hint {
	as := f.credentials
	own := func(system mconnect.SystemID) string {
		return fmt.Sprintf("--url %s --ca %s --cert %s --key %s", urls["events"], quote(f.ca()), quote(f.cert(system)),
			quote(f.key(system)))
	}
	row := news{dataset: w, day: time.Now()}
	birth := row.birth(0)
	message, _ := json.Marshal(map[string]any{ // it is made of texts
		"specversion": "1.0", "id": "ID", "source": birth.Source, "type": birth.Type,
		"datacontenttype": "application/json",
		"partitionkey":    birth.PartitionKey, "data": json.RawMessage(birth.Data),
	})
	join := "AT=$(curl -sS " + as(townHall) + " \\\n  -X POST -D - -o /dev/null '" + urls["events"] +
		"/ce/consumers?group=curl' | tr -d '\\r' | sed -n 's/^[Ll]ocation: //p')"
	return []hint{
		{"A town hall listens by WebSocket: the next two events, cut to what it was granted:",
			callable(program) + " events consume --group terminal --confirm --max 2 \\\n  " + own(townHall)},
		{"It could poll as well:", join + "\ncurl -sS " + as(townHall) + " \\\n  \"$AT/events?confirm=true\""},
		{"The register announces a birth; 202 means that it is stored. Entitled consumers show it above, within a moment:",
			"curl -sS " + as(civil) + " \\\n  -H 'Content-Type: application/cloudevents+json' -w '%{http_code}\\n' -d '" +
				strings.Replace(string(message), `"ID"`, `"shell-'$(date +%s)'"`, 1) + "' \\\n  " + urls["events"] +
				"/ce/produce/event"},
		{"The same by the program, under a source that is not the register's: refused:",
			fmt.Sprintf("%s events produce --type %s --source urn:alt:registru --data '%s' \\\n  %s", callable(program),
				births, birth.Data, own(civil))},
		{"Which consumers have every event, and which are behind:",
			fmt.Sprintf("%s events lag --admin-url %s --token-file %s --ca %s", callable(program), urls["admin"],
				quote(f.path("data", "admin.token")), quote(f.ca()))},
	}
}
