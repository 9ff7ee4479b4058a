package webhook

import (
	"context"
	"time"

	"mconnect/internal/breaker"
)

// whileProbed is how long an attempt waits before it looks again whether another's probe has succeeded.
const whileProbed = 50 * time.Millisecond

// pass waits until the breaker of the consumer admits an attempt; it fails only with ctx. Every attempt that
// passed must be settled with its token.
func pass(ctx context.Context, b *breaker.Breaker) (breaker.Token, error) {
	for {
		token, wait, admitted := b.Admit()
		if admitted {
			return token, nil
		}
		if wait <= 0 {
			wait = whileProbed
		}
		if err := sleep(ctx, wait); err != nil {
			return 0, err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
