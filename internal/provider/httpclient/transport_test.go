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
		"framings": TestTarget_Framings, "body until close": TestTarget_BodyUntilClose, "broken": TestTarget_BrokenMidAnswer,
		"closed by peer": TestTarget_PooledConnectionClosedByPeer, "deadlines": TestTarget_Deadlines,
		"header timeout": TestTarget_HeaderTimeout, "cancelled": TestTarget_CancelledCallReturns, "limits": TestReadAll_Limits,
		"given memory": TestReadInto_UsesTheGivenBuffer, "announcement": TestTarget_AnnouncedLengthAllocatesNothing,
		"reaped": TestTarget_IdleConnectionsAreClosed, "early refusal": TestTarget_EarlyRefusalIsRead, "long": TestTarget_LongAnswersComeWhole,
		"certificates": TestWire_CertificateThatIsNotShown, "closed": TestTarget_Closed,
	} {
		t.Run(name, test)
	}
}
