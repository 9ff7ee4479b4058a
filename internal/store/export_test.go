package store

import "context"

// RenewNow renews the lease now instead of at the next tick.
func (l *Lease) RenewNow(ctx context.Context) error { return l.renew(ctx, false) }
