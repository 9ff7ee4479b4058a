package httpclient

import "testing"

// overTransport makes newTarget and longPeer use net/http's Transport.
var overTransport bool

// TestTransport_BehavesAsOurs drives net/http's Transport with the tests of this package's own client. Left out is what
// Transport does otherwise: it accepts some heads that ours refuses, repeats a GET on a connection that died, notices
// an unsolicited answer only when its reader runs before the next request, and has a pool of its own.
func TestTransport_BehavesAsOurs(t *testing.T) {
	overTransport = true
	t.Cleanup(func() { overTransport = false })
	for name, test := range map[string]func(*testing.T){
		"framings": TestFramings, "body until close": TestBodyUntilClose, "broken": TestBrokenMidAnswer,
		"closed by peer": TestPooledConnectionClosedByPeer, "deadlines": TestDeadlines,
		"header timeout": TestHeaderTimeout, "cancelled": TestCancelledCallLetsGo, "limits": TestReadAllLimits,
		"given memory": TestReadIntoUsesWhatItIsLent, "announcement": TestAnnouncementAloneTakesNoMemory,
		"reaped": TestIdleConnectionsAreReaped, "early refusal": TestEarlyRefusalIsRead, "long": TestTarget_LongAnswersComeWhole,
		"certificates": TestWire_CertificateThatIsNotShown, "closed": TestClosedTarget,
	} {
		t.Run(name, test)
	}
}
