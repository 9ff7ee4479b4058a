package portal_test

import (
	"strings"
	"testing"
)

// TestHome_ListsWhatIsDueOnRequests: the page of what waits for a person names the step and leads to the request.
func TestHome_ListsWhatIsDueOnRequests(t *testing.T) {
	d, s := requestPages(t)
	b, number := submitted(t, d, s)
	if _, body := b.as("checker").get("/home"); !strings.Contains(body, "Verifică cererea: "+number) ||
		!strings.Contains(body, `href="/requests/`+number+`"`) {
		t.Error("the checker does not find the request at home")
	}
	for _, who := range []string{"decider", "clerk", "foreign"} {
		if _, body := b.as(who).get("/home"); strings.Contains(body, number) {
			t.Errorf("%s finds a task of others", who)
		}
	}
}
